// Where the frames of --write go: a new file, or standard output.
import { unlink } from 'node:fs/promises';
import { bytesOf } from '../text/bytes-text.js';
import { STDOUT } from './file-name.js';
import { fileError, openNewFile } from './new-file.js';

export interface Output {
  /** Resolves when the bytes are written and may be overwritten. @throws QuicTopError */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes sure that all of it is there. @throws QuicTopError */
  close(): Promise<void>;
  /** Takes back what was written, as far as that can be. */
  discard(): Promise<void>;
}

/** Waits for a slow reader. */
const stdout: Output = {
  write: (bytes) =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(fileError(error, 'to stdout')) : resolve()));
    }),
  close: async () => {},
  discard: async () => {},
};

/** A file is there from the start, for those who want to see it grow. @throws QuicTopError */
export async function openOutput(name: string): Promise<Output> {
  if (name === STDOUT) return stdout;
  const file = await openNewFile(name);
  const attempt = async (action: Promise<void>) => {
    try {
      await action;
    } catch (error) {
      throw fileError(error, name);
    }
  };
  return {
    write: (bytes) => attempt(file.writeFile(bytes)),
    // Some file systems report a full disk only now.
    close: () => attempt(file.sync().then(() => file.close())),
    async discard() {
      // Who gave up root since may be unable to remove it: then it is empty.
      await file.truncate().catch(() => {});
      await file.close().catch(() => {});
      await unlink(bytesOf(name)).catch(() => {});
    },
  };
}
