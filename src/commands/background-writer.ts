// --write: packets to a capture file beside the screen or the lines.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Analysis } from '../core/analysis/analysis.js';
import type { Capture } from '../core/capture/capture.js';
import { lostFrames, type Written } from '../core/capture/summary.js';
import { formatOf, makeFormat } from '../core/export/file-name.js';
import { FrameEncoder } from '../core/export/frame-encoder.js';
import { FrameStream } from '../core/export/frame-stream.js';
import { openOutput } from '../core/export/output.js';
import type { Filter } from '../core/filter/index.js';
import { decodedBy, decodedCursor, PacketFilter } from '../core/recorder/packet-filter.js';
import { pump } from '../core/recorder/pump.js';
import { RecordCursor } from '../core/recorder/record-cursor.js';
import type { Options } from '../options.js';

const POLL_MS = 50;

/** Opens the file; null when nothing is to be written. @throws QuicTopError */
export async function openFile(options: Options, capture: Capture): Promise<FrameStream | null> {
  const { write } = options;
  if (write === '') return null;
  const format = makeFormat(formatOf(write), {
    interface: options.interface,
    filter: options.filter.text,
    counts: () => ({ received: capture.recorder.captured, dropped: lostFrames(capture.ledger().lost) }),
  });
  return new FrameStream(new FrameEncoder(capture.recorder, format), await openOutput(write));
}

export class BackgroundWriter {
  /** Resolves with the error when writing fails. The capture can go on, and what is in the file can be read. */
  readonly failed: Promise<unknown>;
  /** The same error. */
  failure: unknown;
  private readonly ending = new AbortController();
  private readonly done: Promise<void>;
  private readonly cursor: RecordCursor;
  private readonly filter: PacketFilter;
  private tellFailed: (error: unknown) => void = () => {};

  /** Begins to write what the filter chooses. @param analysis waited for when the filter needs what is decoded */
  constructor(
    private readonly stream: FrameStream,
    filter: Filter,
    { recorder, linkType }: Pick<Capture, 'recorder' | 'linkType'>,
    analysis: Analysis | null,
  ) {
    const decoded = filter.needsDecoded ? analysis : null;
    this.cursor = decoded ? decodedCursor(decoded, recorder) : new RecordCursor(recorder);
    this.filter = new PacketFilter(filter, decoded && decodedBy(decoded, recorder));
    this.failed = new Promise((resolve) => {
      this.tellFailed = resolve;
    });
    this.done = this.attempt(() => this.run(linkType));
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.failure ??= error;
      this.tellFailed(error);
    }
  }

  private async run(linkType: number): Promise<void> {
    const { signal } = this.ending;
    await this.stream.begin(linkType);
    while (!signal.aborted) {
      await this.write();
      // The screen or the lines keep the process alive; when they fail, this must not.
      await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Writes what came since the last call. */
  private async write(): Promise<void> {
    await pump(this.cursor, [this.stream], undefined, this.filter);
  }

  /** Writes what is left of a capture that is stopped and analysed. What went wrong then, or before, is in `failure`. */
  async finish(): Promise<Written> {
    this.ending.abort();
    await this.done;
    if (this.failure === undefined) {
      await this.attempt(async () => {
        await this.write();
        await this.stream.finish();
      });
    }
    return { frames: this.stream.frames, skipped: this.cursor.skipped + this.stream.overwritten };
  }
}
