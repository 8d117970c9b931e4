// Input that never ends and never brings another packet: signals, --duration and keys are heard all the same.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { PATIENCE } from '../../demo/program.mjs';
import { Pcapng, pcap } from '../support/capture-files.js';
import { type Bytes, cidv1, concat, ethernet, ipv4, longHeader, udp } from '../support/packets.js';
import { CLI } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

/** Milliseconds from the signal to the end: on a quiet machine it is under 100, and 300 for the screen. */
const SOON = 2000 * PATIENCE;
const SCREEN_SOON = 3 * SOON;
const DURATION = 1000;
/** By then it has begun to read. */
const BEGUN_BYTES = 2 ** 20;

const ng = new Pcapng();
const bytes = ethernet(ipv4(udp(longHeader({ dcid: cidv1(17) }))));

/** What comes first without a packet, what comes first with one, and what comes then, again and again. */
const ENDLESS: [name: string, start: Bytes, packet: Bytes, again: Bytes][] = [
  ['blocks of an unknown kind', ng.section(), concat(ng.section(), ng.interface(), ng.simple(bytes)), ng.block(0x7ad)],
  ['section headers', ng.section(), concat(ng.section(), ng.interface(), ng.simple(bytes)), ng.section()],
  ['empty members of gzip', gzipSync(''), gzipSync(pcap([{ time: 1n, bytes }])), gzipSync('')],
];

const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
let terminal: TestTerminal | undefined;
afterEach(() => terminal?.close());
afterAll(() => rmSync(folder, { recursive: true }));

/** Gives a reader `start`, then `again` until it goes away. Resolves when it has begun to read. */
function feed(to: Writable, start: Bytes, again: Bytes): Promise<void> {
  const part = concat(...Array.from({ length: 5000 }, () => again));
  const source = Readable.from(
    (function* () {
      yield start;
      for (;;) yield part;
    })(),
  );
  to.on('error', () => source.destroy()); // EPIPE
  source.pipe(to);
  let given = 0;
  return new Promise((resolve) => {
    source.on('data', ({ length }: Bytes) => {
      given += length;
      if (given > BEGUN_BYTES) resolve();
    });
  });
}

/** Asserts that it ended within `limit` milliseconds from `since` (performance.now()), and says when. */
function expectSoon(what: string, since: number, limit: number): void {
  const took = performance.now() - since;
  console.info(`${what}: ended after ${took.toFixed()} ms`);
  expect(took).toBeLessThan(limit);
}

describe.each(ENDLESS)('%s without end', (name, start, packet, again) => {
  const cases: [what: string, first: Bytes][] = [
    ['from the start', start],
    ['after a packet', packet],
  ];

  function read(first: Bytes, ...args: string[]) {
    const child = spawn(process.execPath, [CLI, '-r', '-', '--json', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.resume();
    return { child, begun: feed(child.stdin, first, again) };
  }

  it.each(cases)('%s: SIGTERM ends it', async (what, first) => {
    const { child, begun } = read(first);
    await begun;
    const closed = once(child, 'close');
    const since = performance.now();
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 5 * SOON);
    expect(await closed).toEqual([0, null]);
    clearTimeout(killer);
    expectSoon(`${name}, ${what}`, since, SOON);
  });

  it.each(cases)('%s: --duration ends it', async (what, first) => {
    const { child, begun } = read(first, '--duration', `${DURATION}ms`);
    const closed = once(child, 'close');
    await begun;
    const since = performance.now();
    const killer = setTimeout(() => child.kill('SIGKILL'), DURATION + 5 * SOON);
    expect(await closed).toEqual([0, null]);
    clearTimeout(killer);
    expectSoon(`${name}, ${what}, --duration`, since, DURATION + SOON);
  });

  it.each([
    ['SIGTERM', () => terminal?.signal('SIGTERM')],
    ['the key q', () => terminal?.type('q')],
  ])('on the screen: %s ends it', async (what, end) => {
    const pipe = join(folder, `${name} ${what}`);
    spawnSync('mkfifo', [pipe]);
    terminal = new TestTerminal(['sh', '-c', 'exec "$1" "$2" -r - <"$3"', 'sh', process.execPath, CLI, pipe], 120, 30);
    void feed(createWriteStream(pipe), packet, again);
    await terminal.until('○ reading');
    const since = performance.now();
    end();
    await terminal.ended();
    expect(terminal.text).toContain('settings kept, status 0');
    expectSoon(`${name}, on the screen, ${what}`, since, SCREEN_SOON);
  });
});
