// How much of a capture file the screen keeps.
import { fstatSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { bytesOf } from '../core/text/bytes-text.js';

const STDIN = 0;
/** Bytes of the recorder for each byte of the file: enough for small packets, and for a file that is packed. */
const FACTOR = 8;
const MAX = 2 ** 32;
/** Of what tells no size: a few megabytes of gzip in a pipe may become any number of packets. */
const MAX_OF_PIPE = 2 ** 28;
/** A part of this machine's memory that a file may fill. */
const MEMORY_PART = 4;

/**
 * Bytes of the recorder for a file ("-" is standard input). Memory is taken only as it is filled, so what is given is what
 * may be filled at most.
 */
export function bufferFor(path: string, smallest: number): number {
  const memory = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
  const stats = path === '-' ? fstatSync(STDIN) : statSync(bytesOf(path), { throwIfNoEntry: false });
  const wanted = stats?.isFile() ? Math.min(stats.size * FACTOR, MAX) : MAX_OF_PIPE;
  return Math.max(smallest, Math.floor(Math.min(wanted, memory / MEMORY_PART) / 8) * 8);
}
