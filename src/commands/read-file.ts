// Reads a capture file: its packets as lines, or to another capture file, then the summary. Needs no privilege.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CaptureFile, RECORDS } from '../core/capture/capture-file.js';
import { summarizeFile, type Written } from '../core/capture/summary.js';
import { formatOf, makeFormat } from '../core/export/file-name.js';
import { FrameEncoder } from '../core/export/frame-encoder.js';
import { FrameStream } from '../core/export/frame-stream.js';
import { type Output, openOutput } from '../core/export/output.js';
import { decodeHere, PacketFilter } from '../core/recorder/packet-filter.js';
import { pump } from '../core/recorder/pump.js';
import { RecordCursor } from '../core/recorder/record-cursor.js';
import type { Recorder } from '../core/recorder/recorder.js';
import { printable } from '../core/text/format.js';
import type { Options } from '../options.js';
import { FileConnections } from './connection-lines.js';
import { LineWriter } from './lines.js';
import { become, confine, isRootsOwn, type User } from './privileges.js';
import { lineFormat, printsChanges, printsPackets, writeSummary } from './stdout.js';

/** Records that are read at a time grow to this many, while that takes less than a turn. */
const MOST_RECORDS = 2048;
/** Milliseconds after which signals are looked at. */
const TURN = 5;

/**
 * Reads until the end, until `options.count` packets have matched, or until `stop` fires. Whether they have: then what was
 * read ahead is of no interest.
 */
async function readPackets(
  file: CaptureFile,
  options: Options,
  saved: FrameStream | null,
  stop: AbortSignal,
): Promise<boolean> {
  const connections = connectionsOf(options, file.recorder, stop);
  const format = lineFormat(options, file.recorder, null, () => connections?.ofPacket ?? null);
  const watched = format !== null || saved !== null || connections !== null || Number.isFinite(options.count);
  // The part that was read. What comes while it is written waits: whoever took that, too, would leave the reader idle.
  let end = 0;
  const cursor = new RecordCursor(file.recorder, undefined, () => end);
  const decode = format !== null || connections !== null || options.filter.needsDecoded;
  const decoder = decode ? decodeHere(file.recorder) : null;
  const filter = new PacketFilter(options.filter, decoder && (connections?.following(decoder) ?? decoder));
  const lines = format && new LineWriter(format, filter, process.stdout, stop);
  const outlets = [saved, lines, connections].filter((outlet) => outlet !== null);
  let left = options.count;
  let records = RECORDS;
  const readAhead = () => {
    const reading = file.readAhead(records, watched ? cursor.upTo(0) : file.lane.head());
    reading.catch(() => {}); // it is told where it is awaited, if writing does not fail before
    return reading;
  };
  let reading = readAhead();
  for (let more = true; more; ) {
    const started = performance.now();
    more = (await reading) && !stop.aborted;
    end = file.lane.head();
    if (left <= 0) break;
    // The next part is read while this one is written.
    if (more) reading = readAhead();
    if (watched) left -= await pump(cursor, outlets, left, filter);
    const took = performance.now() - started;
    records = Math.min(Math.max(Math.floor((records * TURN) / took), RECORDS), 2 * records, MOST_RECORDS);
    await nextTurn();
  }
  await connections?.finish();
  return left <= 0;
}

/** Null when nobody asks for connections, as each line of JSON does. */
function connectionsOf(options: Options, recorder: Recorder, stop: AbortSignal): FileConnections | null {
  const changes = printsChanges(options);
  const asked = options.connections && !options.quiet && !options.headless;
  const totals = asked ? (options.json ? 'json' : 'table') : null;
  return changes || totals || (options.json && printsPackets(options))
    ? new FileConnections(recorder, { changes, totals }, process.stdout, stop)
    : null;
}

/** Reads the file and saves what matches; when that fails, it is taken back. See readPackets. @throws QuicTopError */
async function readAndSave(
  file: CaptureFile,
  options: Options,
  output: Output,
  stop: AbortSignal,
): Promise<{ write: Written; counted: boolean }> {
  const format = makeFormat(formatOf(options.write), { interface: null, filter: options.filter.text, counts: null });
  const stream = new FrameStream(new FrameEncoder(file.recorder, format), output);
  const counted = await readPackets(file, options, stream, stop);
  await stream.finish();
  return { write: { frames: stream.frames, skipped: stream.overwritten }, counted };
}

/**
 * Opens the file, becomes `user` and reads it. Sets the exit status to 1 when it could not be read to its end.
 * @throws QuicTopError
 */
export async function readFile(options: Options & { read: string }, user: User, stop: AbortSignal): Promise<void> {
  const started = performance.now();
  let file = null as CaptureFile | null;
  let output = null as Output | null;
  try {
    file = await CaptureFile.open({ ...options, path: options.read }, stop, async () => {
      const openIt = async () => (options.write === '' ? null : openOutput(options.write));
      // With the rights of the person who asks for it: at root's own prompt those of root.
      if (isRootsOwn()) output = await openIt();
      become(user);
      output ??= await openIt();
      confine(user, options, null);
    });
    if (!file) return await output?.discard();
    const { write, counted } = output
      ? await readAndSave(file, options, output, stop)
      : { write: null, counted: await readPackets(file, options, null, stop) };
    if (file.warning !== null && !counted) {
      process.stderr.write(`quic-top: ${printable(file.warning)}\n`);
      process.exitCode = 1;
    }
    writeSummary(options, summarizeFile(file, (performance.now() - started) / 1000, write));
  } catch (error) {
    await output?.discard();
    throw error;
  } finally {
    file?.close();
  }
}
