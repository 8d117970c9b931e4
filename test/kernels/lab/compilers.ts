// The BPF object as other compilers make it: from the same source, with the same flags, against the same headers.

import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, run, WORK } from './folders.js';
import { type Compiler, inTree } from './packages.js';

/** The BPF object of the build. */
export const BUILT_OBJECT = join(ROOT, 'build/xdp_filter.o');

/** Compiles xdp/xdp_filter.c and returns the object's path. */
export async function compileWith({ name, tree }: Compiler): Promise<string> {
  const llvm = join('usr/lib', name.replace('clang-', 'llvm-'));
  // Started by a loader of its own, clang does not find its headers by itself.
  const resources = join(tree, llvm, 'lib/clang');
  const [version = ''] = readdirSync(resources);
  const flags = readFileSync(join(ROOT, 'build/bpf_flags'), 'utf8').trim().split('\n');
  const object = join(WORK, 'objects', `${name}.o`);
  await mkdir(join(WORK, 'objects'), { recursive: true });
  const args = [
    ...flags,
    '-resource-dir',
    join(resources, version),
    '-c',
    join(ROOT, 'xdp/xdp_filter.c'),
    '-o',
    object,
  ];
  const [program = '', ...rest] = inTree(tree, join(llvm, 'bin/clang'), args);
  await run(program, rest);
  return object;
}
