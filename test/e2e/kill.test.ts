// kill -9 in the middle of a capture: the interface is as before.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, startQuicTop } from '../support/quic-top.js';

const LEFT = PairNetwork.LEFT[0] as string;

/** Prints a line for each datagram it receives. */
const RECEIVER = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (message) => console.log(message.toString('hex')));
  socket.bind(4433, () => console.log('ready'));
`;

it('leaves no program and no promiscuous mode, and the host receives again within a second', async () => {
  const network = new PairNetwork();
  const receiver = new Program(network.left.command([process.execPath, '-e', RECEIVER]));
  await receiver.printed(/ready/);
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--headless']);
  const link = () => network.left.run(['ip', '-d', 'link', 'show', 'left']);
  expect(link()).toMatch(/prog\/xdp/);
  expect(link()).toMatch(/promiscuity 1/);
  const payload = longHeader({ dcid: cidv1(17) });
  sendDatagrams(
    network.right,
    LEFT,
    Array.from({ length: 50 }, () => payload),
  );
  await sleep(100);
  expect(receiver.stdout).toBe('ready\n'); // all were diverted

  process.kill(quicTop.child.pid as number, 'SIGKILL');
  await sleep(1000);
  expect(link()).not.toMatch(/prog\/xdp/);
  expect(link()).toMatch(/promiscuity 0/);
  sendDatagrams(
    network.right,
    LEFT,
    Array.from({ length: 50 }, () => payload),
  );
  await sleep(100);
  expect(receiver.stdout.trim().split('\n')).toHaveLength(51);
  await receiver.stop();
  network.remove();
});

it.each(['divert', 'tap'])('leaves nothing at any moment of its start in mode %s', async (mode) => {
  const network = new PairNetwork();
  const isClean = () => !/prog\/xdp|promiscuity [1-9]/.test(network.left.ip('-d link show left'));
  // From before it loads anything to after it has given up root.
  for (let moment = 100; moment < 500; moment += 40) {
    const command = network.left.command([process.execPath, CLI, 'left', '--mode', mode, '--headless']);
    const quicTop = new Program(command);
    await sleep(moment);
    process.kill(quicTop.child.pid as number, 'SIGKILL');
    expect(await quicTop.ended).toBe(137);
    await vi.waitFor(() => expect([moment, isClean()]).toEqual([moment, true]), 1000);
  }
  network.remove();
});
