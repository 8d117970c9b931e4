// Saves the frames that match a filter, from the recorder, while the capture goes on.
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { QuicTopError } from '../errors.js';
import type { Predicate } from '../filter.js';
import { Clock } from '../format.js';
import type { RecordView } from '../record.js';
import { RecordCursor } from '../record-cursor.js';
import type { Recorder } from '../recorder.js';
import { writeNewFile } from './new-file.js';
import { FILE_HEADER_SIZE, FRAME_HEADER_SIZE, SNAP_LENGTH, writeFileHeader, writeFrameHeader } from './pcap.js';

/** Written at once; making one such block takes about a millisecond. */
const BLOCK_SIZE = 256 * 1024;
/** Records looked at before keys get their turn. */
const RECORDS_PER_TURN = 8192;

export interface ExportOptions {
  folder: string;
  interface: string;
  matches: Predicate;
  /** For each lane, one past the newest record to save. */
  ends: readonly number[];
  /** Wall-clock time for the file's name. */
  date: Date;
  signal: AbortSignal;
}

export interface ExportResult {
  path: string;
  frames: number;
  /** Records that were overwritten before the export came to them; some of them may have matched. */
  overwritten: number;
}

/** `quic-top-eth0-20261122T120000Z`: letters, digits and harmless signs only. */
function fileStem(interfaceName: string, date: Date): string {
  const time = date.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  return `quic-top-${interfaceName.replaceAll(/[^A-Za-z0-9._-]/g, '_')}-${time}`;
}

/** Walks the recorder up to `ends`, each frame once, in time order. */
class FrameReader {
  private readonly cursor: RecordCursor;
  /** Of each lane, the last frame that was given out: coalesced packets follow each other in a lane. */
  private readonly lastFrame: number[];
  private readonly done: boolean[];

  constructor(
    private readonly recorder: Recorder,
    private readonly ends: readonly number[],
    private readonly matches: Predicate,
  ) {
    this.cursor = new RecordCursor(recorder);
    this.lastFrame = recorder.lanes.map(() => 0);
    this.done = recorder.lanes.map((lane, i) => lane.tail() >= (ends[i] as number));
  }

  get skipped(): number {
    return this.cursor.skipped;
  }

  /** Null at the end; false when the next record is not to be saved. */
  next(): { view: RecordView; bytes: Uint8Array } | null | false {
    if (!this.done.includes(false)) return null;
    const view = this.cursor.next();
    if (!view) return null;
    const end = this.ends[view.lane] as number;
    if (view.sequence >= end - 1) this.done[view.lane] = true;
    if (view.sequence >= end || view.frame === this.lastFrame[view.lane] || !this.matches(view)) return false;
    const bytes = this.recorder.lane(view).frameOf(view);
    if (!bytes) {
      this.cursor.skipped++;
      return false;
    }
    this.lastFrame[view.lane] = view.frame;
    return { view, bytes };
  }
}

async function writeFrames(file: FileHandle, reader: FrameReader, clock: Clock, signal: AbortSignal): Promise<number> {
  // A block is written when it is full: room for the frame that fills it is kept beyond its size.
  const block = Buffer.alloc(BLOCK_SIZE + FRAME_HEADER_SIZE + SNAP_LENGTH);
  writeFileHeader(block, 0);
  let used = FILE_HEADER_SIZE;
  let frames = 0;
  for (let looked = 1; ; looked++) {
    const next = reader.next();
    if (next) {
      const { view, bytes } = next;
      writeFrameHeader(block, used, clock.split(view.time), bytes.length, view.frameLength);
      block.set(bytes, used + FRAME_HEADER_SIZE);
      used += FRAME_HEADER_SIZE + bytes.length;
      frames++;
    }
    if (used >= BLOCK_SIZE || next === null) {
      await file.writeFile(block.subarray(0, used));
      used = 0;
    } else if (looked % RECORDS_PER_TURN === 0) {
      await nextTurn();
    }
    if (signal.aborted) throw new QuicTopError('ABORTED', 'the export was given up', 'export again');
    if (next === null) return frames;
  }
}

/** Saves the matching frames as a nanosecond pcap. @throws QuicTopError, and then no file is left */
export async function exportFrames(recorder: Recorder, options: ExportOptions): Promise<ExportResult> {
  const reader = new FrameReader(recorder, options.ends, options.matches);
  const clock = new Clock(recorder.epoch);
  let frames = 0;
  const path = await writeNewFile(options.folder, fileStem(options.interface, options.date), '.pcap', async (file) => {
    frames = await writeFrames(file, reader, clock, options.signal);
  });
  return { path, frames, overwritten: reader.skipped };
}
