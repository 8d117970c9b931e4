// The whole screen in a real terminal, on made-up packets: no root, no interface.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundleScreen } from '../../support/bundle-screen.js';
import { untilWhole, VIEWS } from '../../support/screen.js';
import { TestTerminal } from '../../support/terminal.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quic-top-screen-'));
const program = join(folder, 'screen.mjs');

const ENVIRONMENT = { COLORTERM: 'truecolor', FAKE_ADDON: join(root, 'build/Release/quic_top.node') };

let terminal: TestTerminal;

function start(columns: number, rows: number, environment: Record<string, string> = {}): TestTerminal {
  const exports = { ...ENVIRONMENT, FAKE_EXPORT_DIR: folder };
  terminal = new TestTerminal([process.execPath, program], columns, rows, { ...exports, ...environment });
  return terminal;
}

async function live(columns: number, rows: number, environment: Record<string, string> = {}): Promise<TestTerminal> {
  start(columns, rows, environment);
  await terminal.until(/01 [0-9a-f]{2} [0-9a-f]{4}/);
  return terminal;
}

beforeAll(async () => {
  copyFileSync(join(root, 'dist/charts.js'), join(folder, 'charts.js'));
  await bundleScreen('test/support/fake-screen.ts', program);
});
afterEach(() => terminal?.close());
afterAll(() => rmSync(folder, { recursive: true }));

/** Every line is as wide as the terminal at most, and the panes' edges are where they belong. */
function expectWhole(columns: number, rows: number): void {
  const lines = terminal.text.split('\n');
  expect(lines).toHaveLength(rows);
  expect(lines[0]).toMatch(/^ quic-top|^ eth0|lost 0/);
  expect(lines.filter((line) => line.startsWith(' quic-top')).length).toBeLessThanOrEqual(1);
  expect(lines[rows - 1]).toMatch(/\? help {2}q quit$/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  const tops = lines.filter((line) => line.startsWith('╭')).length;
  const bottoms = lines.filter((line) => line.startsWith('╰')).length;
  expect(tops).toBe(bottoms);
  for (const line of lines) if (line.startsWith('│')) expect(line).toMatch(/[│╮╯]$/);
}

describe('the screen', () => {
  it('shows packets, queues and connection IDs, in colours, on the alternate screen', async () => {
    await live(200, 50);
    await terminal.until('/s');
    expect(terminal.isAlternate).toBe(true);
    expect(terminal.colorOf('quic-top')).toBe(75);
    expect(terminal.colorOf('lost 0')).toBe(114);
    expect(terminal.colorOf('● live')).toBe(114);
    expect(terminal.text).toMatch(/TIME UTC +SOURCE +DESTINATION/);
    expect(terminal.colorOf(/01 [0-9a-f]{2} [0-9a-f]{4} /.exec(terminal.text)?.[0] ?? '')).toBe(221);
    expectWhole(200, 50);
  });

  it('has five views, each with its own colours', async () => {
    await live(200, 50);
    await terminal.until(/▾ QUIC \w+ v1, \d+ bytes/);
    await terminal.until(/╭─ Details ─+╮╭─ Frame, [\d,]+ bytes ─/);
    terminal.type('2');
    await terminal.until(/╭─ Connection IDs ─+ \d+ CIDs ─╮/);
    await terminal.until(/01 33 [0-9a-f]{4} .* server .*\/s/);
    expect(terminal.colorOf('server')).toBe(114);
    await untilWhole(terminal);
    expectWhole(200, 50);
    terminal.type('3');
    await terminal.until(/^│ +0 +0 +10\.0\.0\.1:4433 .* [\d.]+k?\/s .*■/m);
    expect(terminal.colorOf('■')).toBe(74);
    await untilWhole(terminal);
    expectWhole(200, 50);
    terminal.type('4');
    await terminal.until(/╭─ Queues \(backend % 64\) ─+ \d+ of 64 busy ─╮/);
    await terminal.until(/lost: RX ring full +0/);
    await terminal.until(/rx 1 +[\d.]+k?\/s/);
    await untilWhole(terminal);
    expectWhole(200, 50);
    terminal.type('5');
    await terminal.until(/Packets\/s {2}■ total/);
    await terminal.until(/[⠁-⣿]/);
    await terminal.until(/■ backend \d/);
    expect(terminal.colorOf(/■ backend \d+/.exec(terminal.text)?.[0] ?? '')).toBe(75);
    terminal.type('1');
    await terminal.until('SOURCE');
  });

  it('takes clicks and the wheel', async () => {
    await live(120, 40, { FAKE_SECONDS: '1' });
    await terminal.until(/▾ QUIC/);
    // More than the list has rows: there is something to scroll to.
    await terminal.until(/ \d{3,} packets ─/);
    const row = (text: string) => terminal.text.split('\n').findIndex((line) => line.includes(text));
    const click = (x: number, y: number) => terminal.type(`\x1b[<0;${x + 1};${y + 1}M\x1b[<0;${x + 1};${y + 1}m`);
    click(10, 5);
    await terminal.until(/ [\d,]+ of [\d,]+ packets/);
    const place = () => Number(/ ([\d,]+) of [\d,]+ packets/.exec(terminal.text)?.[1]?.replaceAll(',', ''));
    const clicked = place();
    terminal.type('\x1b[<64;11;6M\x1b[<64;11;6M');
    await terminal.until(() => place() === clicked - 6);
    // A layer of the tree, which opens with a second click.
    click(10, row('▸ Ethernet'));
    click(10, row('▸ Ethernet'));
    await terminal.until(/▾ Ethernet/);
    // A byte: the first of the destination address.
    const hex = row('│ 0000  02');
    click(terminal.line(hex).indexOf('0000  02') + 6, hex);
    await terminal.until('─ 0-5 ─╮');
    expect(terminal.text).toContain('Destination: 02:00:00:00:00:01');
    const tabs = terminal.line(1);
    click(tabs.indexOf('Queues'), 1);
    await terminal.until('Where frames end');
    click(terminal.line(39).indexOf('help'), 39);
    await terminal.until('this list of keys');
  });

  it('is light, with 16 colours, or has the columns that are asked for', async () => {
    await live(120, 30, { FAKE_THEME: 'light', FAKE_COLUMNS: 'frame,length,dcid' });
    expect(terminal.text).toMatch(/FRAME +LEN +DCID/);
    expect(terminal.colorOf('quic-top')).toBe(25);
    terminal.close();
    await live(120, 30, { FAKE_THEME: '16' });
    expect(terminal.colorOf('quic-top')).toBe(4);
  });

  it.each([
    ['dark', {}, { version: 221, backend: 80, server: 114, initial: 114, handshake: 75, selected: 238, paused: 221 }],
    [
      'light',
      { FAKE_THEME: 'light' },
      { version: 130, backend: 30, server: 28, initial: 28, handshake: 25, selected: 252, paused: 130 },
    ],
  ])('has a colour for each thing that matters: %s', async (_, environment, colours) => {
    await live(200, 50, environment);
    await terminal.until(/ Initial .* Handshake /s);
    const [cid = ''] = /01 33 [0-9a-f]{4} /.exec(terminal.text) ?? [];
    expect(terminal.colorOf(cid)).toBe(colours.version);
    expect(terminal.colorOf(cid, 6)).toBe(colours.backend);
    expect(terminal.colorOf('Initial')).toBe(colours.initial);
    expect(terminal.colorOf('Handshake')).toBe(colours.handshake);
    terminal.type(' ');
    await terminal.until('‖ paused');
    expect(terminal.colorOf('‖ paused')).toBe(colours.paused);
    terminal.type('g');
    await terminal.until(() => terminal.backgroundOf(terminal.line(4).slice(2, 17)) === colours.selected);
    terminal.type(' 2');
    await terminal.until(/─ Connection IDs ─.* server /s);
    expect(terminal.colorOf(' server ', 1)).toBe(colours.server);
  });

  it('shows losses in red', async () => {
    await live(200, 50, { FAKE_LOST: '1234' });
    await terminal.until('lost 1,234');
    expect(terminal.colorOf('lost 1,234')).toBe(203);
  });

  it('is whole after every resize', async () => {
    await live(200, 50);
    for (const [columns, rows] of [
      [80, 24],
      [40, 10],
      [200, 50],
      [20, 5],
      [120, 30],
      [1, 1],
      [200, 50],
    ] as const) {
      terminal.resize(columns, rows);
      const shown = rows === 1 ? () => true : () => terminal.line(rows - 1).endsWith('q quit');
      await terminal.until(shown);
      await new Promise((done) => setTimeout(done, 250));
      if (columns >= 40) expectWhole(columns, rows);
    }
  });

  it('takes a filter, says what is wrong with one, and clears it', async () => {
    await live(80, 24);
    terminal.type('/xyz');
    await terminal.until(/^ \/ xyz/m);
    terminal.type('\r');
    await terminal.until('^^^');
    expect(terminal.line(23).indexOf('^^^')).toBe(terminal.line(22).indexOf('xyz'));
    expect(terminal.colorOf('^^^')).toBe(203);
    terminal.type('\x15back\t');
    await terminal.until(/^ \/ backend/m);
    terminal.type('\x15backend == 3\r');
    await terminal.until(/filter: backend == 3 {2}[\d,]+ match/);
    const rows = () => terminal.text.split('\n').filter((line) => /^│ \d\d:/.test(line));
    await terminal.until(() => rows().length > 0 && rows().every((line) => / {5}[ ?]3 {16}│$/.test(line)));
    terminal.type('x');
    await terminal.until(/\d+ packets ─/);
  });

  it('filters by the selected row, and says when there is none', async () => {
    await live(120, 30, { FAKE_SECONDS: '0.5' });
    terminal.type('k'.repeat(3));
    await terminal.until(/ \d+ of \d+ packets/);
    terminal.type('d');
    await terminal.until(/filter: dcid == [0-9a-f]+…? +\d+ match/);
    terminal.type('/\x15backend == 999\r');
    await terminal.until('No packet matches the filter');
    terminal.type('d');
    await terminal.until('d: no packet is selected');
    expect(terminal.colorOf('d: no packet')).toBe(221);
  });

  it('pauses while the capture goes on', async () => {
    await live(120, 30);
    terminal.type(' ');
    // What is found out about a packet may come late.
    await terminal.until(/‖ paused \+[12]\d\d/);
    const list = () =>
      terminal.text
        .split('\n')
        .filter((line) => /^│ \d\d:/.test(line))
        .join('\n');
    const frozen = list();
    await terminal.until(/‖ paused \+[3-9]\d\d/);
    expect(list()).toBe(frozen);
    terminal.type(' ');
    await terminal.until(() => terminal.text.includes('● live') && list() !== frozen);
  });

  it('exports what it shows, and says where', async () => {
    await live(160, 30, { FAKE_SECONDS: '1' });
    await terminal.until(/[\d,]+ packets ─/);
    terminal.type('/backend == 3\r');
    await terminal.until('backend == 3');
    await new Promise((done) => setTimeout(done, 1200));
    const matches = Number(/(\d+) match/.exec(terminal.text)?.[1]);
    terminal.type('e');
    await terminal.until(`${matches} frames saved to ${folder}/quic-top-eth0-`);
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.pcapng'));
    const frames = execFileSync('tshark', ['-r', join(folder, file), '-T', 'fields', '-e', 'frame.len'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(frames.trim().split('\n')).toHaveLength(matches);
  });

  it('says why an export failed, and goes on', async () => {
    await live(160, 30, { FAKE_EXPORT_DIR: '/proc/nowhere' });
    terminal.type('e');
    await terminal.until('the folder does not exist (ENOENT)');
    expect(terminal.colorOf('cannot write')).toBe(203);
    await terminal.until('● live');
  });

  it('has a help that fits, over the panes', async () => {
    await live(80, 24);
    terminal.type('?');
    await terminal.until('the view: Packets, CIDs');
    expect(terminal.text).not.toContain('DESTINATION');
    expect(terminal.line(23)).toBe(' esc close  j down  k up  pgdn page down  pgup page up  ctrl-c quit');
    await terminal.until(/\d+ more below/);
    terminal.type('G');
    await terminal.until('suspend (fg goes on)');
    terminal.type('\x1b');
    await terminal.until('DESTINATION');
    await untilWhole(terminal);
    expectWhole(80, 24);
  });

  it('shows no colour with NO_COLOR, and 16 on an old terminal', async () => {
    await live(120, 30, { NO_COLOR: '1' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
    expect(terminal.output).not.toMatch(/\x1b\[[0-9;]*(3[0-8]|4[0-8]|9[0-7])[0-9;]*m/);
    terminal.close();
    await live(120, 30, { TERM: 'xterm', COLORTERM: '' });
    expect(terminal.colorOf('quic-top')).toBe(4);
    expect(terminal.output).not.toContain('38;5');
  });

  it('lets no control byte of a name through', async () => {
    await live(160, 30, { FAKE_INTERFACE: 'e\x1b]0;owned\x07\x1b[2J' });
    await terminal.until('e\\x1b]0;owned\\x07\\x1b[2J');
    expect(terminal.foreignBytes).toEqual([]);
  });

  it.each([
    ['q', () => terminal.type('q'), 0],
    ['Ctrl-C', () => terminal.type('\x03'), 0],
    ['Ctrl-C while a filter is typed', () => terminal.type('/ab\x03'), 0],
    ['SIGTERM', () => terminal.signal('SIGTERM'), 0],
    ['SIGHUP', () => terminal.signal('SIGHUP'), 0],
  ])('gives the terminal back on %s', async (_, end, status) => {
    await live(80, 24);
    end();
    await terminal.ended();
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.text).toContain(`settings kept, status ${status}`);
    expect(terminal.modes).toEqual({ alternate: false, cursorShown: true, mouse: 'none', paste: false, wraps: true });
    const [, afterwards = ''] = terminal.output.split('\x1b[?7h\x1b[?25h\x1b[?1049l');
    expect(afterwards).toContain('ended');
    expect(afterwards).not.toContain('\x1b');
  });

  it('stops on Ctrl-Z and comes back, as shells have it', async () => {
    const shell = ['bash', '-mc', '"$@"; echo stopped; read -r line; fg', 'bash'];
    terminal = new TestTerminal([...shell, process.execPath, program], 80, 24, ENVIRONMENT);
    await terminal.until('● live');
    terminal.type('\x1a');
    await terminal.until(() => !terminal.isAlternate && terminal.text.includes('stopped'));
    terminal.type('\n');
    await terminal.until(() => terminal.isAlternate && terminal.text.includes('● live'));
    terminal.type('?G');
    await terminal.until('suspend (fg goes on)');
    terminal.type('qq');
    await terminal.ended();
    expect(terminal.text).toContain('settings kept, status 0');
  });

  it.each([
    ['SIGTSTP', ':', false],
    // Nothing can act on this one: the shell gets its settings back itself, as those for people do.
    ['SIGSTOP', 'stty "$settings"', true],
  ] as const)('comes back after %s from outside', async (signal, restore, stays) => {
    const script = `settings=$(stty -g); "$@"; ${restore}; echo stopped; read -r line; fg`;
    const command = ['bash', '-mc', script, 'bash', process.execPath, program];
    terminal = new TestTerminal(command, 80, 24, ENVIRONMENT);
    await terminal.until('● live');
    const [, child = ''] =
      /^(\d+)/.exec(readFileSync(`/proc/${terminal.pid}/task/${terminal.pid}/children`, 'utf8')) ?? [];
    process.kill(Number(child), signal);
    await terminal.until(() => terminal.isAlternate === stays && terminal.text.includes('stopped'));
    terminal.type('\n');
    await terminal.until(() => terminal.isAlternate && terminal.text.includes('● live'));
    await terminal.until(() => !terminal.text.includes('stopped'));
    await untilWhole(terminal);
    expectWhole(80, 24);
    // Keys come one by one, and without Enter: the terminal is in raw mode.
    terminal.type('?');
    await terminal.until('the view: Packets, CIDs');
    terminal.type('qq');
    await terminal.ended();
    expect(terminal.text).toContain('settings kept, status 0');
  });

  it('closes the help with q, and quits with Ctrl-C from there', async () => {
    await live(80, 24);
    terminal.type('?');
    await terminal.until('the view: Packets, CIDs');
    terminal.type('q');
    await terminal.until('DESTINATION');
    terminal.type('?');
    await terminal.until('the view: Packets, CIDs');
    terminal.type('\x03');
    await terminal.ended();
    expect(terminal.text).toContain('settings kept, status 0');
  });

  it('takes no answer of the terminal and no key without a meaning for other keys', async () => {
    await live(80, 24);
    const answers = ['\x1b[1;2P', '\x1b[?1;2c', '\x1b[24;5R', '\x1b]11;rgb:2222/3333/4444\x1b\\', '\x1bP1$r2 q\x1b\\'];
    terminal.type(`/a${answers.join('')}b`);
    await terminal.until(/^ \/ ab/m);
    expect(terminal.text).toMatch(/^ \/ ab *$/m);
  });

  it('takes a paste for text: into the prompt that is open, or nowhere', async () => {
    await live(80, 24);
    terminal.type('\x1b[200~2q\x03\x1b[201~');
    terminal.type('w\x1b[200~of\nthree.pcapng\x1b[201~');
    await terminal.until('save as ofthree.pcapng');
    terminal.type('\x1b');
    await terminal.until('? help  q quit');
    expect(terminal.text).toContain('DESTINATION');
    terminal.type('/\x1b[200~backend\r\n == 3\x03\x1b[201~');
    await terminal.until(/^ \/ backend == 3/m);
    terminal.type('\x1b[H\x1b[3~B\x7fb');
    await terminal.until(/^ \/ backend == 3/m);
    terminal.type('\r');
    await terminal.until(/filter: backend == 3 {2}[\d,]+ match/);
  });

  it.each([
    ['typed', ''],
    ['pasted', '\x1b[200~'],
  ])('draws 4,000 characters at once when they are %s at once', async (_, begin) => {
    start(80, 24, { FAKE_RATE: '0' });
    await terminal.until('Waiting for');
    terminal.type('/');
    await terminal.until(/^ \/ /m);
    const before = terminal.output.length;
    terminal.type(`${begin}${'a'.repeat(3999)}z${begin.replace('0~', '1~')}`);
    await terminal.until(/az *$/m);
    expect(terminal.output.length - before).toBeLessThan(20_000);
  });

  it('does not hang on Ctrl-Z where there is no shell', async () => {
    await live(80, 24);
    terminal.type('\x1a?G');
    await terminal.until('suspend (fg goes on)');
    expect(terminal.isAlternate).toBe(true);
  });

  it.each(VIEWS.flatMap(([id], i) => ['lines', 'layout'].map((part) => ({ id, part, digit: String(i + 1) }))))(
    'gives the terminal back when $id throws in its $part',
    async ({ id, part, digit }) => {
      await live(100, 30, { FAKE_BREAK: part });
      // A view that is there already is not laid out again.
      if (id === 'packets') terminal.type('?');
      terminal.type(digit);
      await terminal.ended();
      expect(terminal.modes).toEqual({ alternate: false, cursorShown: true, mouse: 'none', paste: false, wraps: true });
      expect(terminal.text).toContain(`quic-top: internal error: a defect in ${part}`);
      expect(terminal.text).toContain('settings kept, status 1');
    },
  );

  it('gives the terminal back on an exception, and says what it was', async () => {
    await live(80, 24);
    terminal.signal('SIGUSR2');
    await terminal.ended();
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.text).toContain('quic-top: internal error: a defect');
    expect(terminal.text).toContain('settings kept, status 1');
  });
});
