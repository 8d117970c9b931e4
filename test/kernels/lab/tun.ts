// A device without Ethernet headers, in the guest.

import { join } from 'node:path';
import { expect } from 'vitest';
import { CLI, jsonLines } from '../../support/quic-top.js';
import { ROOT } from './folders.js';
import type { Lab } from './kernel.js';

const TUN_CABLE = join(ROOT, 'build/Release/tun_cable');
const LEFT = '10.82.0.1';
const RIGHT = '10.82.0.2';

const within = (namespace: string, command: readonly string[]) => [
  ...['nsenter', `--net=/run/netns/${namespace}`, '--'],
  ...command,
];

/** Sends a packet over a tun device to where quic-top is. Returns whether it was shown. */
export async function tryTun({ guest }: Lab): Promise<boolean> {
  await guest.sh('ip netns add left; ip netns add right');
  const cable = guest.start([TUN_CABLE, 'left', 'right', 'tun0']);
  await cable.printed(/ready/);
  await guest.sh(`
    ip -n left addr add ${LEFT}/24 dev tun0; ip -n left link set tun0 up
    ip -n right addr add ${RIGHT}/24 dev tun0; ip -n right link set tun0 up`);
  const quicTop = guest.start(within('left', ['node', CLI, 'tun0', '--json']));
  await Promise.race([quicTop.printed(/^listening on /m).catch(() => {}), quicTop.ended]);
  const packet = String.raw`\303\0\0\0\1\10\1\63\0\7ABCD\0\0\21%017d`;
  await guest.run(within('right', ['bash', '-c', `printf '${packet}' >/dev/udp/${LEFT}/4433`]));
  await quicTop.printed(/"event":"packet"/);
  await quicTop.stop('SIGINT');
  await cable.stop();
  const { packets, summary } = jsonLines(quicTop.stdout);
  expect(packets).toMatchObject([{ interface: 'tun0', src: RIGHT, dst: LEFT, dcid: '0133000741424344', backend: 7 }]);
  expect(summary).toMatchObject({ hook: 'socket', balanced: true });
  return packets.length > 0;
}
