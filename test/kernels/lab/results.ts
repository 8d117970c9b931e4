// What a run found, kept for the report: a file for each kernel.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { WORK } from './folders.js';
import type { Difference } from './interface-state.js';
import type { LoadedProgram } from './programs.js';

/** One way of starting quic-top on one NIC. */
export interface Cell {
  nic: string;
  /** Way.name */
  way: string;
  mode: string;
  /** What saw the packets that arrived: socket, tc, native, generic; or that it was refused. */
  hook: string;
  /** Frames of each kind: sent, and of those captured and arrived at the host; sent and captured of what left. */
  sent: number;
  captured: number;
  reached: number;
  left: number | null;
  /** Packets that were shown with their VLAN. */
  vlan: number;
  /** What was different while it ran, and afterwards. */
  changes: Difference[];
  leftovers: Difference[];
  passed: boolean;
}

export interface KernelResults {
  name: string;
  version: string;
  programs: { compiler: string; loaded: LoadedProgram[] }[];
  cells: Cell[];
  /** Whether the packets of a tun device were shown. */
  tun: boolean;
}

const FOLDER = join(WORK, 'results');

/** Results of a kernel, to be filled by its tests, and saved after them. */
export function saveResults(name: string, version: string): KernelResults {
  const results: KernelResults = { name, version, programs: [], cells: [], tun: false };
  afterAll(() => writeFileSync(join(FOLDER, `${name}.json`), JSON.stringify(results)));
  return results;
}

/** The results of all kernels of this run. */
export function readResults(): KernelResults[] {
  return readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as KernelResults);
}
