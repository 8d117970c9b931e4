// Every program of the BPF object, as each compiler made it, is loaded by a kernel.

import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { ROOT } from './folders.js';

const LOAD_PROGRAMS = join(ROOT, 'build/Release/load_programs');

/** What load_programs prints about a program. */
export interface LoadedProgram {
  program: string;
  loaded: boolean;
  /** That the verifier walked through. */
  instructions: number;
  /** The end of what the verifier said, when it refused the program. */
  log: string;
}

/** Runs a program on the kernel: what it printed and its exit status. */
type Run = (command: readonly string[]) => Promise<{ stdout: string; stderr: string; status: number }>;

/** Makes a test for each compiler. `found` is given what the kernel says to each of its programs. */
export function testPrograms(
  kernel: string,
  run: Run,
  found: (compiler: string, programs: LoadedProgram[]) => void,
): void {
  it.for(inject('objects'))('takes every program that $compiler made', { timeout: 120_000 }, async (object) => {
    const { compiler, path, error } = object;
    expect(error, `${compiler} compiles xdp/xdp_filter.c`).toBeNull();
    const { stdout, stderr, status } = await run([LOAD_PROGRAMS, path]);
    const programs = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LoadedProgram);
    found(compiler, programs);
    for (const { program, loaded, log } of programs) {
      expect(loaded, `Linux ${kernel} takes ${program} that ${compiler} made; it said:\n${log}\n`).toBe(true);
    }
    expect(status, `load_programs on Linux ${kernel} with ${compiler}'s object: ${stderr}`).toBe(0);
    const names = programs.map(({ program }) => program);
    expect(names).toEqual(expect.arrayContaining(['xdp_filter', 'quic_socket', 'quic_egress', 'quic_ingress']));
  });
}
