// --write: packets to a capture file beside the screen or the lines.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture } from './core/capture.js';
import { FrameReader } from './core/export/frame-reader.js';
import { FrameStream, formatOf, openTarget, STDOUT } from './core/export/stream-frames.js';
import { PacketFilter } from './core/packet-filter.js';
import { lostFrames } from './core/summary.js';
import type { Options } from './options.js';
import { LIVE_BUDGET } from './output.js';

const POLL_MS = 50;

export class BackgroundWriter {
  private readonly ending = new AbortController();
  private readonly done: Promise<void>;
  private error: unknown;

  /** @param failed called when writing fails; finish() then throws why */
  private constructor(
    private readonly stream: FrameStream,
    failed: () => void,
  ) {
    this.done = this.run().catch((error: unknown) => {
      this.error = error;
      failed();
    });
  }

  /** Opens the file and begins to write, or returns null when there is nothing to write. @throws QuicTopError */
  static async start(options: Options, capture: Capture, failed: () => void): Promise<BackgroundWriter | null> {
    const { write } = options;
    if (write === '') return null;
    const format = formatOf(write, {
      interface: options.interface,
      filter: options.filter.text,
      counts: () => ({ received: capture.recorder.captured, dropped: lostFrames(capture.ledger().lost) }),
    });
    const target = write === STDOUT ? process.stdout : await openTarget(write);
    const filter = new PacketFilter(options.filter, capture.recorder, { budget: LIVE_BUDGET });
    const reader = new FrameReader(capture.recorder, filter);
    return new BackgroundWriter(new FrameStream(reader, format, target, write), failed);
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.stream.pump();
      // The screen or the lines keep the process alive; when they fail, this must not.
      await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Writes what is left of a stopped capture; says how much was written. @throws QuicTopError */
  async finish(): Promise<string> {
    this.ending.abort();
    await this.done;
    if (this.error !== undefined) throw this.error;
    await this.stream.finish();
    const { frames, skipped } = this.stream;
    const late = skipped > 0 ? `; ${skipped} packets were overwritten before they could be: give more --buffer` : '';
    return `${frames} frames written${late}`;
  }
}
