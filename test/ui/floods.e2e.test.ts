// Floods made to cost more than they are, at the real command with its screen open: its memory stays under what README
// says, a key is answered, and the ledger balances. QUIC_TOP_FLOOD_SECONDS is how long each lasts (5).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PATIENCE } from '../../demo/program.mjs';
import { pcap } from '../support/capture-files.js';
import { startTraffic } from '../support/datagrams.js';
import { alpnFlood, headerFlood, helloFlood, piecesFlood } from '../support/floods.js';
import { PairNetwork } from '../support/lab.js';
import { type Bytes, ethernet, ipv4, udp } from '../support/packets.js';
import { openScreen, untilWhole, VIEWS } from '../support/screen.js';
import type { TestTerminal } from '../support/terminal.js';

const SECONDS = Number(process.env.QUIC_TOP_FLOOD_SECONDS ?? 5);
/** Datagrams a second. */
const RATE = 10_000;
/** Different ones: more than the connections that are remembered, so that each begins one whenever it comes again. */
const DATAGRAMS = 5000;
const MB = 2 ** 20;
const BUFFER = 64 * MB;
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, BESIDES] = /at most `--buffer`, a third of that, and (\d+) MB/.exec(README) ?? [];
const BOUND = (BUFFER * 4) / 3 + Number(BESIDES) * MB;
/** Milliseconds in which a view follows its key: a quiet machine takes a fifth of it. */
const ANSWER = 3000;

let network: PairNetwork | null;
let terminal: TestTerminal;
beforeEach(() => {
  network = null;
});
afterEach(() => {
  terminal.close();
  network?.remove();
});

/** Bytes that the process has in memory now. */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Milliseconds from the key of each view until it is there. */
async function answers(): Promise<number[]> {
  const times: number[] = [];
  for (const [i, [, title]] of VIEWS.entries()) {
    const start = performance.now();
    terminal.type(String(i + 1));
    await terminal.until(title);
    times.push(performance.now() - start);
  }
  return times;
}

/** Milliseconds in which that part of the keys was answered. */
function share(times: readonly number[], part: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.ceil(part * sorted.length) - 1] as number).toFixed(0);
}

it.each<[name: string, flood: (count: number) => Bytes[], sockets: number]>([
  ['ClientHellos with 540 ALPN names', alpnFlood, 1],
  ['CRYPTO frames of one byte', piecesFlood, 1],
  ['connections from many ports', helloFlood, 500],
  ['connection IDs and versions', headerFlood, 1],
])('%s', { timeout: (60 + 2 * SECONDS) * 1000 }, async (name, flood, sockets) => {
  network = new PairNetwork();
  terminal = openScreen(['left', '--mode', 'tap', '--buffer', '64M'], { columns: 130, rows: 50 }, network.left);
  await terminal.until('Waiting for QUIC long header packets');
  const { pid } = terminal;
  const before = residentBytes(pid);
  const sender = startTraffic(
    network.right,
    PairNetwork.LEFT[0] as string,
    flood(DATAGRAMS),
    RATE,
    network.dir,
    sockets,
  );
  const resident: number[] = [];
  const times: number[] = [];
  await terminal.until(/\d,\d{3} packets/);
  for (const end = Date.now() + SECONDS * 1000; Date.now() < end; await sleep(200)) {
    resident.push(residentBytes(pid));
    times.push(...(await answers()));
  }
  await sender.stop('SIGKILL');

  terminal.type('4');
  await terminal.until('Where frames end');
  await untilWhole(terminal);
  expect(terminal.text).toMatch(/nothing lost|\d lost/);
  terminal.type('q');
  await terminal.ended();
  console.log(
    `${name}: ${/[\d,]+ frames captured.*/.exec(terminal.text)?.[0]}; resident ${(before / MB).toFixed(0)} MB before, ` +
      `${(Math.max(...resident) / MB).toFixed(0)} MB at most; ${times.length} keys, answered in ${share(times, 0.5)} ms, ` +
      `99 % in ${share(times, 0.99)}, all in ${share(times, 1)}`,
  );
  expect(terminal.text).toContain('settings kept, status 0');
  expect(terminal.text).toMatch(/\d{4,} frames captured/);
  expect(terminal.text).not.toContain('does not balance');
  expect(terminal.foreignBytes).toEqual([]);
  expect(Math.max(...resident)).toBeLessThan(BOUND);
  expect(Math.max(...times)).toBeLessThan(ANSWER * PATIENCE);
});

// Live, the time for opening packets bounds what there is to be kept; of a file all of them are opened.
it.each<[string, (count: number) => Bytes[], string]>([
  ['ClientHellos with 540 ALPN names', alpnFlood, ''],
  ['ClientHellos with 540 ALPN names, in a small heap', alpnFlood, '--max-old-space-size=96'],
])('a file of %s', { timeout: 180_000 }, async (name, flood, nodeOptions) => {
  const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
  try {
    const path = join(folder, 'flood.pcap');
    writeFileSync(
      path,
      pcap(flood(20_000).map((payload, i) => ({ time: BigInt(i), bytes: ethernet(ipv4(udp(payload))) }))),
    );
    terminal = openScreen(['-r', path, '--buffer', '64M'], {
      columns: 130,
      rows: 50,
      env: { NODE_OPTIONS: nodeOptions },
    });
    await terminal.until('● read');
    terminal.type('5');
    const { pid } = terminal;
    let most = 0;
    const isCounted = () => {
      most = Math.max(most, residentBytes(pid));
      return /Initial .*20\.0k/.test(terminal.text);
    };
    for (let i = 0; i < 10 && !isCounted(); i++) await terminal.until(isCounted).catch(() => {});
    expect(terminal.text).toMatch(/Initial .*20\.0k/);
    console.log(`a file of ${name}: resident ${(most / MB).toFixed(0)} MB at most`);
    expect(most).toBeLessThan(BOUND);
    terminal.type('q');
    await terminal.ended();
    expect(terminal.text).toContain('settings kept, status 0');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
