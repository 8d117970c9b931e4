// A program in a pseudo terminal, and what a person in front of it would see.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import pty from 'node-pty';
import { PATIENCE } from '../../demo/program.mjs';

/** In which a program that is told to end has ended. */
const CLOSED_MS = 5000;
const DEADLINE = 10_000;

/** After the program ends, the shell around it says whether the terminal's settings are what they were. */
const WRAPPER =
  'before=$(stty -g); "$@"; status=$?; [ "$(stty -g)" = "$before" ] && echo "settings kept, status $status"';

/** What makes colours and Ink behave otherwise than in front of a person. */
const NOT_FOR_PEOPLE = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'VITEST', 'NODE_ENV', 'COLORTERM'];

/** What the program sends on its own account: modes, cursor movement, colours, erasing, line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences start with ESC
const OWN = /\x1b\[(?:\?(?:1049|25|7|1000|1006|2004|2026)[hl]|\d+;\d+H|[0-9;]*m|K|2J)|[\r\n]/g;

/** The start of a sequence whose end has not arrived yet: a pseudo terminal hands over at most 4095 bytes at a time. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences start with ESC
const UNFINISHED = /\x1b(?:\[[?0-9;]*)?$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;

/** The colour of a key in the bottom line that can act now, in the dark theme. */
const ACTS = 80;

/** Backgrounds of the selected row in the dark theme: in the pane that has the keys, and in others. */
const SELECTED = [238, 235];

export class TestTerminal {
  /** Every byte the program wrote. */
  output = '';
  /** DECTCEM. */
  cursorShown = true;
  readonly exited: Promise<void>;
  private readonly child: pty.IPty;
  private readonly screen: xterm.Terminal;

  constructor(command: readonly string[], columns: number, rows: number, environment: Record<string, string> = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !NOT_FOR_PEOPLE.includes(name));
    this.screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
    this.child = pty.spawn('sh', ['-c', WRAPPER, 'sh', ...command], {
      cols: columns,
      rows,
      name: environment.TERM ?? 'xterm-256color',
      env: { ...Object.fromEntries(inherited), ...environment } as Record<string, string>,
    });
    this.child.onData((data) => {
      this.output += data;
      this.screen.write(data);
    });
    for (const final of ['h', 'l']) {
      this.screen.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
        if (modes.includes(25)) this.cursorShown = final === 'h';
        return false;
      });
    }
    this.exited = new Promise((done) => this.child.onExit(() => done()));
  }

  private get buffer() {
    return this.screen.buffer.active;
  }

  get isAlternate(): boolean {
    return this.buffer.type === 'alternate';
  }

  /** What a program must give back as it was: here, how it was. */
  get modes() {
    const { mouseTrackingMode: mouse, bracketedPasteMode: paste, wraparoundMode: wraps } = this.screen.modes;
    return { alternate: this.isAlternate, cursorShown: this.cursorShown, mouse, paste, wraps };
  }

  line(row: number): string {
    return this.buffer.getLine(row)?.translateToString().trimEnd() ?? '';
  }

  get text(): string {
    return Array.from({ length: this.screen.rows }, (_, row) => this.line(row)).join('\n');
  }

  get lines(): string[] {
    return this.text.split('\n');
  }

  /** Characters with their colours. */
  get picture(): string {
    const cells: unknown[] = [];
    for (let row = 0; row < this.screen.rows; row++) {
      const line = this.buffer.getLine(row);
      for (let column = 0; column < this.screen.cols; column++) {
        const cell = line?.getCell(column);
        cells.push(cell?.getChars(), cell?.getFgColor(), cell?.getBgColor(), cell?.isInverse());
      }
    }
    return cells.join();
  }

  /** Where `text` first appears. */
  find(text: string): { x: number; y: number } {
    for (let y = 0; y < this.screen.rows; y++) {
      const x = this.line(y).indexOf(text);
      if (x >= 0) return { x, y };
    }
    throw new Error(`"${text}" is not on the screen:\n${this.text}`);
  }

  private cellOf(text: string, offset = 0): xterm.IBufferCell | undefined {
    const { x, y } = this.find(text);
    return this.buffer.getLine(y)?.getCell(x + offset);
  }

  /** The foreground of the first (or another) cell of `text`'s first appearance: a palette index, or -1 for the default. */
  colorOf(text: string, offset = 0): number {
    return this.cellOf(text, offset)?.getFgColor() ?? -1;
  }

  /** The background, in the same way. */
  backgroundOf(text: string): number {
    return this.cellOf(text)?.getBgColor() ?? -1;
  }

  /** The selected row of the pane that has the keys (or of the first other one), from its first column; dark theme. */
  selected(elsewhere = false): string {
    const background = SELECTED[Number(elsewhere)];
    const at = (row: number) => this.buffer.getLine(row)?.getCell(2)?.getBgColor();
    const row = Array.from({ length: this.screen.rows }, (_, i) => i).find((i) => at(i) === background);
    return row === undefined ? '' : this.line(row);
  }

  /** What reached the terminal besides printable text and the program's own sequences. */
  get foreignBytes(): string[] {
    return this.output.replace(UNFINISHED, '').replaceAll(OWN, '').match(CONTROL) ?? [];
  }

  get size() {
    return { columns: this.screen.cols, rows: this.screen.rows };
  }

  /** Waits until the screen is as `condition` wants it, or holds that text. @param what it is, for the error */
  async until(condition: string | RegExp | (() => boolean), what = String(condition)): Promise<void> {
    const met = () => {
      if (typeof condition === 'function') return condition();
      return typeof condition === 'string' ? this.text.includes(condition) : condition.test(this.text);
    };
    const deadline = Date.now() + DEADLINE * PATIENCE;
    while (!met()) {
      if (Date.now() > deadline) throw new Error(`never on the screen: ${what}\n${this.text}`);
      await sleep(20);
    }
  }

  type(keys: string): void {
    this.child.write(keys);
  }

  /** Waits until a key of the bottom line can act. @param hint as `e export` */
  untilActs(hint: string): Promise<void> {
    return this.until(() => this.text.includes(hint) && this.colorOf(hint) === ACTS, `${hint}, as a key that acts`);
  }

  /** Types what the bottom line offers, once it can act. @param hint as `e export` */
  async press(hint: string): Promise<void> {
    await this.untilActs(hint);
    this.type(hint.charAt(0));
  }

  click(x: number, y: number): void {
    const report = `\x1b[<0;${x + 1};${y + 1}`;
    this.type(`${report}M${report}m`);
  }

  wheel(direction: 'up' | 'down', x: number, y: number): void {
    this.type(`\x1b[<${direction === 'up' ? 64 : 65};${x + 1};${y + 1}M`);
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    this.child.resize(columns, rows);
  }

  /** The process ID of the program itself. */
  get pid(): number {
    const { pid } = this.child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name);
  }

  /** Waits for the end and for the last output. */
  async ended(): Promise<void> {
    await this.exited;
    await new Promise<void>((done) => this.screen.write('', done));
  }

  /** For clean-up: the end, whatever state the program is in. Resolves when it has let go of what it captured. */
  async close(): Promise<void> {
    this.child.kill('SIGHUP');
    await Promise.race([this.exited, sleep(CLOSED_MS * PATIENCE)]);
  }
}
