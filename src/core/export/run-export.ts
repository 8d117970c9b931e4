// The work of an export: chosen packets of the recorder to a capture file, in one go. For a thread of its own.
import { fill } from '../recorder/pump.js';
import { Recorder } from '../recorder/recorder.js';
import { type FormatName, makeFormat } from './file-name.js';
import { FrameEncoder } from './frame-encoder.js';
import type { Counts } from './pcapng.js';
import { SequenceCursor } from './sequence-cursor.js';

export interface ExportOptions {
  /** The recorder's. */
  memory: SharedArrayBuffer;
  /** Of each lane, the sequence numbers to save, ascending: the frames of exactly these packets, each once. */
  sequences: readonly Float64Array[];
  format: FormatName;
  /** Null for packets of a file. */
  interface: string | null;
  filter: string;
  /** Null when nothing is known of them. */
  counts: Counts | null;
}

export interface ExportCounts {
  frames: number;
  /** Packets that were overwritten before the export came to them. */
  overwritten: number;
}

/**
 * Saves the packets while the capture goes on.
 * @param progress told how many of the packets are done, now and then
 * @throws QuicTopError, and what `write` throws
 */
export function runExport(
  options: ExportOptions,
  write: (bytes: Uint8Array) => void,
  progress: (done: number) => void,
): ExportCounts {
  const recorder = new Recorder(options.memory);
  const { counts } = options;
  const encoder = new FrameEncoder(
    recorder,
    makeFormat(options.format, { ...options, counts: counts && (() => counts) }),
  );
  const cursor = new SequenceCursor(recorder, options.sequences);
  let read = 0;
  for (;;) {
    const { count, full } = fill(cursor, [encoder]);
    read += count;
    if (!full) break;
    write(encoder.take());
    progress(read + cursor.skipped);
  }
  encoder.end();
  write(encoder.take());
  return { frames: encoder.frames, overwritten: cursor.skipped + encoder.overwritten };
}
