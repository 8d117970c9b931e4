// Runs a capture without a screen: packets as lines on stdout until it is told to stop.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Analysis } from '../core/analysis/analysis.js';
import type { Capture } from '../core/capture/capture.js';
import type { FrameStream } from '../core/export/frame-stream.js';
import type { LineFormat } from '../core/lines/line-format.js';
import { decodedCursor, type PacketFilter } from '../core/recorder/packet-filter.js';
import type { RecordView } from '../core/recorder/record.js';
import { RecordCursor } from '../core/recorder/record-cursor.js';
import type { Recorder } from '../core/recorder/recorder.js';

const POLL_MS = 20;
/** The longest that a timer can wait; a signal ends it. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

export interface LinesOptions {
  /** Null when packets are not to be shown. */
  format: LineFormat | null;
  filter: PacketFilter;
  /** Packets after which to stop. */
  count: number;
  output: Writable;
  /** Where the packets go besides. */
  saved?: FrameStream | null;
  /** Ends the run when it fires. */
  stop: AbortSignal;
}

/**
 * Writes what the cursor has; returns how many packets matched. Waits for a slow reader, while the capture goes on; but
 * not once the run is to end, since a reader that has gone to sleep (a pager) must not keep it.
 */
export async function writeLines(cursor: RecordCursor, limit: number, options: LinesOptions): Promise<number> {
  const { format, filter, output, saved, stop } = options;
  let matched = 0;
  while (matched < limit) {
    let view: RecordView | null = null;
    while (matched < limit && !format?.full && !saved?.full) {
      view = cursor.next();
      if (!view) break;
      if (!filter.matches(view)) continue;
      matched++;
      saved?.add(view);
      if (filter.decoded) format?.add(view, filter.decoded);
    }
    const lines = format?.take(output.writableLength === 0);
    if (lines && !output.write(lines) && !stop.aborted) {
      await once(output, 'drain', { signal: stop }).catch(() => undefined);
    }
    if (saved?.full) await saved.flush();
    if (!view) break;
  }
  return matched;
}

/** Resolves once `options.count` packets of a capture that others show have matched, or when `options.stop` fires. */
export async function countMatches(
  recorder: Recorder,
  analysis: Analysis,
  options: Pick<LinesOptions, 'filter' | 'count' | 'stop'>,
): Promise<void> {
  const cursor = decodedCursor(analysis, recorder);
  let left = options.count;
  while (left > 0 && !options.stop.aborted) {
    left -= await writeLines(cursor, left, { ...options, format: null, output: process.stdout });
    if (left > 0) await sleep(POLL_MS, undefined, { signal: options.stop }).catch(() => undefined);
  }
}

/**
 * Runs a started capture until `options.stop` fires or `options.count` packets have matched, then stops it and
 * writes what came in meanwhile. Returns how many records were overwritten before they could be written.
 * @param analysis waited for, when there is one
 */
export async function runLines(capture: Capture, analysis: Analysis | null, options: LinesOptions): Promise<number> {
  const { recorder } = capture;
  const cursor = analysis ? decodedCursor(analysis, recorder) : new RecordCursor(recorder);
  const watched = options.format !== null || Number.isFinite(options.count);
  let left = options.count;
  while (!options.stop.aborted && left > 0) {
    if (watched) left -= await writeLines(cursor, left, options);
    if (left > 0)
      await sleep(watched ? POLL_MS : MAX_SLEEP_MS, undefined, { signal: options.stop }).catch(() => undefined);
  }
  capture.stop();
  await analysis?.finish();
  if (watched && left > 0) await writeLines(cursor, left, options);
  return cursor.skipped;
}
