// Exports that cannot be: the screen says why, nothing is left of them, nobody's file is touched, the capture goes on.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { framesOf } from '../support/exports.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, filler, longHeader } from '../support/packets.js';
import { openCapture } from '../support/screen.js';
import type { TestTerminal } from '../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
const CALLER = 12345;
const SENT = 90;
/** Less than the packets take, and the least that tmpfs gives. */
const DISK = 'size=64k';

let network: PairNetwork;
let terminal: TestTerminal;
let folder: string;
/** Packets sent so far. */
let sent = 0;

const at = (name: string) => join(folder, name);

function send(count: number): void {
  const packet = longHeader({ dcid: cidv1(17), payload: filler(1200) });
  sendDatagrams(network.right, LEFT, Array(count).fill(packet));
  sent += count;
}
const isShown = () => terminal.until(new RegExp(` ${sent} packets ─`));

beforeAll(async () => {
  network = new PairNetwork();
  chmodSync(network.dir, 0o711);
  folder = join(network.dir, 'exports');
  mkdirSync(folder);
  chownSync(folder, CALLER, CALLER);
  const env = { SUDO_UID: String(CALLER), SUDO_GID: String(CALLER) };
  terminal = await openCapture(network, ['--export-dir', folder], { columns: 200, rows: 40, env });
  send(SENT);
  await isShown();
});
afterAll(() => {
  terminal.close();
  network.remove();
});

/** Asks for an export, which must fail for this reason; then more packets come. */
async function fails(name: string, reason: RegExp): Promise<void> {
  const before = readdirSync(folder);
  terminal.type(`w${name}\r`);
  await terminal.until(reason);
  const message = reason.exec(terminal.text)?.[0] ?? '';
  expect(terminal.colorOf(message)).toBe(203);
  expect(readdirSync(folder)).toEqual(before);
  send(5);
  await isShown();
  expect(terminal.text).toMatch(/● live/);
}

it('the disk is full', async () => {
  const disk = at('disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `${DISK},uid=${CALLER},mode=700`, 'none', disk]);
  try {
    await fails('disk/full.pcapng', /cannot write .*full\.pcapng: the disk is full \(ENOSPC\) - free some space/);
    expect(readdirSync(disk)).toEqual([]);
  } finally {
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  }
});

it('no permission', async () => {
  mkdirSync(at('roots'), { mode: 0o700 });
  await fails('roots/x.pcap', /cannot write .*x\.pcap: uid 12345 may not write there \(EACCES\)/);
  expect(readdirSync(at('roots'))).toEqual([]);
});

it('the file exists', async () => {
  writeFileSync(at('mine.pcap'), 'precious');
  await fails('mine.pcap', /cannot write .*mine\.pcap: it exists already \(EEXIST\)/);
  expect(readFileSync(at('mine.pcap'), 'utf8')).toBe('precious');
});

it('a symbolic link is planted at its place', async () => {
  const victim = join(network.dir, 'victim');
  writeFileSync(victim, 'precious');
  chownSync(victim, CALLER, CALLER);
  symlinkSync(victim, at('link.pcap'));
  await fails('link.pcap', /cannot write .*link\.pcap: it exists already \(EEXIST\)/);
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  expect(lstatSync(at('link.pcap')).isSymbolicLink()).toBe(true);
  // To nothing: what it points to must not come to be.
  symlinkSync(at('nothing.pcap'), at('dangling.pcap'));
  await fails('dangling.pcap', /cannot write .*dangling\.pcap: it exists already \(EEXIST\)/);
  expect(readdirSync(folder)).not.toContain('nothing.pcap');
});

it('a name that says no format', () => fails('packets.txt', /packets\.txt" is neither a \.pcap nor a \.pcapng file/));

it.each(['pcapng', 'pcap'])('and one that can: a %s of the user who called sudo, with all packets', async (ending) => {
  terminal.type(`wgood.${ending}\r`);
  await terminal.until(() => terminal.line(39) === ` ${sent} frames saved to ${at(`good.${ending}`)}`);
  expect(framesOf(at(`good.${ending}`))).toHaveLength(sent);
  expect(statSync(at(`good.${ending}`))).toMatchObject({ uid: CALLER, gid: CALLER, mode: 0o100600 });
});

it('the folder is gone', async () => {
  rmSync(folder, { recursive: true });
  terminal.type('e');
  await terminal.until(/cannot write .*: the folder does not exist \(ENOENT\)/);
  send(5);
  await isShown();
  terminal.type('q');
  await terminal.ended();
  expect(terminal.text).toContain(`${sent} frames captured, 0 lost`);
  expect(terminal.text).toContain('settings kept, status 0');
});
