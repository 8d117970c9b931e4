// The ways out of the real command: from every view, and what tmux knows of its terminal afterwards.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI } from '../support/quic-top.js';
import { openCapture, VIEWS } from '../support/screen.js';
import type { TestTerminal } from '../support/terminal.js';

const WAYS: Record<string, (terminal: TestTerminal) => void> = {
  q: (terminal) => terminal.type('q'),
  'Ctrl-C': (terminal) => terminal.type('\x03'),
  SIGTERM: (terminal) => terminal.signal('SIGTERM'),
  SIGHUP: (terminal) => terminal.signal('SIGHUP'),
};

describe('in a terminal', () => {
  let network: PairNetwork;
  let terminal: TestTerminal;
  beforeAll(() => {
    network = new PairNetwork();
  });
  afterAll(() => network.remove());
  afterEach(() => terminal.close());

  it.each(
    VIEWS.flatMap(([id, title], i) => Object.keys(WAYS).map((way) => ({ id, title, way, digit: String(i + 1) }))),
  )('$way in $id leaves it as it was', async ({ way, title, digit }) => {
    terminal = await openCapture(network, [], { columns: 120, rows: 30 });
    expect(terminal.modes).toEqual({ alternate: true, cursorShown: false, mouse: 'vt200', paste: true, wraps: false });
    sendDatagrams(network.right, PairNetwork.LEFT[0] as string, [longHeader({ dcid: cidv1(17), type: 'handshake' })]);
    await terminal.until(/ 1 packets ─/);
    terminal.type(digit);
    await terminal.until(title);
    WAYS[way]?.(terminal);
    await terminal.ended();
    expect(terminal.modes).toEqual({ alternate: false, cursorShown: true, mouse: 'none', paste: false, wraps: true });
    expect(terminal.text).toContain('1 frames captured, 0 lost');
    expect(terminal.text).toContain('settings kept, status 0');
    expect(network.left.ip('link show left')).not.toContain('xdp');
  });
});

describe('in tmux', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quic-top-tmux-'));
  const capture = fileURLToPath(new URL('../fixtures/chromium-caddy.pcap', import.meta.url));
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...args], { encoding: 'utf8' }).trim();
  const flags = () =>
    tmux('display', '-p', '#{alternate_on} #{cursor_flag} #{wrap_flag} #{mouse_any_flag} #{mouse_sgr_flag}');
  const stty = () => execFileSync('stty', ['-g', '-F', tmux('display', '-p', '#{pane_tty}')], { encoding: 'utf8' });
  const AS_BEFORE = '0 1 1 0 0';
  const until = async (state: string) => {
    for (const deadline = Date.now() + 10_000; flags() !== state; await sleep(20)) {
      if (Date.now() > deadline) throw new Error(`${flags()} instead of ${state}:\n${tmux('capture-pane', '-p')}`);
    }
  };

  beforeAll(() => {
    tmux('new-session', '-d', '-x', '120', '-y', '30', 'sh');
  });
  afterAll(() => {
    tmux('kill-server');
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['q', () => tmux('send-keys', 'q')],
    ['Ctrl-C', () => tmux('send-keys', 'C-c')],
    ['SIGTERM', () => kill('TERM')],
    ['SIGHUP', () => kill('HUP')],
  ])('%s leaves it as it was', async (_, end) => {
    await until(AS_BEFORE);
    const settings = stty();
    tmux('send-keys', `${process.execPath} ${CLI} -r ${capture}`, 'Enter');
    await until('1 0 0 1 1');
    await vi.waitFor(() => expect(stty()).not.toBe(settings), 5000);
    end();
    await until(AS_BEFORE);
    // The shell has set its own again when it prompts.
    await vi.waitFor(() => expect(stty()).toBe(settings), 5000);
  });

  /** The only child of the pane's shell. */
  function kill(signal: string): void {
    const pid = execFileSync('pgrep', ['-P', tmux('display', '-p', '#{pane_pid}')], { encoding: 'utf8' }).trim();
    execFileSync('kill', [`-${signal}`, pid]);
  }
});
