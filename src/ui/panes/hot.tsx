// A box whose place Ink finds and whose content the painter draws. No text that changes with time goes through Ink.
import { Box, type BoxProps, type DOMElement } from 'ink';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import type { MouseEvent } from '../terminal/mouse.js';
import type { Rectangle } from '../terminal/painter.js';
import type { Screen } from '../terminal/screen.js';

export interface HotProps extends BoxProps {
  screen: Screen;
  name: string;
  /** Given the size of the box, whenever Ink has laid out, before anything is drawn. */
  onSize?(width: number, height: number): void;
  lines(width: number): readonly string[];
  /** The mouse, at a place counted from the upper left corner of the box. */
  onMouse?(event: MouseEvent): void;
}

/** Ink gives a node's place relative to its parent. */
function rectangleOf(element: DOMElement): Rectangle {
  const width = element.yogaNode?.getComputedWidth() ?? 0;
  const height = element.yogaNode?.getComputedHeight() ?? 0;
  let x = 0;
  let y = 0;
  for (let node: DOMElement | undefined = element; node?.yogaNode; node = node.parentNode) {
    x += node.yogaNode.getComputedLeft();
    y += node.yogaNode.getComputedTop();
  }
  return { x, y, width, height };
}

export function Hot({ screen, name, onSize, lines, onMouse, ...box }: HotProps): ReactNode {
  const element = useRef<DOMElement>(null);
  // After every commit: another component may have moved this one.
  useLayoutEffect(() => {
    if (!element.current) return;
    const rectangle = rectangleOf(element.current);
    onSize?.(rectangle.width, rectangle.height);
    screen.setRegion(name, rectangle, () => lines(rectangle.width), onMouse);
  });
  useLayoutEffect(() => () => screen.removeRegion(name), [screen, name]);
  return <Box ref={element} {...box} />;
}
