// The list of all keys; it scrolls where it does not fit.
import { wrap } from '../../core/text/format.js';
import { Scroll } from '../model/scroll.js';
import { cell } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';
import { frame, innerSize } from './frame.js';
import type { Pane, PaneSize } from './pane.js';

/** A key, or several, and what it does. */
export interface HelpRow {
  name: string;
  title: string;
}

export class HelpPane implements Pane {
  readonly name = 'help';
  readonly cursor = new Scroll();

  constructor(
    private readonly rows: readonly HelpRow[],
    private readonly theme: Theme,
  ) {}

  lines(size: PaneSize, focused: boolean): string[] {
    const { rows, theme, cursor } = this;
    const { width, height } = innerSize(size);
    const nameWidth = Math.min(Math.max(...rows.map(({ name }) => name.length)), Math.floor(width / 3));
    const lines = rows.flatMap(({ name, title }) =>
      wrap(title, width - nameWidth - 2).map(
        (text, i) => `${theme.paint('key', cell(i === 0 ? name : '', nameWidth))}  ${text}`,
      ),
    );
    const content = cursor.shown(lines, height);
    const note = theme.paint('dim', cursor.below > 0 ? `${cursor.below} more below` : '? or Esc closes');
    return frame(size, 'Keys', note, content, theme, focused);
  }
}
