// A pane's frame: a rounded box with its title in the upper edge, or only a ruled title where room is short.

import { cell, columnsOf, fill } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';
import type { PaneSize } from './pane.js';

/** Whether panes have boxes around them, on a terminal of this size. */
export const isBoxed = (columns: number, rows: number) => columns >= 60 && rows >= 20;

/** What is left of a pane for its content. */
export function innerSize({ width, height, boxed }: PaneSize): { width: number; height: number } {
  return boxed ? { width: width - 4, height: height - 2 } : { width: width - 2, height: height - 1 };
}

/** Where the content begins, counted from the pane's upper left corner. */
export function contentOrigin(boxed: boolean): { x: number; y: number } {
  return { x: boxed ? 2 : 1, y: 1 };
}

/**
 * @param title plain text
 * @param note text with colours, at the right end of the title line; left out when there is no room for it
 * @param focused keys go to this pane
 */
export function frame(
  size: PaneSize,
  title: string,
  note: string,
  content: readonly string[],
  theme: Theme,
  focused = false,
): string[] {
  const { width, boxed } = size;
  const inner = innerSize(size);
  const border = (text: string) => theme.paint(focused ? 'focus' : 'border', text);
  const corners = boxed ? ['╭', '╮'] : ['─', '─'];
  const room = width - 4;
  const shownTitle = cell(title, Math.min(title.length, room - 2));
  const noteWidth = columnsOf(note);
  const showsNote = noteWidth > 0 && noteWidth + 2 <= room - shownTitle.length - 3;
  const rule = room - shownTitle.length - 2 - (showsNote ? noteWidth + 2 : 0);
  const top =
    border(`${corners[0]}─`) +
    ` ${theme.paint('title', shownTitle)} ` +
    border('─'.repeat(Math.max(0, rule))) +
    (showsNote ? ` ${note} ` : '') +
    border(`─${corners[1]}`);
  const lines = Array.from({ length: Math.max(0, inner.height) }, (_, i) => {
    const line = fill(content[i] ?? '', Math.max(0, inner.width));
    return boxed ? `${border('│')} ${line} ${border('│')}` : ` ${line} `;
  });
  return boxed ? [top, ...lines, border(`╰${'─'.repeat(width - 2)}╯`)] : [top, ...lines];
}
