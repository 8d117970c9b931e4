// Frames to a file or a pipe, as their packets come.
import type { Outlet } from '../recorder/pump.js';
import type { RecordView } from '../recorder/record.js';
import type { FrameEncoder } from './frame-encoder.js';
import type { Output } from './output.js';

export class FrameStream implements Outlet {
  constructor(
    private readonly encoder: FrameEncoder,
    private readonly output: Output,
  ) {}

  /** Frames added. */
  get frames(): number {
    return this.encoder.frames;
  }
  /** Packets whose frame was overwritten before it could be added. */
  get overwritten(): number {
    return this.encoder.overwritten;
  }
  /** It is time to flush(). */
  get full(): boolean {
    return this.encoder.full;
  }

  /** Writes at once what a reader needs to begin: frames of this link type follow. Without it the first frame decides. */
  begin(linkType: number): Promise<void> {
    this.encoder.begin(linkType);
    return this.flush();
  }

  /** Only while it is not full. @throws QuicTopError */
  add(view: RecordView): void {
    this.encoder.add(view);
  }

  /** @throws QuicTopError */
  async flush(): Promise<void> {
    const bytes = this.encoder.take();
    if (bytes.length > 0) await this.output.write(bytes);
  }

  /** Writes the rest and what ends the file. @throws QuicTopError */
  async finish(): Promise<void> {
    this.encoder.end();
    await this.flush();
    await this.output.close();
  }
}
