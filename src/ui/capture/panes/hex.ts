// The bytes of the selected packet in hex and ASCII; those of the selected field are highlighted.
import { count, HEX } from '../../../core/text/format.js';
import type { Inner } from '../../panes/framed-pane.js';
import type { Cursor } from '../../panes/pane.js';
import { DetailsPane } from './details-pane.js';

/** Four digits of offset and two spaces. */
const BEFORE_BYTES = 6;

/** Columns of a line with `bytes` bytes: a gap after each eight, two spaces before the ASCII. */
const columnsFor = (bytes: number) => BEFORE_BYTES + 3 * bytes + Math.floor((bytes - 1) / 8) + 1 + bytes;

/** Column of a byte's first digit. */
const columnOf = (index: number) => BEFORE_BYTES + 3 * index + Math.floor(index / 8);

const ASCII = Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));

export class HexPane extends DetailsPane implements Cursor {
  readonly name = 'hex';
  readonly cursor: Cursor = this;
  private perLine = 16;

  protected override fit({ width, height }: Inner): void {
    this.perLine = width >= columnsFor(16) ? 16 : width >= columnsFor(8) ? 8 : 4;
    this.scroll.fit(this.lineCount, height);
    const { from, to } = this.marked;
    this.scroll.reveal(Math.floor(from / this.perLine), Math.floor(Math.max(from, to - 1) / this.perLine));
  }

  /** The bytes of the selected field: [from, to). */
  private get marked(): { from: number; to: number } {
    return this.details.selected?.field ?? { from: 0, to: 0 };
  }

  private get lineCount(): number {
    return Math.ceil((this.details.source?.bytes.length ?? 0) / this.perLine);
  }

  get isEmpty(): boolean {
    return this.lineCount === 0;
  }

  get pageRows(): number {
    return this.scroll.pageRows;
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
    const place = this.inside(x, y);
    const line = this.scroll.lineAt(place.y);
    const index = Array.from({ length: this.perLine }, (_, i) => i).find((i) => {
      const digits = columnOf(i);
      return (place.x >= digits && place.x <= digits + 1) || place.x === this.asciiColumn + i;
    });
    if (line >= 0 && index !== undefined) this.details.selectByte(line * this.perLine + index);
  }

  private get asciiColumn(): number {
    return columnsFor(this.perLine) - this.perLine;
  }

  protected title(): string {
    const { source } = this.details;
    return source ? `${source.title}, ${count(source.bytes.length)} bytes` : 'Bytes';
  }

  protected override note(): string {
    const { from, to } = this.marked;
    return to > from ? this.theme.paint('dim', `${from}-${to - 1}`) : '';
  }

  protected content(): string[] {
    const bytes = this.details.source?.bytes ?? new Uint8Array();
    const { from, to } = this.marked;
    const starts = Array.from({ length: this.lineCount }, (_, line) => line * this.perLine);
    return this.scroll.shown(starts).map((start) => this.line(bytes, start, from, to));
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
