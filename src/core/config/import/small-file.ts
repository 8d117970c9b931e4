// Files that an imported text refers to. What refers to them is a stranger's: only plain files are read, and little of them.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { bytesOf } from '../../text/bytes-text.js';

/** All of a plain file of at most `most` bytes; null where there is none that may be read. */
export function readSmallFile(path: string, most: number): Buffer | null {
  let file: number | null = null;
  try {
    file = openSync(bytesOf(path), constants.O_RDONLY | constants.O_NONBLOCK); // a pipe must not make it wait
    if (!fstatSync(file).isFile()) return null;
    const bytes = Buffer.alloc(most + 1);
    let size = 0;
    for (let read = -1; read !== 0 && size <= most; size += read)
      read = readSync(file, bytes, size, most + 1 - size, null);
    return size <= most ? bytes.subarray(0, size) : null;
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}
