// Reads a capture file: its packets as lines, then the summary. Needs no privilege.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CaptureFile } from './core/capture-file.js';
import { printable } from './core/format.js';
import { PacketFilter } from './core/packet-filter.js';
import { RecordCursor } from './core/record-cursor.js';
import { summarizeFile } from './core/summary.js';
import { writeLines } from './lines.js';
import type { Options } from './options.js';
import { lineFormat, writeSummary } from './output.js';
import { become, type User } from './privileges.js';

/** Reads until the end, until `options.count` packets have matched, or until `stop` fires. */
async function readLines(file: CaptureFile, options: Options, stop: AbortSignal): Promise<void> {
  const format = lineFormat(options, file.recorder, null);
  const watched = format !== null || Number.isFinite(options.count);
  const cursor = new RecordCursor(file.recorder);
  const filter = new PacketFilter(options.filter, file.recorder, { decode: format !== null });
  const lines = { format, filter, count: options.count, output: process.stdout, stop };
  let left = options.count;
  for (let more = true; more && left > 0 && !stop.aborted; ) {
    more = file.read();
    // All of it is written before more is read, so nothing is overwritten that was not.
    if (watched) left -= await writeLines(cursor, left, lines);
    await nextTurn();
  }
}

/**
 * Opens the file, becomes `user` and reads it. Sets the exit status to 1 when it could not be read to its end.
 * @throws QuicTopError
 */
export async function readFile(options: Options & { read: string }, user: User, stop: AbortSignal): Promise<void> {
  const started = performance.now();
  const file = await CaptureFile.open({ ...options, path: options.read }, stop, () => become(user));
  if (!file) return;
  try {
    await readLines(file, options, stop);
    if (file.warning !== null) {
      process.stderr.write(`quic-top: ${printable(file.warning)}\n`);
      process.exitCode = 1;
    }
    writeSummary(options, summarizeFile(file, (performance.now() - started) / 1000));
  } finally {
    file.close();
  }
}
