// Where the lab keeps its files.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The checkout. The guests see it, as everything else of this machine, under the same path. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What was fetched: kernels, qemu, compilers. Kept between runs. */
const CACHE = resolve(process.env.QUIC_TOP_KERNELS_CACHE ?? join(ROOT, 'build/kernels'));

/** What a run makes: objects, initramfs, logs of the guests, results. */
export const WORK = join(ROOT, 'build/kernels-run');

/** The folder `name` of the cache; if it is missing, `make` fills it. It is there completely or not at all. */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await make(unfinished);
  await rename(unfinished, folder);
  return folder;
}

/** Runs a program and returns what it printed; throws with its stderr when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    ...options,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return stdout;
}
