// --write: packets to a capture file beside the screen or the lines.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture } from './core/capture.js';
import { formatOf, makeFormat } from './core/export/file-name.js';
import { FrameEncoder } from './core/export/frame-encoder.js';
import { FrameStream } from './core/export/frame-stream.js';
import { openOutput } from './core/export/output.js';
import { PacketFilter } from './core/packet-filter.js';
import { RecordCursor } from './core/record-cursor.js';
import { lostFrames, type Written } from './core/summary.js';
import type { Options } from './options.js';
import { LIVE_BUDGET } from './output.js';

const POLL_MS = 50;

export class BackgroundWriter {
  /** Resolves with the error when writing fails. The capture can go on, and what is in the file can be read. */
  readonly failed: Promise<unknown>;
  /** The same error. */
  failure: unknown;
  private readonly ending = new AbortController();
  private readonly done: Promise<void>;
  private readonly cursor: RecordCursor;
  private tellFailed: (error: unknown) => void = () => {};

  private constructor(
    private readonly stream: FrameStream,
    capture: Capture,
    private readonly filter: PacketFilter,
  ) {
    this.cursor = new RecordCursor(capture.recorder);
    this.failed = new Promise((resolve) => {
      this.tellFailed = resolve;
    });
    this.done = this.attempt(() => this.run());
  }

  /** Opens the file and begins to write, or returns null when there is nothing to write. @throws QuicTopError */
  static async start(options: Options, capture: Capture): Promise<BackgroundWriter | null> {
    const { write } = options;
    if (write === '') return null;
    const format = makeFormat(formatOf(write), {
      interface: options.interface,
      filter: options.filter.text,
      counts: () => ({ received: capture.recorder.captured, dropped: lostFrames(capture.ledger().lost) }),
    });
    const stream = new FrameStream(new FrameEncoder(capture.recorder, format), await openOutput(write));
    const filter = new PacketFilter(options.filter, capture.recorder, { budget: LIVE_BUDGET });
    return new BackgroundWriter(stream, capture, filter);
  }

  /** Initials that were not opened for the filter: there were too many in a second. */
  get overBudget(): number {
    return this.filter.decoder?.overBudget ?? 0;
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.failure ??= error;
      this.tellFailed(error);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    await this.stream.begin();
    while (!signal.aborted) {
      await this.pump();
      // The screen or the lines keep the process alive; when they fail, this must not.
      await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Writes what came since the last call. */
  private async pump(): Promise<void> {
    for (let view = this.cursor.next(); view; view = this.cursor.next()) {
      if (this.filter.matches(view)) this.stream.add(view);
      if (this.stream.full) await this.stream.flush();
    }
    await this.stream.flush();
  }

  /** Writes what is left of a stopped capture. What went wrong then, or before, is in `failure`. */
  async finish(): Promise<Written> {
    this.ending.abort();
    await this.done;
    if (this.failure === undefined) {
      await this.attempt(async () => {
        await this.pump();
        await this.stream.finish();
      });
    }
    return { frames: this.stream.frames, skipped: this.cursor.skipped + this.stream.overwritten };
  }
}
