// The frames of packets, each once, as bytes of a capture file in large pieces.
import { LINK_TYPE, RECORDER_LIMITS } from '../native/abi.gen.js';
import type { Sink } from '../recorder/pump.js';
import type { RecordView } from '../recorder/record.js';
import type { Recorder } from '../recorder/recorder.js';
import type { CaptureFormat } from './capture-format.js';

/** Written at once; making one such piece takes about a millisecond. */
const PIECE_SIZE = 256 * 1024;

export class FrameEncoder implements Sink {
  /** Frames added. */
  frames = 0;
  /** Packets whose frame was overwritten before it could be added. */
  overwritten = 0;
  private readonly piece: Buffer;
  private used = 0;
  private begun = false;
  private readonly room = new Uint8Array(RECORDER_LIMITS.FRAME_MAX);
  /** Of each lane, the last frame that was added: coalesced packets follow each other in a lane. */
  private readonly lastFrame: number[];

  constructor(
    private readonly recorder: Recorder,
    private readonly format: CaptureFormat,
  ) {
    // Room for the frame that fills it is kept beyond its size.
    this.piece = Buffer.alloc(PIECE_SIZE + format.overhead + RECORDER_LIMITS.FRAME_MAX);
    this.lastFrame = recorder.lanes.map(() => 0);
  }

  /** It is time to take(). */
  get full(): boolean {
    return this.used >= PIECE_SIZE;
  }

  /** Begins the file; otherwise the first frame does. */
  begin(linkType: number): void {
    this.begun = true;
    this.append(this.format.begin(linkType));
  }

  /** Adds the packet's frame, unless it has it. Only while it is not full. @throws QuicTopError */
  add(view: RecordView): void {
    if (view.frame === this.lastFrame[view.lane]) return;
    const bytes = this.recorder.lane(view).frameOf(view, this.room);
    if (!bytes) {
      this.overwritten++;
      return;
    }
    if (!this.begun) this.begin(view.linkType);
    const time = view.hasTime ? this.recorder.epoch + view.exactTime : 0n;
    this.used += this.format.writeFrame(this.piece, this.used, { view, bytes, time });
    this.lastFrame[view.lane] = view.frame;
    this.frames++;
  }

  /** Ends the file, also one without frames. Only while it is not full. */
  end(): void {
    if (!this.begun) this.begin(LINK_TYPE.LINK_ETHERNET);
    this.append(this.format.end());
  }

  /** What came since the last call; good until the next add(). */
  take(): Uint8Array {
    const bytes = this.piece.subarray(0, this.used);
    this.used = 0;
    return bytes;
  }

  private append(bytes: Uint8Array): void {
    this.piece.set(bytes, this.used);
    this.used += bytes.length;
  }
}
