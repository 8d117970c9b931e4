// The real command in a real terminal: packets go through XDP and AF_XDP onto the screen, and from there into a file.
import { execFileSync } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sendDatagrams } from '../../support/datagrams.js';
import { rfcInitial } from '../../support/fixtures.js';
import { PairNetwork } from '../../support/lab.js';
import { cidv1, filler, longHeader } from '../../support/packets.js';
import { CLI } from '../../support/quic-top.js';
import { openScreen } from '../../support/screen.js';
import { TestTerminal } from '../../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
const BACKENDS = 40;
/** Whom quic-top becomes here, and who is to write its exports. */
const NOBODY = 65534;

let network: PairNetwork;
let terminal: TestTerminal;

beforeEach(async () => {
  network = new PairNetwork();
  chownSync(network.dir, NOBODY, NOBODY);
  const options = ['--mode', 'divert', '--cid', 'cidv1', '--export-dir', network.dir];
  const command = network.left.command([process.execPath, CLI, 'left', ...options]);
  terminal = new TestTerminal(command, 240, 50, { COLORTERM: 'truecolor' });
  await terminal.until('Waiting for QUIC long header packets on UDP port 4433');
});
afterEach(() => {
  terminal.close();
  network.remove();
});

/** Ten packets whose DCID names no backend, then each backend twice. */
function sendPackets(): void {
  const routed = Array.from({ length: 2 * BACKENDS }, (_, i) =>
    longHeader({ dcid: cidv1(i % BACKENDS, 8 + (i % 13)) }),
  );
  const others = Array.from({ length: 10 }, (_, i) => longHeader({ dcid: filler(8, 0x90 + i), type: 'handshake' }));
  sendDatagrams(network.right, LEFT, [...others, ...routed]);
}

/** Time and DCID of the packets on the screen. */
function shownPackets(): string[] {
  return [...terminal.text.matchAll(/^│ \d\d:\d\d:(\d\d\.\d{6}) .* v1 {1,2}([0-9a-f ]+?) {2,}/gm)].map(
    ([, time, dcid = '']) => `${time} ${dcid.replaceAll(' ', '')}`,
  );
}

/** The same of the packets in a capture file, as tshark reads them. */
function savedPackets(path: string): string[] {
  const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', 'quic.dcid'];
  const text = execFileSync('tshark', ['-n', '-r', path, '-d', 'udp.port==4433,quic', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const packets = text.trim().split('\n');
  return packets.map((line) => {
    const [time = '', dcid = ''] = line.split('\t');
    const [seconds = '', fraction = ''] = time.split('.');
    return `${String(Number(seconds) % 60).padStart(2, '0')}.${fraction.slice(0, 6)} ${dcid.replaceAll(':', '')}`;
  });
}

it('says what a ClientHello asks for, found by the worker thread', async () => {
  sendPackets();
  sendDatagrams(network.right, LEFT, [rfcInitial()]);
  await terminal.until(/Initial +v1 +8394c8f03e515708 .* 1200 +example\.com/);
});

it('shows the packets, their queues and the cid_counter map, and saves what the filter shows', async () => {
  sendPackets();
  await terminal.until(/ 90 packets ─/);
  terminal.type('2');
  await terminal.until(/ 90 CIDs ─/);
  expect(terminal.text).toMatch(/01 33 00[0-9a-f]{2} [0-9a-f]+ +\?\d+ +\d+ .* 1 /);
  terminal.type('3');
  // Of Initials that no key opens nobody can tell who chose the DCID.
  await terminal.until(new RegExp(`^│ +[?]17 +17 +${LEFT}:4433 .* 2 `, 'm'));
  terminal.type('4');
  await terminal.until(/lost: RX ring full +0 │$/m);
  await terminal.until(/to AF_XDP sockets +80 │$/m);
  terminal.type('1');
  expect(terminal.isAlternate).toBe(true);
  expect(terminal.colorOf('lost 0')).toBe(114);
  expect(terminal.text).toContain('divert  native');

  terminal.type('/backend == 17\r');
  await terminal.until(/filter: backend == 17 {2}2 match/);
  await vi.waitFor(() => expect(shownPackets()).toHaveLength(2));
  expect(terminal.text).toMatch(/01 33 0011 [0-9a-f]+ +\?17 +17 /);
  expect(terminal.colorOf('01 33 0011')).toBe(221);
  await terminal.press('e export');
  await terminal.until('2 frames saved to');
  const [first = ''] = readdirSync(network.dir).filter((name) => name.endsWith('.pcapng'));
  expect(first).toMatch(/^quic-top-left-\d{8}T\d{6}Z\.pcapng$/);
  expect(savedPackets(join(network.dir, first))).toEqual(shownPackets());

  terminal.type('x');
  await terminal.until(/ 90 packets ─/);
  // A paused screen is saved as it stands.
  terminal.type(' ');
  await terminal.until('‖ paused');
  sendPackets();
  await terminal.until('‖ paused +90');
  terminal.type('e');
  await terminal.until('90 frames saved to');
  const [all = ''] = readdirSync(network.dir).filter((name) => name.endsWith('.pcapng') && name !== first);
  expect(savedPackets(join(network.dir, all)).slice(-shownPackets().length)).toEqual(shownPackets());
  terminal.type(' ');
  await terminal.until(/ 180 packets ─/);
});

it('shows in yellow that packets of one backend reach two servers', async () => {
  network.left.ip('address add 10.78.0.9/24 dev left');
  const to = (backend: number) => longHeader({ dcid: cidv1(backend), type: 'handshake' });
  sendDatagrams(network.right, LEFT, [to(17), to(18), to(17)]);
  terminal.type('3');
  await terminal.until(new RegExp(`^│ +17 +17 +${LEFT}:4433  `, 'm'));
  const ofRow = (backend: number) => terminal.lines.find((line) => line.startsWith(`│       ${backend} `)) ?? '';
  const colour = (backend: number) => terminal.colorOf(ofRow(backend), ofRow(backend).indexOf(LEFT));
  expect(colour(17)).toBe(-1);
  sendDatagrams(network.right, '10.78.0.9', [to(17)]);
  await terminal.until(new RegExp(`^│ +17 +17 +${LEFT}:4433 \\+1 `, 'm'));
  expect(colour(17)).toBe(221);
  expect(ofRow(18)).toContain(` ${LEFT}:4433  `);
  expect(colour(18)).toBe(-1);
});

it('shows what the bytes of CIDs are made of, and the scheme to paste', async () => {
  const cids = Array.from({ length: 60 }, (_, i) =>
    Uint8Array.of(1, (i * 37) & 255, 0, 17 + (i % 4), ...[5, 9, 13].map((j) => (i * j * 29) & 255)),
  );
  sendDatagrams(
    network.right,
    LEFT,
    cids.map((dcid) => longHeader({ dcid, type: 'handshake' })),
  );
  terminal.type('2');
  await terminal.until(/ 60 CIDs ─/);
  terminal.type('v');
  await terminal.until(`${LEFT}:4433`);
  await terminal.until('60 connection IDs of 7 bytes');
  await terminal.until(/^│ +- cidv1/m);
  terminal.type('\x1b');
  await terminal.until(/ 60 CIDs ─/);
});

it('stays whole when the terminal changes its size while packets come', async () => {
  for (const [columns, rows] of [
    [80, 24],
    [40, 10],
    [200, 50],
  ] as const) {
    sendPackets();
    terminal.resize(columns, rows);
    await terminal.until(() => /\? help {2}q quit$/.test(terminal.line(rows - 1)));
    await terminal.until(/01 33 00[0-9a-f]{2}/);
    expect(terminal.text.match(/lost 0/g)?.length).toBeGreaterThan(0);
    for (const line of terminal.text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  }
  await terminal.until(/^╭─ Packets ─+ 270 packets ─╮$/m);
  await terminal.until(/^╭─ Details ─+╮╭─ Frame, \d+ bytes ─/m);
});

it.each([
  ['backend == 17', 2],
  ['trust == unknown', 3],
])('ends after so many packets as match, as lines do: %s, --count %i', async (filter, count) => {
  terminal.type('q');
  await terminal.ended();
  const args = ['left', '--mode', 'divert', '--filter', filter, '--count', String(count)];
  terminal = openScreen(args, { columns: 120, rows: 30 }, network.left);
  await terminal.until('No packet matches the filter');
  const without = Array.from({ length: 5 }, () => longHeader({ dcid: cidv1(16), type: '0rtt' }));
  const matching = Array.from({ length: count }, () => longHeader({ dcid: cidv1(17) }));
  sendDatagrams(network.right, LEFT, [...without, ...matching.slice(1)]);
  await terminal.until(new RegExp(` ${count - 1} match ─`));
  // It had the time to end.
  await sleep(200);
  expect(terminal.isAlternate).toBe(true);
  sendDatagrams(network.right, LEFT, matching.slice(0, 1));
  await terminal.ended();
  expect(terminal.text).toContain(`${5 + count} frames captured, 0 lost`);
  expect(terminal.text).toContain('settings kept, status 0');
});
