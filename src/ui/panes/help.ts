// The list of all keys; it scrolls where it does not fit.
import { KEYS, keyTitle, MOUSE } from '../keys.js';
import type { Cursor, Pane, PaneSize } from '../pane.js';
import { cell } from '../text.js';
import type { Theme } from '../theme.js';
import { frame, innerSize } from './frame.js';

const ROWS: readonly { name: string; title: string }[] = [
  ...KEYS.map(({ keys, title }) => ({ name: keys.map(keyTitle).join(' '), title })),
  ...MOUSE,
];

export class HelpPane implements Pane, Cursor {
  readonly name = 'help';
  readonly cursor: Cursor = this;
  readonly isEmpty = false;
  private top = 0;
  private height = 1;

  constructor(private readonly theme: Theme) {}

  get pageRows(): number {
    return Math.max(1, this.height - 1);
  }

  move(rows: number): void {
    this.top = Math.max(0, Math.min(this.top + rows, ROWS.length - this.height));
  }

  toStart(): void {
    this.top = 0;
  }

  toEnd(): void {
    this.move(ROWS.length);
  }

  lines(size: PaneSize, focused: boolean): string[] {
    const { theme } = this;
    const { width, height } = innerSize(size);
    this.height = Math.max(1, height);
    this.move(0);
    const nameWidth = Math.min(Math.max(...ROWS.map(({ name }) => name.length)), Math.floor(width / 3));
    const content = ROWS.slice(this.top, this.top + this.height).map(
      ({ name, title }) => `${theme.paint('key', cell(name, nameWidth))}  ${title}`,
    );
    const more = ROWS.length - this.top - this.height;
    const note = more > 0 ? theme.paint('dim', `${more} more below`) : theme.paint('dim', '? or Esc closes');
    return frame(size, 'Keys', note, content, theme, focused);
  }
}
