// Which lines of a list are shown when it is longer than its pane.
import type { Cursor } from './pane.js';

/** The window on a list of lines. As a Cursor it scrolls lines of which none is selected. */
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
    this.show(this.top + rows);
  }

  toStart(): void {
    this.top = 0;
  }

  toEnd(): void {
    this.move(this.length);
  }

  /** No room is left empty that a line could fill. */
  private show(top: number): void {
    this.top = Math.max(0, Math.min(top, this.length - this.height));
  }

  /** Takes in how many lines there are, and how many have room. */
  fit(length: number, height: number): void {
    this.length = length;
    this.height = Math.max(1, height);
    this.move(0);
  }

  /** Moves no further than it takes to show the lines [first, last]: the first of them in any case. */
  reveal(first: number, last = first): void {
    this.show(Math.min(Math.max(this.top, last - this.height + 1), first));
  }

  /** The line in a row of the screen, or -1. */
  lineAt(row: number): number {
    const line = this.top + row;
    return row >= 0 && row < this.height && line < this.length ? line : -1;
  }

  /** The lines that are shown. */
  shown<Line>(all: readonly Line[]): Line[] {
    return all.slice(this.top, this.top + this.height);
  }
}
