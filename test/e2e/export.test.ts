// The screen's export: what is in the file when packets come from a file, and what is left when the program is ended in
// the middle of one.
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pcap } from '../support/capture-files.js';
import { framesOf, tshark } from '../support/exports.js';
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
  await terminal.until(/ \d+ packets ─/);
  terminal.type('e');
  await terminal.until(/ frames saved to /);
  const [name = ''] = readdirSync(folder);
  expect(name).toMatch(/^quic-top-ngtcp2-multiif\.pcapng-\d{8}T\d{6}Z\.pcapng$/);
  expect(framesOf(join(folder, name)).length).toBeGreaterThan(10);
  expect(new Set(tshark(join(folder, name), 'frame.interface_name'))).toEqual(new Set(['unknown']));
});

it.each(['SIGTERM', 'SIGINT'] as const)('%s in the middle of it leaves nothing', async (signal) => {
  const whole = pcap([{ time: 1n, bytes: ethernet(ipv4(udp(longHeader({ dcid: cidv1(17) })))) }]);
  const [header, frame] = [whole.subarray(0, 24), whole.subarray(24)];
  const path = join(folder, 'large.pcap');
  writeFileSync(path, concat(header, Buffer.alloc(frame.length * FRAMES, frame)));
  open(path, '--buffer', '256M');
  await terminal.until(/ 200,000 packets ─/);
  terminal.type('e');
  await vi.waitFor(() => expect(readdirSync(folder).join()).toContain('.part'), { interval: 2, timeout: 5000 });
  terminal.signal(signal);
  await terminal.ended();
  expect(terminal.text).toContain('settings kept, status 0');
  expect(readdirSync(folder)).toEqual(['large.pcap']);
});
