// What all screens have, in a real terminal, on a screen that is about no capture.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { bundleScreen } from '../support/bundle-screen.js';
import { bytesOf } from '../support/screen.js';
import { TestTerminal } from '../support/terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'quic-top-machines-'));
const program = join(folder, 'screen.mjs');

let sources: string[];
let terminal: TestTerminal;

beforeAll(async () => {
  sources = await bundleScreen('test/support/machines-screen.ts', program);
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  terminal = new TestTerminal([process.execPath, program], 80, 24, { COLORTERM: 'truecolor' });
  await terminal.until(() => machines().length === 12 && terminal.text.includes('q quit'));
});
afterEach(() => terminal.close());

const press = (...keys: string[]) => terminal.type(keys.map(bytesOf).join(''));
/** The machines from the top of the table down. */
const machines = () => [...terminal.text.matchAll(/^│ host-(\d\d) /gm)].map(([, number]) => Number(number));
const isSelected = (number: number) =>
  terminal.until(() => terminal.selected().includes(`host-${String(number).padStart(2, '0')}`), `${number} selected`);

it('needs neither a recorder nor a capture', () => {
  expect(sources.filter((path) => path.startsWith('src/ui/')).length).toBeGreaterThan(20);
  expect(
    sources.filter((path) => /^src\/(ui\/capture|core\/(recorder|capture|analysis|native\/addon))/.test(path)),
  ).toEqual([]);
});

it('draws its rows, sorted, and draws them again when they change', async () => {
  expect(terminal.line(0)).toBe(' fleet');
  expect(terminal.line(1)).toMatch(/^ {2}1 Machines .* 12 answer$/);
  expect(terminal.text).toMatch(/MACHINE +RATE▼/);
  expect(machines()).toEqual([7, 6, 5, 4, 3, 2, 1, 0, 11, 10, 9, 8]);
  await terminal.until(/─ poll [3-9] ─╮/);
  expect(terminal.text).toMatch(/host-08 +[3-9]\/s/);
});

it('moves, sorts and opens', async () => {
  await isSelected(7);
  press('j', 'j');
  await isSelected(5);
  press('s');
  await terminal.until(/MACHINE▲/);
  expect(machines()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  await isSelected(5);
  press('S');
  await terminal.until(/MACHINE▼/);
  expect(machines().at(0)).toBe(11);
  press('g', 'enter');
  await terminal.until('opened host-11');
  press('G');
  await isSelected(0);
  press('pgup');
  await isSelected(11);
});

it('says why a key cannot act, shows the help, takes the mouse and another size, and quits', async () => {
  press('tab');
  await terminal.until('Tab: there is one pane');
  press('?');
  await terminal.until('this list of keys');
  expect(terminal.text).not.toContain('packet');
  press('q');
  await terminal.until('host-07');
  const row = terminal.text.split('\n').findIndex((line) => line.includes('host-03'));
  terminal.type(`\x1b[<0;5;${row + 1}M`);
  await isSelected(3);
  terminal.resize(60, 10);
  await terminal.until(() => machines().length === 0 && terminal.text.includes('host-03'));
  press('q');
  await terminal.exited;
  expect(terminal.output).toContain('settings kept, status 0');
});
