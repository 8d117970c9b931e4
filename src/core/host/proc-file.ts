// What the kernel tells in the small files of /proc and /sys.
import { readFileSync } from 'node:fs';
import { bytesOf } from '../text/bytes-text.js';

/** A file without the line break at its end, or null where there is none that may be read. */
export function readWord(path: string): string | null {
  try {
    return readFileSync(bytesOf(path), 'utf8').trim();
  } catch {
    return null;
  }
}
