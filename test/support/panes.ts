// Draws panes without a terminal.
import type { Pane, PaneSize } from '../../src/ui/panes/pane.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
const SGR = /\x1b\[[0-9;]*m/g;

/** A line without its colours. */
export const plain = (line: string) => line.replaceAll(SGR, '');

/** A pane's lines, in the room of a terminal with boxes. */
export function drawn(
  pane: Pane,
  { width, height, boxed = true }: Partial<PaneSize> & Pick<PaneSize, 'width' | 'height'>,
  focused = true,
): readonly string[] {
  pane.resize({ width, height, boxed });
  return pane.lines(focused);
}
