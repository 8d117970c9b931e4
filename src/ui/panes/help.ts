// The list of all keys; it scrolls where it does not fit.
import { wrap } from '../../core/text/format.js';
import { cell } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';
import { TextPane } from './text-pane.js';

/** A key, or several, and what it does. */
export interface HelpRow {
  name: string;
  title: string;
}

export class HelpPane extends TextPane {
  readonly name = 'help';
  protected readonly leaving = '? or Esc closes';

  constructor(
    private readonly rows: () => readonly HelpRow[],
    theme: Theme,
  ) {
    super(theme);
  }

  protected text(width: number): string[] {
    const rows = this.rows();
    const nameWidth = Math.min(Math.max(...rows.map(({ name }) => name.length)), Math.floor(width / 3));
    return rows.flatMap(({ name, title }) =>
      wrap(title, width - nameWidth - 2).map(
        (text, i) => `${this.theme.paint('key', cell(i === 0 ? name : '', nameWidth))}  ${text}`,
      ),
    );
  }

  protected title(): string {
    return 'Keys';
  }
}
