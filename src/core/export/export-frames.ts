// Saves the frames that match a filter, from the recorder, while the capture goes on.
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { QuicTopError } from '../errors.js';
import type { Filter } from '../filter/index.js';
import { PacketFilter } from '../packet-filter.js';
import type { Recorder } from '../recorder.js';
import type { CaptureFormat } from './capture-format.js';
import { FrameBlock } from './frame-block.js';
import { FrameReader } from './frame-reader.js';
import { writeNewFile } from './new-file.js';

/** Records looked at before keys get their turn. */
const RECORDS_PER_TURN = 8192;

export interface ExportOptions {
  folder: string;
  interface: string;
  format: CaptureFormat;
  matches: Filter;
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

async function writeFrames(file: FileHandle, reader: FrameReader, options: ExportOptions): Promise<number> {
  const { format, signal } = options;
  const block = new FrameBlock(format);
  let frames = 0;
  await file.writeFile(format.begin());
  for (let looked = 1; ; looked++) {
    const frame = reader.next();
    if (frame) {
      block.add(frame);
      frames++;
    }
    if (block.full || frame === null) await file.writeFile(block.take());
    else if (looked % RECORDS_PER_TURN === 0) await nextTurn();
    if (signal.aborted) throw new QuicTopError('ABORTED', 'the export was given up', 'export again');
    if (frame === null) break;
  }
  await file.writeFile(format.end());
  return frames;
}

/** Saves the matching frames to a new file. @throws QuicTopError, and then no file is left */
export async function exportFrames(recorder: Recorder, options: ExportOptions): Promise<ExportResult> {
  const reader = new FrameReader(recorder, new PacketFilter(options.matches, recorder), options.ends);
  const stem = fileStem(options.interface, options.date);
  let frames = 0;
  const path = await writeNewFile(options.folder, stem, options.format.extension, async (file) => {
    frames = await writeFrames(file, reader, options);
  });
  return { path, frames, overwritten: reader.skipped };
}
