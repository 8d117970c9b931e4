// Which rows of a list are shown when it is longer than its pane.
import type { Cursor } from '../panes/pane.js';

/** The first row shown, when no room is left empty that a row could fill. */
export function clampTop(top: number, height: number, length: number): number {
  return Math.max(0, Math.min(top, length - height));
}

/** The same, moved no further than it takes to have `row` on the screen. */
export function topFor(row: number, top: number, height: number, length: number): number {
  return clampTop(Math.min(Math.max(top, row - height + 1), row), height, length);
}

/** Of lines of which none is selected: keys scroll them. */
export class Scroll implements Cursor {
  readonly isEmpty = false;
  private top = 0;
  private height = 1;
  private length = 0;

  get pageRows(): number {
    return Math.max(1, this.height - 1);
  }

  /** Lines that are not shown before and after those that are. */
  get above(): number {
    return this.top;
  }
  get below(): number {
    return Math.max(0, this.length - this.top - this.height);
  }

  get fits(): boolean {
    return this.length <= this.height;
  }

  move(rows: number): void {
    this.top = clampTop(this.top + rows, this.height, this.length);
  }

  toStart(): void {
    this.top = 0;
  }

  toEnd(): void {
    this.move(this.length);
  }

  /** The lines that have room. */
  shown<Line>(all: readonly Line[], height: number): Line[] {
    this.length = all.length;
    this.height = Math.max(1, height);
    this.move(0);
    return all.slice(this.top, this.top + this.height);
  }
}
