// The screen's export: what is in the file when packets come from a file, and what is left when the program is ended in
// the middle of one.
import { chownSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pcap } from '../support/capture-files.js';
import { framesOf, run, tshark } from '../support/exports.js';
import { cidv1, concat, ethernet, ipv4, longHeader, udp } from '../support/packets.js';
import { CLI } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

/** Whom quic-top becomes here. */
const NOBODY = 65534;
const FRAMES = 200_000;

let folder: string;
let terminal: TestTerminal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-export-'));
  chownSync(folder, NOBODY, NOBODY);
});
afterEach(() => {
  terminal.close();
  rmSync(folder, { recursive: true });
});

const open = (path: string, ...args: string[]) => {
  const command = [process.execPath, CLI, '-r', path, '--export-dir', folder, ...args];
  terminal = new TestTerminal(command, 200, 40, { SUDO_UID: '', SUDO_GID: '' });
};

it('is named after the file that the packets are from; its interface has no name', async () => {
  open(fileURLToPath(new URL('../fixtures/ngtcp2-multiif.pcapng', import.meta.url)));
  await terminal.press('e export');
  await terminal.until(/ frames saved to /);
  const [name = ''] = readdirSync(folder);
  expect(name).toMatch(/^quic-top-ngtcp2-multiif\.pcapng-\d{8}T\d{6}Z\.pcapng$/);
  expect(framesOf(join(folder, name)).length).toBeGreaterThan(10);
  expect(new Set(tshark(join(folder, name), 'frame.interface_name'))).toEqual(new Set(['unknown']));
});

/** A file of many packets. */
function large(): string {
  // No Initials: opening them would take the time.
  const packet = longHeader({ dcid: cidv1(17), type: 'handshake' });
  const whole = pcap([{ time: 1n, bytes: ethernet(ipv4(udp(packet))) }]);
  const [header, frame] = [whole.subarray(0, 24), whole.subarray(24)];
  const path = join(folder, 'large.pcap');
  writeFileSync(path, concat(header, Buffer.alloc(frame.length * FRAMES, frame)));
  return path;
}

it.each(['pcap', 'pcapng'])('a .%s has the packets of the filter, byte by byte', async (ending) => {
  const path = fileURLToPath(new URL('../fixtures/quiche-cidv1.pcap', import.meta.url));
  open(path, '-Y', 'type == handshake');
  await terminal.until(/[1-9]\d* match ─/);
  await terminal.untilActs('e export');
  terminal.type(`wmine.${ending}\r`);
  await terminal.until(/ \d+ frames saved to .*\/mine/);
  // The frames in which tshark sees a Handshake packet; times and bytes as tcpdump has them.
  const expected = join(folder, 'expected.pcap');
  run('tshark', '-n', '-r', path, '-d', 'udp.port==4433,quic', '-Y', 'quic.long.packet_type == 2', '-w', expected);
  const frames = (file: string) => run('tcpdump', '-nn', '-tt', '--nano', '-xx', '-r', file);
  expect(frames(expected).match(/^\d+\.\d{9} /gm)?.length).toBeGreaterThan(3);
  expect(frames(join(folder, `mine.${ending}`))).toBe(frames(expected));
});

it('tells how far a large one is, and Esc gives it up', async () => {
  open(large(), '--buffer', '256M');
  await terminal.press('e export');
  await terminal.until(/exporting: \d+ %, [\d,]+ of 200,000 packets; esc gives up/);
  terminal.type('\x1b');
  await terminal.until('the export was given up');
  expect(readdirSync(folder)).toEqual(['large.pcap']);
  terminal.type('e');
  await terminal.until('200,000 frames saved to');
});

/** Whether the program has a file of `folder` open that has no name. */
function writes(): boolean {
  const fds = `/proc/${terminal.pid}/fd`;
  return readdirSync(fds).some((fd) => readlinkSync(`${fds}/${fd}`).startsWith(`${folder}/#`));
}

it.each([
  ['SIGTERM', 'settings kept, status 0'],
  ['SIGINT', 'settings kept, status 0'],
  ['SIGKILL', ''],
] as const)('%s in the middle of it leaves nothing', async (signal, end) => {
  open(large(), '--buffer', '256M');
  await terminal.press('e export');
  await vi.waitFor(() => expect(writes()).toBe(true), { interval: 2, timeout: 5000 });
  terminal.signal(signal);
  await terminal.ended();
  expect(terminal.text).toContain(end);
  expect(readdirSync(folder)).toEqual(['large.pcap']);
});
