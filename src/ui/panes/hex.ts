// The bytes of the selected packet in hex and ASCII; those of the selected field are highlighted.
import { count, HEX } from '../../core/text/format.js';
import type { Details } from '../model/details.js';
import { clampTop } from '../model/scroll.js';
import type { Theme } from '../theme/theme.js';
import { contentOrigin, frame, innerSize } from './frame.js';
import type { Cursor, Pane, PaneSize } from './pane.js';

/** Four digits of offset and two spaces. */
const BEFORE_BYTES = 6;

/** Columns of a line with `bytes` bytes: a gap after each eight, two spaces before the ASCII. */
const columnsFor = (bytes: number) => BEFORE_BYTES + 3 * bytes + Math.floor((bytes - 1) / 8) + 1 + bytes;

/** Column of a byte's first digit. */
const columnOf = (index: number) => BEFORE_BYTES + 3 * index + Math.floor(index / 8);

const ASCII = Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));

export class HexPane implements Pane, Cursor {
  readonly name = 'hex';
  readonly cursor: Cursor = this;
  private top = 0;
  private height = 1;
  private perLine = 16;
  private boxed = false;
  /** What `top` was last made to show: scrolling by hand stays until another field is selected. */
  private shownFor = '';

  constructor(
    private readonly details: Details,
    private readonly theme: Theme,
  ) {}

  private get lineCount(): number {
    return Math.ceil((this.details.source?.bytes.length ?? 0) / this.perLine);
  }

  get isEmpty(): boolean {
    return this.lineCount === 0;
  }

  get pageRows(): number {
    return Math.max(1, this.height - 1);
  }

  move(rows: number): void {
    this.moveBytes(rows * this.perLine);
  }

  moveSideways(step: -1 | 1): void {
    this.moveBytes(step);
  }

  /** Selects the field at the byte so many bytes further, or the next one that is another. */
  private moveBytes(bytes: number): void {
    const { selected, source } = this.details;
    if (!selected || !source) return;
    const { from, to } = selected.field;
    // Over the whole field, so that each step selects another.
    const start = bytes > 0 && Math.abs(bytes) === 1 ? Math.max(from, to - 1) : from;
    this.details.selectByte(Math.min(Math.max(0, start + bytes), source.bytes.length - 1));
  }

  toStart(): void {
    this.details.selectByte(0);
  }

  toEnd(): void {
    const { source } = this.details;
    if (source) this.details.selectByte(source.bytes.length - 1);
  }

  click(x: number, y: number): void {
    const origin = contentOrigin(this.boxed);
    const line = y - origin.y;
    if (line < 0 || line >= this.height) return;
    const column = x - origin.x;
    const index = Array.from({ length: this.perLine }, (_, i) => i).find((i) => {
      const digits = columnOf(i);
      return (column >= digits && column <= digits + 1) || column === this.asciiColumn + i;
    });
    if (index !== undefined) this.details.selectByte((this.top + line) * this.perLine + index);
  }

  private get asciiColumn(): number {
    return columnsFor(this.perLine) - this.perLine;
  }

  lines(size: PaneSize, focused: boolean): string[] {
    const { theme, details } = this;
    details.update();
    const { width, height } = innerSize(size);
    this.boxed = size.boxed;
    this.height = Math.max(1, height);
    this.perLine = width >= columnsFor(16) ? 16 : width >= columnsFor(8) ? 8 : 4;
    const { source, selected } = details;
    const bytes = source?.bytes ?? new Uint8Array();
    const [from, to] = selected ? [selected.field.from, selected.field.to] : [0, 0];
    this.reveal(`${source?.title} ${from} ${to} ${this.perLine}`, from, to);
    const content = Array.from({ length: Math.max(0, Math.min(this.height, this.lineCount - this.top)) }, (_, i) =>
      this.line(bytes, (this.top + i) * this.perLine, from, to),
    );
    const note = selected && to > from ? theme.paint('dim', `${from}-${to - 1}`) : '';
    const title = source ? `${source.title}, ${count(bytes.length)} bytes` : 'Bytes';
    return frame(size, title, note, content, theme, focused);
  }

  /** Scrolls so that the selected bytes are on the screen: their beginning in any case. */
  private reveal(what: string, from: number, to: number): void {
    if (what !== this.shownFor) {
      this.shownFor = what;
      const first = Math.floor(from / this.perLine);
      const last = Math.floor(Math.max(from, to - 1) / this.perLine);
      if (last >= this.top + this.height) this.top = last - this.height + 1;
      if (first < this.top) this.top = first;
    }
    this.top = clampTop(this.top, this.height, this.lineCount);
  }

  /** One line, with the bytes in [from, to) highlighted as one piece. */
  private line(bytes: Uint8Array, start: number, from: number, to: number): string {
    const { theme } = this;
    const end = Math.min(start + this.perLine, bytes.length);
    const low = Math.max(from, start);
    const high = Math.min(to, end);
    const digits = (first: number, last: number) => {
      let text = '';
      for (let at = first; at < last; at++) {
        if (at > first) text += (at - start) % 8 === 0 ? '  ' : ' ';
        text += HEX[bytes[at] as number];
      }
      return text;
    };
    const ascii = (first: number, last: number) => {
      let text = '';
      for (let at = first; at < last; at++) text += ASCII[bytes[at] as number];
      return text;
    };
    const gapBefore = (at: number) => (at === start || at >= end ? '' : (at - start) % 8 === 0 ? '  ' : ' ');
    const offset = theme.paint('dim', start.toString(16).padStart(4, '0'));
    const pad = ' '.repeat(Math.max(0, columnOf(this.perLine - 1) + 2 - (columnOf(end - 1 - start) + 2)));
    if (low >= high) return `${offset}  ${digits(start, end)}${pad}  ${theme.paint('dim', ascii(start, end))}`;
    const marked = (text: string) => theme.paint('highlight', text);
    return (
      `${offset}  ${digits(start, low)}${gapBefore(low)}${marked(digits(low, high))}${gapBefore(high)}${digits(high, end)}` +
      `${pad}  ${theme.paint('dim', ascii(start, low))}${marked(ascii(low, high))}${theme.paint('dim', ascii(high, end))}`
    );
  }
}
