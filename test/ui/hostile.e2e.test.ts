// Names and packets made to harm a terminal, on the real command: nothing but the program's own sequences reaches it.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { CaptureFile } from '../../src/core/capture/capture-file.js';
import { RecordCursor } from '../../src/core/recorder/record-cursor.js';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import type { Bytes } from '../support/packets.js';
import { bytesOf, openCapture, openScreen, untilWhole } from '../support/screen.js';
import type { TestTerminal } from '../support/terminal.js';

const FILES = ['crafted-hello', 'crafted-malformed'];
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}.pcap`, import.meta.url));
const HARMFUL = 'evil\x1b]0;owned\x07\x1b[2J\u009b31m\u202e';

let terminal: TestTerminal;
afterEach(() => terminal.close());

const press = (...keys: string[]) => terminal.type(keys.map(bytesOf).join(''));

/** Opens a field of the tree, and goes to the next. */
const opened = (fields: number) => Array.from({ length: fields }, () => ['right', 'j']).flat();

/** Looks at each packet from the oldest on, with its fields open: what is opened once is open in all of them. */
async function walk(): Promise<void> {
  press('1', 'g', 'enter');
  await terminal.until(/ 1 of [\d,]+ packets ─/);
  const total = Number(/ 1 of ([\d,]+) packets ─/.exec(terminal.text)?.[1]);
  expect(total).toBeGreaterThan(20);
  for (let packet = 1; packet <= total; packet++) {
    await terminal.until(new RegExp(` ${packet} of ${total} packets ─`));
    press('g', ...opened(packet === 1 ? 60 : 14), 'pgdn', 'pgdn', 'esc', 'j', 'enter');
  }
}

async function expectClean(): Promise<void> {
  await untilWhole(terminal);
  expect(terminal.foreignBytes).toEqual([]);
  for (const digit of '2345') {
    terminal.type(digit);
    await untilWhole(terminal);
  }
  terminal.type('q');
  await terminal.ended();
  expect(terminal.text).toContain('settings kept, status 0');
  expect(terminal.foreignBytes).toEqual([]);
}

it.each(FILES)('%s from a file, every field of every packet', async (name) => {
  terminal = openScreen(['-r', fixture(name), '--port', '443,4433'], { columns: 130, rows: 50 });
  await terminal.until('● read');
  await walk();
  if (name === 'crafted-hello') expect(terminal.output).toMatch(/\\x1b/);
  await expectClean();
});

/** What the datagrams of a file hold. */
async function payloads(path: string): Promise<Bytes[]> {
  const options = { path, ports: [443, 4433], bufferBytes: 2 ** 24 };
  const file = await CaptureFile.open(options, new AbortController().signal, async () => {});
  if (!file) throw new Error(path);
  try {
    for (let more = true; more; ) more = file.read();
    const cursor = new RecordCursor(file.recorder);
    const found: Bytes[] = [];
    for (let view = cursor.next(); view; view = cursor.next()) {
      if (view.index > 0) continue;
      const frame = file.recorder.lane(view).frameOf(view);
      if (frame) found.push(frame.slice(view.l4Offset + 8));
    }
    return found;
  } finally {
    file.close();
  }
}

it('crafted-hello live', async () => {
  const network = new PairNetwork();
  try {
    terminal = await openCapture(network, [], { columns: 130, rows: 50 });
    sendDatagrams(network.right, PairNetwork.LEFT[0] as string, await payloads(fixture('crafted-hello')));
    await terminal.until(/\\x1b/);
    await walk();
    await expectClean();
  } finally {
    network.remove();
  }
});

it('a file with such a name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
  try {
    const path = join(folder, `${HARMFUL}.pcap`);
    copyFileSync(fixture('crafted-hello'), path);
    terminal = openScreen(['-r', path], { columns: 240, rows: 40 });
    await terminal.until('● read');
    expect(terminal.line(0)).toContain('evil\\x1b]0;owned\\x07\\x1b[2J');
    await expectClean();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('an interface with such a name', async () => {
  const network = new PairNetwork();
  try {
    const name = 'a\x1b[31m\x07';
    network.left.run(['ip', 'link', 'set', 'left', 'down']);
    network.left.run(['ip', 'link', 'set', 'left', 'name', name]);
    network.left.run(['ip', 'link', 'set', name, 'up']);
    terminal = openScreen([name, '--mode', 'divert'], { columns: 240, rows: 40 }, network.left);
    await terminal.until('● live');
    expect(terminal.line(0)).toContain('a\\x1b[31m\\x07');
    await expectClean();
  } finally {
    network.remove();
  }
});
