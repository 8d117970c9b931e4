// UDP datagrams with payloads of our making, sent through a real stack and a real interface.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../demo/network.mjs';
import { Program } from '../../demo/program.mjs';
import { type Bytes, hex } from './packets.js';

/** Sends what stands on stdin: ADDRESS PORT SOCKETS. */
export const SENDER = fileURLToPath(new URL('send-datagrams.mjs', import.meta.url));
const PORT = 4433;

const command = (from: Namespace, address: string, sockets: number, ...rate: string[]) =>
  from.command([process.execPath, SENDER, address, String(PORT), String(sockets), ...rate]);
const lines = (payloads: readonly Bytes[]) => payloads.map((payload) => `${hex(payload)}\n`).join('');

/** Sends the payloads to port 4433, in turn from `sockets` source ports; returns when all are sent. */
export function sendDatagrams(from: Namespace, address: string, payloads: readonly Bytes[], sockets = 1): void {
  const [program = '', ...args] = command(from, address, sockets);
  execFileSync(program, args, { input: lines(payloads) });
}

/** Sends them again and again, `rate` a second, until what it returns is stopped. @param folder for a file */
export function startTraffic(
  from: Namespace,
  address: string,
  payloads: readonly Bytes[],
  rate: number,
  folder: string,
  sockets = 1,
): Program {
  const file = join(folder, 'traffic');
  writeFileSync(file, lines(payloads));
  return new Program(['sh', '-c', 'exec "$@" <"$0"', file, ...command(from, address, sockets, String(rate))]);
}
