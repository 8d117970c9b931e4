// The screen of the real command in a terminal: how it is opened, what its keys send, and what always holds of it.
import { chmodSync, chownSync } from 'node:fs';
import type { Namespace } from '../../demo/network.mjs';
import { CLI } from './quic-top.js';
import { TestTerminal } from './terminal.js';

/** Whom quic-top becomes when it is started by root without sudo: who is to write its exports. */
export const NOBODY = 65534;

/** Lets nobody write into a network's folder, where the screen's exports go. */
export function openFolder(folder: string): void {
  chownSync(folder, NOBODY, NOBODY);
  chmodSync(folder, 0o711);
}

export interface ScreenOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
}

const ENVIRONMENT = { COLORTERM: 'truecolor', SUDO_UID: '', SUDO_GID: '' };

/** quic-top with these arguments in a terminal; `namespace` is where, if not here. */
export function openScreen(args: readonly string[], options: ScreenOptions = {}, namespace?: Namespace): TestTerminal {
  const { columns = 240, rows = 50, env = {} } = options;
  const command = [process.execPath, CLI, ...args];
  return new TestTerminal(namespace?.command(command) ?? command, columns, rows, { ...ENVIRONMENT, ...env });
}

/** A capture on `left` of a pair network; when this resolves it shows `ready`. */
export async function openCapture(
  network: { left: Namespace; dir: string },
  args: readonly string[] = [],
  options: ScreenOptions = {},
  ready = 'Waiting for QUIC long header packets',
): Promise<TestTerminal> {
  const all = ['left', '--mode', 'divert', '--export-dir', network.dir, ...args];
  const terminal = openScreen(all, options, network.left);
  await terminal.until(ready);
  return terminal;
}

/** What tells that a view is on the screen; its key is its place in here, counted from 1. */
export const VIEWS: readonly (readonly [id: string, title: RegExp])[] = [
  ['packets', /─ Packets ─/],
  ['cids', /─ Connection IDs ─/],
  ['backends', /─ Backends, by connection IDs/],
  ['queues', /─ Queues \(backend|─ Queues (?:and RX queues )?─/],
  ['charts', /Packets\/s {2}■ total|no room for charts|no packets/],
];

const BYTES: Record<string, string> = {
  space: ' ',
  enter: '\r',
  esc: '\x1b',
  backspace: '\x7f',
  tab: '\t',
  'shift+tab': '\x1b[Z',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  pgup: '\x1b[5~',
  pgdn: '\x1b[6~',
};

/** What a terminal sends for a key of the key table. */
export function bytesOf(key: string): string {
  const control = /^ctrl\+([a-z])$/.exec(key)?.[1];
  if (control) return String.fromCharCode(control.charCodeAt(0) - 96);
  const bytes = BYTES[key] ?? key;
  if (bytes === key && key.length !== 1) throw new Error(`what does "${key}" send?`);
  return bytes;
}

/** What is wrong with the screen: a line that is too long, what another size or view left over, an edge that is torn. */
function defects({ lines, size: { columns, rows } }: TestTerminal): string[] {
  const [header = '', ...below] = lines;
  const count = (start: string) => lines.filter((line) => line.startsWith(start)).length;
  const torn = (line: string) => line.startsWith('│') && !/[│╮╯]$/.test(line);
  return [
    ...(lines.length === rows && lines.every((line) => line.length <= columns) ? [] : ['another size']),
    ...(/lost [\d,]+ {2}[●‖]|● read/.test(header) ? [] : ['no header']),
    ...(below.some((line) => /^ quic-top|lost [\d,]+ {2}[●‖]/.test(line)) ? ['a second header'] : []),
    ...(count('╭') === count('╰') ? [] : [`${count('╭')} upper and ${count('╰')} lower edges`]),
    ...lines.filter(torn),
  ];
}

/** Waits until the screen is whole: a change of it may come in pieces. */
export async function untilWhole(terminal: TestTerminal): Promise<void> {
  await terminal.until(
    () => defects(terminal).length === 0,
    `a whole screen of ${terminal.size.columns}x${terminal.size.rows}`,
  );
}
