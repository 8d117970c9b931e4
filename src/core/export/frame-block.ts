// Frames gathered to blocks, so that a file is written with few and large writes.
import { type CaptureFormat, type SavedFrame, SNAP_LENGTH } from './capture-format.js';

/** Written at once; making one such block takes about a millisecond. */
const BLOCK_SIZE = 256 * 1024;

export class FrameBlock {
  private readonly buffer: Buffer;
  private used = 0;

  constructor(private readonly format: CaptureFormat) {
    // Room for the frame that fills it is kept beyond its size.
    this.buffer = Buffer.alloc(BLOCK_SIZE + format.overhead + SNAP_LENGTH);
  }

  get full(): boolean {
    return this.used >= BLOCK_SIZE;
  }

  /** Only while it is not full. */
  add(frame: SavedFrame): void {
    this.used += this.format.writeFrame(this.buffer, this.used, frame);
  }

  /** What was added since the last call; good until the next add(). */
  take(): Uint8Array {
    const bytes = this.buffer.subarray(0, this.used);
    this.used = 0;
    return bytes;
  }
}
