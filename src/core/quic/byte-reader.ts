// Reads fields of a byte string in network byte order, without ever passing its end.

/** A read that goes past the end gives 0 or no bytes, clears `whole`, and so do all that follow. */
export class ByteReader {
  whole = true;

  constructor(
    private readonly bytes: Uint8Array,
    private position = 0,
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

  u8(): number {
    return this.uint(1);
  }
  u16(): number {
    return this.uint(2);
  }
  u24(): number {
    return this.uint(3);
  }

  /** RFC 9000 section 16. Above 2^53 the lowest bits are lost. */
  varint(): number {
    const first = this.u8();
    const more = (1 << (first >> 6)) - 1;
    const rest = this.uint(more);
    return this.whole ? (first & 0x3f) * 256 ** more + rest : 0;
  }

  /** A view of the next bytes. */
  take(size: number): Uint8Array {
    if (size > this.left) {
      this.whole = false;
      return this.bytes.subarray(0, 0);
    }
    this.position += size;
    return this.bytes.subarray(this.position - size, this.position);
  }

  /** Passes over bytes of this value; returns how many there were. */
  skip(value: number): number {
    const start = this.position;
    while (this.left > 0 && this.bytes[this.position] === value) this.position++;
    return this.position - start;
  }

  /** What stands behind a length of one or two bytes, as a reader of its own. */
  vector8(): ByteReader {
    return this.vector(this.u8());
  }
  vector16(): ByteReader {
    return this.vector(this.u16());
  }
  private vector(size: number): ByteReader {
    const inner = new ByteReader(this.take(size));
    inner.whole = this.whole;
    return inner;
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.left);
  }

  /** All that is left as 16-bit numbers; an odd byte at the end clears `whole`. */
  u16List(): number[] {
    const list: number[] = [];
    while (this.left > 0) {
      const value = this.u16();
      if (this.whole) list.push(value);
    }
    return list;
  }
}
