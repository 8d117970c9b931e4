// Reads fields of a byte string in network byte order, without ever passing its end.

/** How a value reads in text that is safe to print. */
export type Show<T> = (value: T) => string;

/**
 * A read that goes past the end gives 0 or no bytes, clears `whole`, and so do all that follow. Reads may be named and
 * grouped: nothing comes of it here, but a FieldReader (core/dissect) makes a tree of fields, so that a format is
 * described once for both.
 */
export class ByteReader {
  whole = true;

  constructor(
    protected readonly bytes: Uint8Array,
    protected position = 0,
  ) {}

  get left(): number {
    return this.whole ? this.bytes.length - this.position : 0;
  }

  private uint(size: number): number {
    if (size > this.left) {
      this.whole = false;
      return 0;
    }
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.bytes[this.position++] as number);
    return value;
  }

  u8(_name?: string, _show?: Show<number>): number {
    return this.uint(1);
  }
  u16(_name?: string, _show?: Show<number>): number {
    return this.uint(2);
  }
  u24(_name?: string, _show?: Show<number>): number {
    return this.uint(3);
  }
  u32(_name?: string, _show?: Show<number>): number {
    return this.uint(4);
  }

  /** RFC 9000 section 16. Above 2^53 the lowest bits are lost. */
  varint(_name?: string, _show?: Show<number>): number {
    const first = this.uint(1);
    const more = (1 << (first >> 6)) - 1;
    const rest = this.uint(more);
    return this.whole ? (first & 0x3f) * 256 ** more + rest : 0;
  }

  /** A view of the next bytes. */
  take(size: number, _name?: string, _show?: Show<Uint8Array>): Uint8Array {
    if (size > this.left) {
      this.whole = false;
      return this.bytes.subarray(0, 0);
    }
    this.position += size;
    return this.bytes.subarray(this.position - size, this.position);
  }

  /** Passes over bytes of this value; returns how many there were. */
  skip(value: number, _name?: string): number {
    if (!this.whole) return 0;
    const { bytes, position } = this;
    let end = position;
    while (bytes[end] === value) end++;
    this.position = end;
    return end - position;
  }

  /** The next bytes, as a reader of its own. */
  sub(size: number): ByteReader {
    const inner = new ByteReader(this.take(size));
    inner.whole = this.whole;
    return inner;
  }

  /** What stands behind a length of one or two bytes. The name is the length's. */
  vector8(name?: string): ByteReader {
    return this.sub(this.u8(name));
  }
  vector16(name?: string): ByteReader {
    return this.sub(this.u16(name));
  }

  /** All that is left. */
  rest(name?: string, show?: Show<Uint8Array>): Uint8Array {
    return this.take(this.left, name, show);
  }

  /** All that is left as 16-bit numbers; an odd byte at the end clears `whole`. */
  u16List(name?: string, show?: Show<number>): number[] {
    const list: number[] = [];
    while (this.left > 0) {
      const value = this.u16(name, show);
      if (this.whole) list.push(value);
    }
    return list;
  }

  /** What is read from here to `end` belongs together. */
  begin(_name: string): void {}
  /** Names the group after a value in it. */
  title(_show: Show<number>, _value: number): void {}
  end(): void {}
}
