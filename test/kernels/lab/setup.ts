// Runs once, before all kernels: fetches what is missing, compiles the BPF object with every compiler, makes each
// kernel's initramfs. In the end it writes the report.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { compileWith } from './compilers.js';
import { WORK } from './folders.js';
import type { Machine } from './guest.js';
import { makeInitramfs } from './initramfs.js';
import { type Compiler, fetchPackages, type KernelName } from './packages.js';
import { writeReport } from './report.js';

/** What a compiler made of the BPF program. */
export interface CompiledObject {
  compiler: string;
  path: string;
  /** What it said instead, or null. */
  error: string | null;
}

declare module 'vitest' {
  export interface ProvidedContext {
    machines: Record<KernelName, Machine>;
    objects: CompiledObject[];
    /** Only what .ci/run has the time for. */
    ci: boolean;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => void> {
  if (/^\/(tmp|run)\//.test(WORK))
    throw new Error(`boot kernels failed: guests have /tmp and /run of their own, move the checkout out of ${WORK}`);
  const ci = process.env.QUIC_TOP_KERNELS === 'ci';
  await rm(join(WORK, 'results'), { recursive: true, force: true });
  await mkdir(join(WORK, 'results'), { recursive: true });
  const { kernels, compilers, qemu, busybox } = await fetchPackages();
  const machines = await Promise.all(
    kernels.map(async (kernel): Promise<[KernelName, Machine]> => {
      return [kernel.name, { kernel, initramfs: await makeInitramfs(kernel, busybox), qemu }];
    }),
  );
  provide('machines', Object.fromEntries(machines) as Record<KernelName, Machine>);
  provide('objects', await Promise.all(compilers.map(compile)));
  provide('ci', ci);
  return () => {
    if (!ci) writeReport();
  };
}

async function compile(compiler: Compiler): Promise<CompiledObject> {
  try {
    return { compiler: compiler.name, path: await compileWith(compiler), error: null };
  } catch (error) {
    return { compiler: compiler.name, path: '', error: String(error) };
  }
}
