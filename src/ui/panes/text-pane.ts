// A pane of lines that scroll where they do not fit, and of which none is selected.
import { FramedPane, type Inner } from './framed-pane.js';
import { Scroll } from './scroll.js';

export abstract class TextPane extends FramedPane {
  readonly cursor = new Scroll();

  /** All of it, with colours. */
  protected abstract text(width: number): readonly string[];

  /** How a person leaves it, for the upper edge. */
  protected abstract readonly leaving: string;

  protected override fit({ width, height }: Inner): void {
    this.cursor.fit(this.text(width).length, height);
  }

  protected override note(): string {
    const { below } = this.cursor;
    return this.theme.paint('dim', below > 0 ? `${below} more below` : this.leaving);
  }

  protected content({ width }: Inner): string[] {
    return this.cursor.shown(this.text(width));
  }
}
