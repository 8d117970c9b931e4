// A quic-top that does not run any more, but is not dead either: stopped by a signal, or frozen with its control group. The
// host has its packets again, and when it goes on it captures again.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, type Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, jsonLines, startQuicTop } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
/** The machine's own may be of the first version, which freezes otherwise. */
const CGROUPS = mkdtempSync(join(tmpdir(), 'quic-top-cgroup-'));
const CGROUP = join(CGROUPS, `quic-top-test-${process.pid}`);
const COUNT = 50;
const payloads = Array.from({ length: COUNT }, () => longHeader({ dcid: cidv1(17) }));

beforeAll(() => {
  execFileSync('mount', ['-t', 'cgroup2', 'none', CGROUPS]);
});
afterAll(() => {
  execFileSync('umount', [CGROUPS]);
  rmdirSync(CGROUPS);
});

let network: PairNetwork;
let quicTop: Program;
beforeEach(async () => {
  network = new PairNetwork();
  quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--json', '--quiet']);
});
afterEach(async () => {
  await quicTop.stop('SIGKILL');
  network.remove();
});

/** Datagrams that came to the host's UDP, where no socket waits for them. */
const arrived = () => Number(/^Udp: \d+ (\d+)/m.exec(network.left.run(['cat', '/proc/net/snmp']))?.[1]);

/** How many of COUNT reach the host. */
async function reach(): Promise<number> {
  const before = arrived();
  sendDatagrams(network.right, LEFT, payloads);
  await sleep(200);
  return arrived() - before;
}

const pidOf = (program: Program) => program.child.pid as number;

/** Two ways to keep it from running, and to let it go on. */
const WAYS = {
  'a signal': {
    stop: () => process.kill(pidOf(quicTop), 'SIGSTOP'),
    go: () => process.kill(pidOf(quicTop), 'SIGCONT'),
    clean: () => {},
  },
  'its control group': {
    stop: () => {
      mkdirSync(CGROUP);
      writeFileSync(`${CGROUP}/cgroup.procs`, String(pidOf(quicTop)));
      writeFileSync(`${CGROUP}/cgroup.freeze`, '1');
    },
    go: () => writeFileSync(`${CGROUP}/cgroup.freeze`, '0'),
    clean: () => rmdirSync(CGROUP),
  },
};

it.each(Object.entries(WAYS))('stopped by %s, the host receives again', async (_, { stop, go, clean }) => {
  expect(await reach()).toBe(0);
  stop();
  await sleep(2500);
  expect(await reach()).toBe(COUNT);
  go();
  await sleep(500);
  expect(await reach()).toBe(0);
  expect(await quicTop.stop('SIGINT'), quicTop.stderr).toBe(0);
  clean();
  const { summary } = jsonLines(quicTop.stdout);
  expect(summary).toMatchObject({ balanced: true, captured: 2 * COUNT });
  expect(summary?.kernel).toMatchObject({ redirected: 2 * COUNT, unattended: COUNT, long_header: 3 * COUNT });
});

it('stopped by Ctrl-Z, the host receives at once', async () => {
  await quicTop.stop('SIGKILL');
  const job = network.left.command([process.execPath, CLI, 'left', '--mode', 'divert', '--json', '--quiet']);
  const shell = ['bash', '-mc', '"$@"; echo stopped; read -r line; fg', 'bash'];
  const terminal = new TestTerminal([...shell, ...job], 2000, 20);
  try {
    await terminal.until('listening on');
    expect(await reach()).toBe(0);
    terminal.type('\x1a');
    await terminal.until('stopped');
    expect(await reach()).toBe(COUNT);
    terminal.type('\n');
    await sleep(300);
    expect(await reach()).toBe(0);
    terminal.type('\x03');
    await terminal.until('summary');
    const { summary } = jsonLines(/\{"event".*\}/.exec(terminal.text)?.[0] ?? '');
    expect(summary).toMatchObject({ balanced: true, captured: 2 * COUNT });
    expect(summary?.kernel).toMatchObject({ redirected: 2 * COUNT, unattended: 0, long_header: 3 * COUNT });
  } finally {
    terminal.close();
  }
});
