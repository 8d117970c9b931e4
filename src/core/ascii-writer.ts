// Builds lines of ASCII in one buffer: a string for each piece of each line would cost more than all else.

/** Bytes of a buffer: more than whoever takes what is in it waits for. */
const CAPACITY = 96 * 1024;

const ZERO = 0x30;
const DIGITS = Buffer.from('0123456789abcdef');
const BILLION = 1_000_000_000;

/** A piece of a line that is written again and again. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

export class AsciiWriter {
  private bytes = Buffer.allocUnsafeSlow(CAPACITY);
  /** Bytes written since the last take(). */
  length = 0;

  /** What was written since the last call. It is the caller's now. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafeSlow(CAPACITY);
    this.length = 0;
    return taken;
  }

  /** Makes room for as many bytes. To be called before all but text(), which does it by itself. */
  reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + size));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  piece(piece: Uint8Array): void {
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < piece.length; i++) bytes[at++] = piece[i] as number;
    this.length = at;
  }

  text(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** A whole number from 0 to 2^53, in at least `digits` digits. */
  decimal(value: number, digits = 1): void {
    let low = value;
    if (value >= BILLION) {
      const high = Math.floor(value / BILLION);
      this.decimal(high, digits - 9);
      this.decimal(value - high * BILLION, 9);
      return;
    }
    let count = 1;
    for (let rest = (low / 10) | 0; rest > 0; rest = (rest / 10) | 0) count++;
    if (count < digits) count = digits;
    const end = this.length + count;
    for (let at = end - 1; at >= this.length; at--) {
      const rest = (low / 10) | 0;
      this.bytes[at] = ZERO + (low - rest * 10);
      low = rest;
    }
    this.length = end;
  }

  /** Two lower-case hex digits for each of `bytes[from, to)`. */
  hex(source: Uint8Array, from: number, to: number): void {
    const { bytes } = this;
    let at = this.length;
    for (let i = from; i < to; i++) {
      const byte = source[i] as number;
      bytes[at++] = DIGITS[byte >> 4] as number;
      bytes[at++] = DIGITS[byte & 15] as number;
    }
    this.length = at;
  }
}
