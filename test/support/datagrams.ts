// UDP datagrams with payloads of our making, sent through a real stack and a real interface.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../demo/network.mjs';
import { type Bytes, hex } from './packets.js';

const SENDER = fileURLToPath(new URL('send-datagrams.mjs', import.meta.url));
const PORT = 4433;

/** Sends the payloads to port 4433, in turn from `sockets` source ports; returns when all are sent. */
export function sendDatagrams(from: Namespace, address: string, payloads: readonly Bytes[], sockets = 1): void {
  const [program = '', ...args] = from.command([process.execPath, SENDER, address, String(PORT), String(sockets)]);
  execFileSync(program, args, { input: payloads.map((payload) => `${hex(payload)}\n`).join('') });
}
