// The list of all keys; it scrolls where it does not fit.
import { wrap } from '../../core/text/format.js';
import { cell } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';
import { FramedPane, type Inner } from './framed-pane.js';
import { Scroll } from './scroll.js';

/** A key, or several, and what it does. */
export interface HelpRow {
  name: string;
  title: string;
}

export class HelpPane extends FramedPane {
  readonly name = 'help';
  readonly cursor = new Scroll();

  constructor(
    private readonly rows: () => readonly HelpRow[],
    theme: Theme,
  ) {
    super(theme);
  }

  private text(width: number): string[] {
    const rows = this.rows();
    const nameWidth = Math.min(Math.max(...rows.map(({ name }) => name.length)), Math.floor(width / 3));
    return rows.flatMap(({ name, title }) =>
      wrap(title, width - nameWidth - 2).map(
        (text, i) => `${this.theme.paint('key', cell(i === 0 ? name : '', nameWidth))}  ${text}`,
      ),
    );
  }

  protected override fit({ width, height }: Inner): void {
    this.cursor.fit(this.text(width).length, height);
  }

  protected title(): string {
    return 'Keys';
  }

  protected override note(): string {
    const { below } = this.cursor;
    return this.theme.paint('dim', below > 0 ? `${below} more below` : '? or Esc closes');
  }

  protected content({ width }: Inner): string[] {
    return this.cursor.shown(this.text(width));
  }
}
