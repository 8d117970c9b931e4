// Mode tap costs the host nothing: its socket gets every datagram, and each is recorded or counted as lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GENERATOR } from '../../bench/lib/flood.mjs';
import { PairNetwork, Program } from '../support/lab.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const RECEIVER = `require('node:dgram').createSocket('udp4').bind(4433, '10.0.0.1', () => console.log('ready'));`;

let network: PairNetwork;
let receiver: Program;
beforeEach(async () => {
  network = new PairNetwork();
  // The generator's frames are for this host.
  network.left.ip('link set left address 02:00:00:00:51:01');
  network.left.ip('addr add 10.0.0.1/24 dev left');
  // Without an XDP program there a veth hands its peer's frames on only with GRO.
  network.left.run(['ethtool', '-K', 'left', 'gro', 'on']);
  receiver = new Program(network.left.command([process.execPath, '-e', RECEIVER]));
  await receiver.printed(/ready/);
});
afterEach(() => network.remove());

/** Sends for some seconds; returns how many packets arrived. */
async function generate(rate: number, seconds: number): Promise<number> {
  const options = ['--interface', 'right', '--rate', String(rate), '--duration', String(seconds), '--size', '300'];
  const generator = new Program(network.right.command([GENERATOR, ...options]));
  expect(await generator.ended).toBe(0);
  await sleep(200);
  const { sent, dropped } = JSON.parse(generator.stdout);
  return sent - dropped;
}

/** What came to the socket; what its program was too slow for came there all the same. */
function received(): number {
  const snmp = network.left.run(['cat', '/proc/net/snmp']).match(/^Udp: .*$/gm) ?? [];
  const [names = [], values = []] = snmp.map((line) => line.split(' '));
  const counter = (name: string) => Number(values[names.indexOf(name)]);
  return counter('InDatagrams') + counter('RcvbufErrors');
}

const start = (...args: string[]) =>
  startQuicTop(network.left, 'left', ['--mode', 'tap', '--json', '--quiet', ...args]);

it('while packets come at a steady rate', async () => {
  const quicTop = await start();
  const arrived = await generate(5000, 2);
  await quicTop.stop('SIGINT');
  expect(arrived).toBeGreaterThan(1000);
  expect(received()).toBe(arrived);
  expect(jsonLines(quicTop.stdout).summary).toMatchObject({
    balanced: true,
    captured: arrived,
    kernel: { long_header: arrived, tapped: arrived, redirected: 0 },
  });
});

it('while quic-top stands still, and has no room for the copies', async () => {
  const quicTop = await start();
  quicTop.child.kill('SIGSTOP');
  const arrived = await generate(100_000, 2);
  quicTop.child.kill('SIGCONT');
  await quicTop.stop('SIGINT');
  expect(received()).toBe(arrived);
  const { summary } = jsonLines(quicTop.stdout);
  expect(summary).toMatchObject({ balanced: true, kernel: { long_header: arrived, redirected: 0 } });
  const { captured = 0, lost, kernel } = summary ?? {};
  expect(lost?.tap_buffer_full).toBeGreaterThan(1000);
  expect(captured + (lost?.tap_buffer_full ?? 0)).toBe(kernel?.tapped);
  // From the third second on nothing is copied.
  expect((kernel?.tapped ?? 0) + (kernel?.unattended ?? 0)).toBe(arrived);
});

it('while more packets come than its budget has room for', async () => {
  const quicTop = await start('--budget', '1000');
  const arrived = await generate(50_000, 2);
  await quicTop.stop('SIGINT');
  expect(received()).toBe(arrived);
  const { summary } = jsonLines(quicTop.stdout);
  const { tapped = 0, over_budget = 0, long_header } = summary?.kernel ?? {};
  expect(summary?.balanced).toBe(true);
  expect(long_header).toBe(arrived);
  expect(tapped + over_budget).toBe(arrived);
  // Two seconds of it on the one CPU that receives, perhaps on another for a moment, and one in 1024 of the others.
  expect(tapped).toBeGreaterThan(1500 + over_budget / 1024);
  expect(tapped).toBeLessThan(2 * 2500 + over_budget / 1024);
});
