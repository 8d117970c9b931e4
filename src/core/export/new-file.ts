// New files, never in the place of another: one that appears under its name only when it is complete, and one that is
// there from the start.
import { randomBytes } from 'node:crypto';
import { constants, type PathLike } from 'node:fs';
import { type FileHandle, link, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { QuicTopError } from '../errors.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const NAMES_TRIED = 100;

const REASONS: Record<string, [reason: string, hint: string]> = {
  ENOSPC: ['the disk is full', 'free some space, or choose another folder with --export-dir'],
  EDQUOT: ['the disk quota is used up', 'free some space, or choose another folder with --export-dir'],
  EPERM: ['the file system does not allow it', 'choose another folder with --export-dir'],
  EROFS: ['the file system is read-only', 'choose another folder with --export-dir'],
  ENOENT: ['the folder does not exist', 'create it, or choose another with --export-dir'],
  EEXIST: ['it exists already', 'remove it, or choose another name'],
  ENOTDIR: ['that is not a folder', 'choose a folder with --export-dir'],
};

/** Of a process that gave up root after set-up, a person may not know whom it became. */
function mayNotWrite(): [reason: string, hint: string] {
  return [`uid ${process.geteuid?.()} may not write there`, 'choose another folder: --export-dir DIR, or --user root'];
}

/** The error of a file that is being written, in words. */
export function fileError(error: unknown, path: string): QuicTopError {
  const { code = 'EXPORT', message } = error as NodeJS.ErrnoException;
  const [reason, hint] = (code === 'EACCES' ? mayNotWrite() : REASONS[code]) ?? [
    message,
    'choose another folder with --export-dir',
  ];
  return new QuicTopError(code, `cannot write ${path}: ${reason} (${code})`, hint);
}

/** The user who called sudo, when somebody did. */
function caller(): { uid: number; gid: number } | null {
  const uid = Number(process.env.SUDO_UID);
  const gid = Number(process.env.SUDO_GID);
  if (process.geteuid?.() !== 0 || !Number.isInteger(uid) || !Number.isInteger(gid) || uid <= 0) return null;
  return { uid, gid };
}

/** Gives a finished file its name; with -2, -3, ... before the extension while the name is taken. */
async function publish(temporary: PathLike, folder: string, stem: string, extension: string): Promise<string> {
  for (let i = 1; ; i++) {
    const path = join(folder, `${stem}${i > 1 ? `-${i}` : ''}${extension}`);
    try {
      // Unlike rename(), link() fails when the name exists, be it a file or a symbolic link.
      await link(temporary, path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || i === NAMES_TRIED) throw error;
    }
  }
}

/** Opens a new file, readable by its owner alone; a symbolic link is not followed. */
function create(path: string): Promise<FileHandle> {
  return open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
}

async function giveToCaller(file: FileHandle): Promise<void> {
  const owner = caller();
  if (owner) await file.chown(owner.uid, owner.gid);
}

/** Opens a new file that belongs to the user who called sudo. @throws QuicTopError */
export async function openNewFile(path: string): Promise<FileHandle> {
  try {
    const file = await create(path);
    await giveToCaller(file);
    return file;
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Has `write` fill a new file in `folder`, readable by its owner alone and owned by the user who called sudo, and
 * returns its path. When anything fails, nothing is left behind. @throws QuicTopError
 */
export async function writeNewFile(
  folder: string,
  stem: string,
  extension: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<string> {
  const temporary = join(folder, `.${stem}-${randomBytes(6).toString('hex')}.part`);
  let file: FileHandle | undefined;
  try {
    file = await create(temporary);
    await write(file);
    await giveToCaller(file);
    // Some file systems report a full disk only now.
    await file.sync();
    await file.close();
    const path = await publish(temporary, folder, stem, extension);
    await unlink(temporary);
    return path;
  } catch (error) {
    await file?.close().catch(() => {});
    if (file) await unlink(temporary).catch(() => {});
    throw error instanceof QuicTopError ? error : fileError(error, join(folder, `${stem}${extension}`));
  }
}
