// A pane's frame: a rounded box with its title in the upper edge, or only a ruled title where room is short.
import { cell, columnsOf, fill } from '../text.js';
import type { Theme } from '../theme.js';

export interface PaneSize {
  width: number;
  height: number;
  /** With a box around it. */
  boxed: boolean;
}

/** What is left of a pane for its content. */
export function innerSize({ width, height, boxed }: PaneSize): { width: number; height: number } {
  return boxed ? { width: width - 4, height: height - 2 } : { width: width - 2, height: height - 1 };
}

/**
 * @param title plain text
 * @param note text with colours, at the right end of the title line; left out when there is no room for it
 */
export function frame(size: PaneSize, title: string, note: string, content: readonly string[], theme: Theme): string[] {
  const { width, boxed } = size;
  const inner = innerSize(size);
  const border = (text: string) => theme.paint('border', text);
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
