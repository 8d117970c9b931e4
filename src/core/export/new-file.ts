// New files, never in the place of another: one that appears under its name only when it is complete, and one that is
// there from the start.
import { randomBytes } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { access, type FileHandle, link, lstat, open, unlink } from 'node:fs/promises';
import { dirname, format, join, parse } from 'node:path';
import { sudoUser } from '../host/sudo-user.js';
import { loadAddon } from '../native/addon.js';
import { bytesOf } from '../text/bytes-text.js';
import { QuicTopError } from '../text/errors.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
/** Of <asm-generic/fcntl.h>: the one bit is the same everywhere, O_DIRECTORY is not. */
const O_TMPFILE = 0o20000000 | O_DIRECTORY;
const MODE = 0o600;
const NAMES_TRIED = 100;

const REASONS: Record<string, [reason: string, hint: string]> = {
  ENOSPC: ['the disk is full', 'free some space, or write to another folder'],
  EDQUOT: ['the disk quota is used up', 'free some space, or write to another folder'],
  EPERM: ['the file system does not allow it', 'write to another folder'],
  EROFS: ['the file system is read-only', 'write to another folder'],
  ENOENT: ['the folder does not exist', 'create it, or write to another folder'],
  ENOTDIR: ['what should be its folder is none', 'write to another folder'],
  EEXIST: ['it exists already', 'remove it, or choose another name'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter name'],
};

/** Of a process that gave up root after set-up, a person may not know whom it became. */
function mayNotWrite(): [reason: string, hint: string] {
  return [`uid ${process.geteuid?.()} may not write there`, 'choose another folder: --export-dir DIR, or --user root'];
}

export interface FileTarget {
  path: string;
  /** When the name is taken, -2, -3, ... goes before its extension; otherwise a name that is taken is an error. */
  numbered: boolean;
}

/** An error of the operating system in words; any other is returned as it is. */
export function fileError(error: unknown, path: string): unknown {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const known = code === 'EACCES' ? mayNotWrite() : REASONS[code];
  // Node's message ends with the path, as far as that is UTF-8.
  const [, text = code] = /^\w+: ([^,]*)/.exec(message) ?? [];
  const [reason, hint] = known ?? [text, 'write to another folder'];
  return new QuicTopError(code, `cannot write ${path}: ${reason} (${code})`, hint);
}

/** What is made as root belongs to the user who called sudo. */
async function giveToOwner(file: FileHandle): Promise<void> {
  const owner = process.geteuid?.() === 0 ? sudoUser() : null;
  if (owner) await file.chown(owner.uid, owner.gid);
}

/** A new file, readable by its owner alone, who is the user who called sudo. A symbolic link is not followed. */
async function create(path: string): Promise<FileHandle> {
  const file = await open(bytesOf(path), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, MODE);
  try {
    await giveToOwner(file);
    return file;
  } catch (error) {
    await file.close();
    await unlink(bytesOf(path));
    throw error;
  }
}

/** Opens a new file that is there from the start. @throws QuicTopError */
export async function openNewFile(path: string): Promise<FileHandle> {
  try {
    return await create(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** A file that is being filled, before it has its name. */
interface Unfinished {
  file: FileHandle;
  /** Gives it a name beside others'; fails when that is taken, be it by a file or a symbolic link. */
  link(path: string): Promise<void>;
  /** Takes back all but what link() made. */
  remove(): Promise<void>;
}

/** A file without any name (Linux 3.11): whatever ends the process, it is gone. Null where the file system has none. */
async function createUnnamed(folder: string): Promise<Unfinished | null> {
  let file: FileHandle | undefined;
  try {
    file = await open(bytesOf(folder), O_TMPFILE | O_WRONLY, MODE);
    await access(`/proc/self/fd/${file.fd}`); // by which it is linked
    await giveToOwner(file);
  } catch {
    // Whatever is wrong with the folder, a file with a name shows it too.
    await file?.close();
    return null;
  }
  const { fd } = file;
  const link = async (path: string) => {
    const code = loadAddon().linkFile(fd, path);
    if (code !== null) throw Object.assign(new Error(code), { code, syscall: 'linkat' });
  };
  return { file, link, remove: async () => {} };
}

/** A file that has another name until it has its own. It stays when the process is killed, but not when it exits. */
async function createNamed(temporary: string): Promise<Unfinished> {
  const file = await create(temporary);
  const removeNow = () => rmSync(bytesOf(temporary), { force: true });
  process.on('exit', removeNow);
  const remove = async () => {
    await unlink(bytesOf(temporary)).catch(() => {});
    process.off('exit', removeNow);
  };
  return { file, link: (path) => link(bytesOf(temporary), bytesOf(path)), remove };
}

/** Gives a complete file its name. */
async function publish(unfinished: Unfinished, { path, numbered }: FileTarget): Promise<string> {
  const { dir, name, ext } = parse(path);
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? path : format({ dir, name: `${name}-${i}`, ext });
    try {
      // Unlike rename(), link() fails when the name exists.
      await unfinished.link(candidate);
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !numbered || i === NAMES_TRIED) throw error;
    }
  }
}

/** Fails early where publish() would in the end. */
async function refuseTaken({ path, numbered }: FileTarget): Promise<void> {
  if (numbered) return;
  const taken = await lstat(bytesOf(path)).then(
    () => true,
    () => false,
  );
  if (taken) throw Object.assign(new Error('exists'), { code: 'EEXIST', syscall: 'link' });
}

/** A name beside the target's that nobody can guess, and that is never too long. */
function temporaryName(path: string): string {
  return join(dirname(path), `.quic-top-${randomBytes(8).toString('hex')}.part`);
}

/**
 * Has `write` fill a new file, readable by its owner alone and owned by the user who called sudo, and returns its path.
 * It gets its name when it is complete. When anything fails, or the process ends, nothing is left behind.
 * @param temporary a name for it until then, which a process that is killed leaves behind; null: one that nobody can guess,
 * where the file system has no files without a name
 * @throws QuicTopError
 */
export async function writeNewFile(
  target: FileTarget,
  write: (file: FileHandle) => Promise<void>,
  temporary: string | null = null,
): Promise<string> {
  let unfinished: Unfinished | null = null;
  try {
    await refuseTaken(target);
    if (temporary === null) unfinished = await createUnnamed(dirname(target.path));
    unfinished ??= await createNamed(temporary ?? temporaryName(target.path));
    const { file } = unfinished;
    await write(file);
    // Some file systems report a full disk only now.
    await file.sync();
    return await publish(unfinished, target);
  } catch (error) {
    throw fileError(error, target.path);
  } finally {
    await unfinished?.file.close().catch(() => {});
    await unfinished?.remove();
  }
}
