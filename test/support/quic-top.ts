// quic-top as a program, run as scripts run it: with --json.

import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../demo/network.mjs';
import { Program } from '../../demo/program.mjs';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Where the build puts the scripts of worker threads, for loadWorkers(). */
export const WORKERS = new URL('../../dist/', import.meta.url);

/** The fields of a packet's JSON line that the tests look at. */
export interface JsonPacket {
  event: 'packet';
  interface: string | null;
  frame: number;
  index: number;
  time: string | null;
  rx_queue: number | null;
  queue: number | null;
  src: string;
  src_port: number;
  dst: string;
  dst_port: number;
  vlan: number[];
  /** Null with a short header, like `scid`, and `dcid` where its length is not known: only tests with such ask. */
  version: string;
  type: string;
  dcid: string;
  scid: string;
  token_length: number | null;
  packet_length: number;
  backend: number | null;
  cid_scheme: string | null;
  trust: string | null;
  decrypted: boolean | null;
  packet_number: number | null;
  sni: string | null;
  alpn: string[] | null;
  ja4: string | null;
  ech: boolean | null;
  issues: string[];
  server_id: string | null;
  worker: number | null;
  process: number | null;
  unroutable: string | null;
  time_source: 'xdp' | 'tap' | 'drain' | null;
  error: string | null;
  reason: string | null;
  form: 'long' | 'short';
  connection: number | null;
  connection_guess: boolean | null;
}

export interface JsonSummary {
  event: 'summary';
  interface: string | null;
  mode: string;
  mode_reason: string | null;
  xdp: string | null;
  kernel: Record<string, number>;
  egress: Record<string, number> | null;
  captured: number;
  lost: Record<string, number>;
  nic: Record<string, number> | null;
  interface_changes: { what: string; before: string | number; after: string | number; restore: string | null }[] | null;
  recorder: { kept: number; overwritten: number };
  balanced: boolean;
  skipped: number;
  not_decoded: number;
  initials_over_budget: number;
  cids_not_opened: number;
  write: { frames: number; skipped: number } | null;
  hook: string | null;
}

/** Starts quic-top in a namespace, behind `wrapper` (a command that runs a command), and waits until it captures. */
export async function startQuicTop(
  namespace: Namespace,
  interfaceName: string,
  args: readonly string[],
  wrapper: readonly string[] = [],
): Promise<Program> {
  const program = new Program(namespace.command([...wrapper, process.execPath, CLI, interfaceName, ...args]));
  await program.printed(/^listening on .*\n/m);
  return program;
}

/** The JSON lines that it printed. */
export function jsonLines(stdout: string): { packets: JsonPacket[]; summary: JsonSummary | undefined } {
  const lines: (JsonPacket | JsonSummary)[] = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return {
    packets: lines.filter((line) => line.event === 'packet'),
    summary: lines.find((line) => line.event === 'summary'),
  };
}
