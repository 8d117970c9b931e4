// kill -9 at any moment: the interface is as before, and the host receives what comes.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sendDatagrams, startTraffic } from '../support/datagrams.js';
import { hasTcx } from '../support/kernel.js';
import { PairNetwork, Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, startQuicTop } from '../support/quic-top.js';
import { openScreen } from '../support/screen.js';
import { tcPrograms } from '../support/tc-programs.js';

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

const KILLS = 50;
/** Hosts at once: ending and starting a capture is mostly waiting for the kernel. */
const HOSTS = 4;
/** From before it loads anything to after it has given up root. */
const START_MS = 1500;
/** Of capturing. */
const RUN_MS = 300;

/** A host with a program on port 4433, to which packets come all the time. */
class Host {
  readonly network = new PairNetwork();
  private before = '';

  async begin(): Promise<void> {
    const { left, right, dir } = this.network;
    await new Program(left.command([process.execPath, '-e', RECEIVER])).printed(/ready/);
    const payloads = [cidv1(17), cidv1(99, 20), cidv1(2, 4)].map((dcid) => longHeader({ dcid }));
    startTraffic(right, LEFT, payloads, 1000, dir);
    // IPv6 has looked whether anybody else has its address.
    await vi.waitFor(() => expect(left.ip('-6 addr show left')).toMatch(/fe80::(?!.*tentative)/), 5000);
    this.before = this.state();
  }

  /** Flags, XDP program, promiscuous mode, addresses, routes; tc programs; packet sockets. */
  private state(): string {
    const { left } = this.network;
    const shown = ['-d addr show left', '-4 route show table all', '-6 route show table all'].map((words) =>
      left.ip(words),
    );
    const packetSockets = left.run(['cat', '/proc/net/packet']).trim().split('\n').length - 1;
    return [...shown, tcPrograms(left, 'left'), packetSockets].join('\n');
  }

  /** Datagrams that the program has been given. */
  private received(): number {
    return Number(this.network.left.run(['cat', '/proc/net/snmp']).match(/^Udp: (\d+)/m)?.[1]);
  }

  expectChange(): void {
    expect(this.state()).not.toBe(this.before);
  }

  async expectNothingLeft(moment: string): Promise<void> {
    await vi.waitFor(() => expect([moment, this.state()]).toEqual([moment, this.before]), 5000);
    const received = this.received();
    await vi.waitFor(() => expect(this.received(), moment).toBeGreaterThan(received + 10), 5000);
  }
}

/** A quic-top to be killed. */
interface Victim {
  /** Waits until it captures, and lets it do what it is to be killed at. */
  runs(): Promise<void>;
  kill(): Promise<void>;
}

function startHeadless(host: Host, options: string[]): Victim {
  const command = [process.execPath, CLI, 'left', '--headless', ...options];
  const quicTop = new Program(host.network.left.command(command));
  return {
    runs: () => quicTop.printed(/^listening on/m),
    async kill() {
      process.kill(quicTop.child.pid as number, 'SIGKILL');
      expect(await quicTop.ended).toBe(137);
    },
  };
}

/** On the screen, where the mode changes all the time. */
async function startOnScreen(host: Host, options: string[]): Promise<Victim> {
  const terminal = openScreen(['left', ...options], {}, host.network.left);
  await vi.waitFor(() => expect(readFileSync(`/proc/${terminal.pid}/cmdline`, 'utf8')).toContain('cli.js'), 5000);
  let switching: NodeJS.Timeout | undefined;
  return {
    async runs() {
      await terminal.until(/^ quic-top {2}left {2}tap /m);
      terminal.type('my');
      await terminal.until(/^ quic-top {2}left {2}divert /m);
      switching = setInterval(() => terminal.type('my'), 5);
    },
    async kill() {
      clearInterval(switching);
      terminal.signal('SIGKILL');
      await terminal.ended();
    },
  };
}

const VICTIMS: [string, string[], (host: Host, options: string[]) => Victim | Promise<Victim>][] = [
  ['divert', ['--mode', 'divert'], startHeadless],
  ['tap', ['--mode', 'tap'], startHeadless],
  ['tap by tc', ['--mode', 'tap', '--hook', 'tc'], startHeadless],
  ['that changes on the screen', ['--mode', 'tap', '--hook', 'xdp'], startOnScreen],
];

describe('at any moment', () => {
  const hosts = Array.from({ length: HOSTS }, () => new Host());
  beforeAll(() => Promise.all(hosts.map((host) => host.begin())));
  afterAll(() => {
    for (const host of hosts) host.network.remove();
  });

  it.each(hasTcx ? VICTIMS : VICTIMS.filter(([, options]) => !options.includes('tc')))(
    'leaves nothing in mode %s, and the host receives',
    async (_, options, start) => {
      let kills = 0;
      const killAgainAndAgain = async (host: Host) => {
        while (kills++ < KILLS) {
          const isStarting = kills % 2 === 0;
          const wait = Math.random() * (isStarting ? START_MS : RUN_MS);
          const victim = await start(host, options);
          if (!isStarting) {
            await victim.runs();
            host.expectChange();
          }
          await sleep(wait);
          await victim.kill();
          await host.expectNothingLeft(`${wait} ms after ${isStarting ? 'its start' : 'it ran'}`);
        }
      };
      await Promise.all(hosts.map(killAgainAndAgain));
    },
    300_000,
  );
});
