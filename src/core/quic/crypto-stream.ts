// Puts the bytes of CRYPTO frames in order (RFC 9000 section 19.6), in whatever order and pieces they come.

/** Bytes past the consumed ones that are kept: a ClientHello with a post-quantum key share has about 2 KB. */
export const CRYPTO_WINDOW = 16 * 1024;
/** Separate pieces that are kept; a ClientHello sent in single bytes, every other one first, has about 300. */
const MAX_PIECES = 512;
const FIRST_CAPACITY = 2048;
/** Bytes of memory that a piece takes, about. */
const PIECE_SIZE = 64;

/** A stream with a bounded window. Bytes that come twice are those that came first. */
export class CryptoStream {
  /** Offset of the first byte that was not consumed. */
  private base = 0;
  private buffer = new Uint8Array(0);
  /** Pieces [start, end) that are there, relative to `base`, apart from each other and in order. */
  private pieces: { start: number; end: number }[] = [];

  /** Bytes of memory that it takes, about. */
  get size(): number {
    return this.buffer.length + this.pieces.length * PIECE_SIZE;
  }

  /** False: the frame reaches past what is kept, and was left out. */
  write(offset: number, data: Uint8Array): boolean {
    const start = Math.max(0, offset - this.base);
    const end = offset - this.base + data.length;
    if (end <= start) return end <= CRYPTO_WINDOW;
    if (end > CRYPTO_WINDOW) return false;

    const { pieces } = this;
    let from = 0;
    while (from < pieces.length && (pieces[from] as { end: number }).end < start) from++;
    let to = from;
    while (to < pieces.length && (pieces[to] as { start: number }).start <= end) to++;
    if (from === to && pieces.length >= MAX_PIECES) return false;

    this.reserve(end);
    const merged = { start, end };
    let gap = start;
    for (let i = from; i < to; i++) {
      const piece = pieces[i] as { start: number; end: number };
      if (piece.start > gap) this.copy(gap, piece.start, offset, data);
      gap = Math.max(gap, piece.end);
      merged.start = Math.min(merged.start, piece.start);
      merged.end = Math.max(merged.end, piece.end);
    }
    if (gap < end) this.copy(gap, end, offset, data);
    pieces.splice(from, to - from, merged);
    return true;
  }

  private copy(start: number, end: number, offset: number, data: Uint8Array): void {
    const shift = this.base - offset;
    this.buffer.set(data.subarray(start + shift, end + shift), start);
  }

  private reserve(size: number): void {
    if (size <= this.buffer.length) return;
    let capacity = Math.max(FIRST_CAPACITY, this.buffer.length);
    while (capacity < size) capacity *= 2;
    const larger = new Uint8Array(capacity);
    larger.set(this.buffer);
    this.buffer = larger;
  }

  /** The bytes from the first not consumed one to the first that is missing. Good until the next call. */
  get contiguous(): Uint8Array {
    const first = this.pieces[0];
    return this.buffer.subarray(0, first?.start === 0 ? first.end : 0);
  }

  /** Lets go of the first `size` bytes of `contiguous`. */
  consume(size: number): void {
    this.buffer = this.buffer.slice(size, this.pieces.at(-1)?.end ?? size);
    this.base += size;
    this.pieces = this.pieces
      .map(({ start, end }) => ({ start: Math.max(0, start - size), end: end - size }))
      .filter(({ start, end }) => end > start);
  }
}
