// Runs a capture without a screen: packets as lines on stdout until it is told to stop.
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Analysis } from '../core/analysis/analysis.js';
import type { Capture } from '../core/capture/capture.js';
import type { LineFormat } from '../core/lines/line-format.js';
import type { Decoded } from '../core/quic/decoded.js';
import { decodedCursor, type PacketFilter } from '../core/recorder/packet-filter.js';
import { fill, type Outlet, pump } from '../core/recorder/pump.js';
import type { RecordView } from '../core/recorder/record.js';
import { RecordCursor } from '../core/recorder/record-cursor.js';
import type { Recorder } from '../core/recorder/recorder.js';
import type { ChangeLines } from './connection-lines.js';
import { writeAll } from './stdout.js';

const POLL_MS = 20;
/** The longest that a timer can wait; a signal ends it. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

/**
 * Writes packets as lines. Waits for a slow reader, while the capture goes on; but not once the run is to end, since a
 * reader that has gone to sleep (a pager) must not keep it.
 */
export class LineWriter implements Outlet {
  /**
   * @param filter which chose the packets, and knows what is decoded of them
   * @param stop fires when the run is to end
   */
  constructor(
    private readonly format: LineFormat,
    private readonly filter: PacketFilter,
    private readonly output: Writable,
    private readonly stop: AbortSignal,
  ) {}

  get full(): boolean {
    return this.format.full;
  }

  add(view: RecordView): void {
    this.format.add(view, this.filter.decoded as Decoded);
  }

  async flush(): Promise<void> {
    const { output, stop } = this;
    const lines = this.format.take(output.writableLength === 0);
    if (lines) await writeAll(output, lines, stop);
  }
}

export interface LinesOptions {
  /** Null when packets are not to be shown. */
  format: LineFormat | null;
  /** Null when what happens to connections is not to be shown. */
  changes: ChangeLines | null;
  filter: PacketFilter;
  /** Packets after which to stop. */
  count: number;
  output: Writable;
  /** Ends the run when it fires. */
  stop: AbortSignal;
}

/** Resolves once `count` packets of a capture that others show have matched, or when `stop` fires. */
export async function countMatches(
  recorder: Recorder,
  analysis: Analysis,
  { filter, count, stop }: Pick<LinesOptions, 'filter' | 'count' | 'stop'>,
): Promise<void> {
  const cursor = decodedCursor(analysis, recorder);
  let left = count;
  while (left > 0 && !stop.aborted) {
    left -= fill(cursor, [], left, filter).count;
    if (left > 0) await sleep(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/**
 * Runs a started capture until `options.stop` fires or `options.count` packets have matched, then stops it and
 * writes what came in meanwhile. Returns how many records were overwritten before they could be written.
 * @param analysis waited for, when there is one
 */
export async function runLines(
  capture: Capture,
  analysis: Analysis | null,
  { format, changes, filter, count, output, stop }: LinesOptions,
): Promise<number> {
  const { recorder } = capture;
  const cursor = analysis ? decodedCursor(analysis, recorder) : new RecordCursor(recorder);
  const outlets = format ? [new LineWriter(format, filter, output, stop)] : [];
  const watched = format !== null || changes !== null || Number.isFinite(count);
  let left = count;
  while (!stop.aborted && left > 0) {
    if (watched) left -= await pump(cursor, outlets, left, filter);
    await changes?.flush();
    if (left > 0) await sleep(watched ? POLL_MS : MAX_SLEEP_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  capture.stop();
  await analysis?.finish();
  if (watched && left > 0) await pump(cursor, outlets, left, filter);
  await changes?.flush();
  return cursor.skipped;
}
