// A program in a pseudo terminal, and what a person in front of it would see.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import pty from 'node-pty';

const DEADLINE = 10_000;

/** After the program ends, the shell around it says whether the terminal's settings are what they were. */
const WRAPPER =
  'before=$(stty -g); "$@"; status=$?; [ "$(stty -g)" = "$before" ] && echo "settings kept, status $status"';

/** What makes colours and Ink behave otherwise than in front of a person. */
const NOT_FOR_PEOPLE = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'VITEST', 'NODE_ENV', 'COLORTERM'];

export class TestTerminal {
  /** Every byte the program wrote. */
  output = '';
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
    this.exited = new Promise((done) => this.child.onExit(() => done()));
  }

  private get buffer() {
    return this.screen.buffer.active;
  }

  get isAlternate(): boolean {
    return this.buffer.type === 'alternate';
  }

  line(row: number): string {
    return this.buffer.getLine(row)?.translateToString().trimEnd() ?? '';
  }

  get text(): string {
    return Array.from({ length: this.screen.rows }, (_, row) => this.line(row)).join('\n');
  }

  /** The foreground of the first cell of `text`'s first appearance: a palette index, or -1 for the default. */
  colorOf(text: string): number {
    for (let row = 0; row < this.screen.rows; row++) {
      const column = this.line(row).indexOf(text);
      if (column >= 0) return this.buffer.getLine(row)?.getCell(column)?.getFgColor() ?? -1;
    }
    throw new Error(`"${text}" is not on the screen:\n${this.text}`);
  }

  /** Waits until the screen is as `condition` wants it, or holds that text. */
  async until(condition: string | RegExp | (() => boolean)): Promise<void> {
    const met = () => {
      if (typeof condition === 'function') return condition();
      return typeof condition === 'string' ? this.text.includes(condition) : condition.test(this.text);
    };
    const deadline = Date.now() + DEADLINE;
    while (!met()) {
      if (Date.now() > deadline) throw new Error(`never on the screen: ${condition}\n${this.text}`);
      await sleep(20);
    }
  }

  type(keys: string): void {
    this.child.write(keys);
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

  /** For clean-up: the end, whatever state the program is in. */
  close(): void {
    this.child.kill('SIGHUP');
  }
}
