// Mode tap costs the host nothing: its socket gets every datagram, and each is recorded or counted as lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PairNetwork, Program } from '../support/lab.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const GENERATOR = fileURLToPath(new URL('../../build/Release/generator', import.meta.url));
const RECEIVER = `require('node:dgram').createSocket('udp4').bind(4433, '10.0.0.1', () => console.log('ready'));`;

it('while packets come at a steady rate', async () => {
  const network = new PairNetwork();
  // The generator's frames are for this host.
  network.left.ip('link set left address 02:00:00:00:51:01');
  network.left.ip('addr add 10.0.0.1/24 dev left');
  const receiver = new Program(network.left.command([process.execPath, '-e', RECEIVER]));
  await receiver.printed(/ready/);
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'tap', '--json', '--quiet']);
  const options = ['--interface', 'right', '--rate', '5000', '--duration', '2', '--size', '300'];
  const generator = new Program(network.right.command([GENERATOR, ...options]));
  expect(await generator.ended).toBe(0);
  await sleep(200);
  await quicTop.stop('SIGINT');
  const { sent, dropped } = JSON.parse(generator.stdout);
  const arrived = sent - dropped;
  expect(arrived).toBeGreaterThan(1000);

  const snmp = network.left.run(['cat', '/proc/net/snmp']).match(/^Udp: .*$/gm) ?? [];
  const [names = [], values = []] = snmp.map((line) => line.split(' '));
  const counter = (name: string) => Number(values[names.indexOf(name)]);
  // What this receiver was too slow for came to its socket all the same.
  expect(counter('InDatagrams') + counter('RcvbufErrors')).toBe(arrived);
  expect(jsonLines(quicTop.stdout).summary).toMatchObject({
    balanced: true,
    kernel: { long_header: arrived, tapped: arrived, redirected: 0 },
  });
  await receiver.stop();
  network.remove();
});
