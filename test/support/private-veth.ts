// A capture in this process: a private network with a veth, `watched` and its `peer`, and packets over it.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from '../../demo/program.mjs';
import type { CaptureOptions } from '../../src/core/capture/capture.js';
import { SHORT_MODES } from '../../src/core/native/addon.js';
import { enterPrivateNetwork } from './harness.js';

export const OPTIONS: CaptureOptions = {
  interface: 'watched',
  mode: 'divert',
  hook: 'native',
  egress: 'auto',
  ports: [4433],
  bufferBytes: 4 * 2 ** 20,
  cidTable: 1024,
  snaplen: { initials: 65536, others: 65536 },
  budget: null,
  sockets: 1,
  zeroCopy: false,
  cpus: [],
  promiscuous: true,
};

/** The same for who calls the addon itself; mode and ports are missing. */
export const NATIVE_OPTIONS = {
  ...OPTIONS,
  short: SHORT_MODES.indexOf('events'),
  sample: 0,
  divertShort: false,
};

/** A host that answers nothing: what is sent to it leaves by `peer` and arrives at `watched`. */
export const SOMEBODY = '10.79.0.9';

const ip = (words: string) => execFileSync('ip', words.split(' '), { encoding: 'utf8' });

/** Moves this process into a network of its own, in which the veth is all there is. */
export function makePrivateVeth(): void {
  enterPrivateNetwork();
  ip('link set lo up');
  ip('link add watched type veth peer name peer');
  for (const name of ['watched', 'peer']) {
    execFileSync('ethtool', ['-K', name, 'tx', 'off', 'gso', 'off', 'tx-udp-segmentation', 'off']);
    ip(`link set ${name} up`);
  }
  ip('addr add 10.79.0.1/24 dev peer');
  ip(`neigh add ${SOMEBODY} lladdr 02:00:00:00:00:09 dev peer`);
}

/** Whether an XDP program is attached to `watched`. */
export function isAttached(): boolean {
  return /prog\/xdp/.test(ip('link show watched'));
}

export const indexOf = (name: string): number => JSON.parse(ip(`-j link show ${name}`))[0].ifindex;

/** Waits until what was sent is recorded, on an emulated machine too. */
export const untilRecorded = () => sleep(20 * PATIENCE);

/** Sends a UDP datagram past `watched`, and leaves it time to be recorded. */
export async function send(payload: Uint8Array, port = 4433): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(payload, port, SOMEBODY, resolve));
  socket.close();
  await untilRecorded();
}
