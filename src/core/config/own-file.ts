// Reads a file that decides what this program does: only if nobody else could have written it.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../text/errors.js';
import { shellWord } from '../text/shell.js';

const OTHERS_WRITE = 0o022;
const OTHERS_READ_OR_WRITE = 0o077;
const ROOT = 0;

export interface OwnFile {
  /** What it is, for errors. */
  what: string;
  /** Bytes that it may have. */
  most: number;
  /** Nobody but its owner may read it either. */
  isSecret: boolean;
}

/** Root, this process, and who called sudo: whose file it may be. */
function isTrusted(uid: number): boolean {
  return (
    uid === ROOT || uid === process.geteuid?.() || (process.getuid?.() === ROOT && String(uid) === process.env.SUDO_UID)
  );
}

/** @throws UsageError */
export function readOwnFile(path: string, { what, most, isSecret }: OwnFile): string {
  const word = shellWord(path);
  let fd: number;
  try {
    // A FIFO would keep us waiting for its writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    const hint =
      code === 'EACCES'
        ? 'run it with sudo, or do without the configuration: --config none'
        : `look there: ls -l ${word}`;
    throw new UsageError(`cannot read ${what} ${path} (${code})`, hint);
  }
  try {
    const stat = fstatSync(fd);
    const { mode, uid, size } = stat;
    if (!stat.isFile()) throw new UsageError(`${what} ${path} is not a regular file`, 'name a file');
    if (!isTrusted(uid))
      throw new UsageError(`${what} ${path} belongs to uid ${uid}, who may change it`, `sudo chown root ${word}`);
    if (mode & OTHERS_WRITE) throw new UsageError(`${what} ${path} may be written by others`, `chmod go-w ${word}`);
    if (isSecret && mode & OTHERS_READ_OR_WRITE) {
      throw new UsageError(`${what} ${path} may be read by others than its owner`, `chmod 600 ${word}`);
    }
    if (size > most) throw new UsageError(`${what} ${path} has ${size} bytes: more than ${most}`, 'name another file');
    return read(fd, size);
  } finally {
    closeSync(fd);
  }
}

/** As long as it was when it was looked at. */
function read(fd: number, size: number): string {
  const bytes = Buffer.alloc(size);
  let length = 0;
  for (let part = -1; part !== 0 && length < size; length += part)
    part = readSync(fd, bytes, length, size - length, null);
  const text = bytes.toString('utf8', 0, length);
  bytes.fill(0);
  return text;
}
