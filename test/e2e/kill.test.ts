// kill -9 in the middle of a capture: the interface is as before.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, startQuicTop } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

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

/** With those of test/addon/kill.test.ts, in which the mode changes, there are 50 kills. */
const KILLS = 10;
/** From before it loads anything to after it has given up root, and some time of capturing. */
const MOMENTS_MS = 1200;

const HARNESS = fileURLToPath(new URL('../../build/Release/harness.node', import.meta.url));
const COUNT_TC = `console.log(require(${JSON.stringify(HARNESS)}).countTcPrograms(Number(process.argv[1])))`;

/** Starts quic-top and kills it after that time. */
async function killHeadless(command: string[], moment: number): Promise<void> {
  const quicTop = new Program(command);
  await sleep(moment);
  process.kill(quicTop.child.pid as number, 'SIGKILL');
  expect(await quicTop.ended).toBe(137);
}

async function killOnScreen(command: string[], moment: number): Promise<void> {
  const terminal = new TestTerminal(command, 100, 30);
  await vi.waitFor(() => expect(readFileSync(`/proc/${terminal.pid}/cmdline`, 'utf8')).toContain('cli.js'), 5000);
  await sleep(moment);
  terminal.signal('SIGKILL');
  await terminal.ended();
}

it.each([
  ['divert', 'without', killHeadless],
  ['divert', 'with', killOnScreen],
  ['tap', 'without', killHeadless],
  ['tap', 'with', killOnScreen],
])('leaves nothing at any moment in mode %s %s the screen', async (mode, screen, kill) => {
  const network = new PairNetwork();
  const link = () => network.left.ip('-d link show left');
  const index = String(JSON.parse(network.left.ip('-j link show left'))[0].ifindex);
  /** Addresses, routes, flags; programs and promiscuous mode; tc programs. */
  const state = () => [
    network.left.ip('-4 addr show left'),
    network.left.ip('-4 route show'),
    /prog\/xdp|promiscuity [1-9]/.exec(link())?.[0] ?? '',
    network.left.run([process.execPath, '-e', COUNT_TC, index]),
  ];
  const before = state();
  const options = ['--mode', mode, ...(screen === 'with' ? [] : ['--headless'])];
  for (let i = 0; i < KILLS; i++) {
    const moment = Math.random() * MOMENTS_MS;
    await kill(network.left.command([process.execPath, CLI, 'left', ...options]), moment);
    await vi.waitFor(() => expect([moment, ...state()]).toEqual([moment, ...before]), 3000);
  }
  const receiver = new Program(network.left.command([process.execPath, '-e', RECEIVER]));
  await receiver.printed(/ready/);
  sendDatagrams(network.right, LEFT, Array(50).fill(longHeader({ dcid: cidv1(17) })));
  await vi.waitFor(() => expect(receiver.stdout.trim().split('\n')).toHaveLength(51));
  network.remove();
});
