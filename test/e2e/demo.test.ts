// The demo as a script uses it, and what is left of it when one of its parts is killed.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { PATIENCE } from '../../demo/program.mjs';
import { Program, sweepAbandoned } from '../support/lab.js';
import { jsonLines } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

const RUN = fileURLToPath(new URL('../../demo/run', import.meta.url));
const NAMESPACES = '/run/netns';

let demo: Program | undefined;

afterEach(async () => {
  await demo?.stop('SIGKILL');
  sweepAbandoned();
});

describe('npm run demo', () => {
  it('gives scripts JSON lines of several backends, and a summary that balances', async () => {
    const program = await startDemo('--json', '--duration', `${5 * PATIENCE}s`);
    expect(await program.ended, program.stderr).toBe(0);
    const { packets, summary } = jsonLines(program.stdout);
    expect(new Set(packets.map(({ backend }) => backend)).size).toBeGreaterThan(3);
    expect(packets.some(({ src }) => src.includes(':'))).toBe(true);
    // Its server uses CIDv1, and proves it; the other one never does.
    const late = packets
      .slice(packets.length / 2)
      .filter(({ backend, trust }) => backend !== null && trust !== 'client');
    expect(late.filter(({ trust }) => trust === 'server').length).toBeGreaterThan(late.length / 2);
    expect(new Set(packets.map(({ type }) => type))).toContain('version_negotiation');
    expect(summary).toMatchObject({ mode: 'divert', xdp: 'native', balanced: true });
    expect(left(program)).toEqual([]);
  });

  it('exports to where nobody may write, at the prompt of root', async () => {
    const terminal = new TestTerminal([RUN], 160, 40, { SUDO_UID: '' });
    await terminal.press('e export');
    const saved = new RegExp(`frames saved to (${tmpdir()}/quic-top-mirror-\\S+\\.pcapng)`);
    await terminal.until(saved);
    rmSync(saved.exec(terminal.text)?.[1] as string);
    terminal.type('q');
    await terminal.ended();
    expect(terminal.text).toContain('settings kept, status 0');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly on %s', async (signal) => {
    const program = await startDemo('--json', '--quiet');
    program.child.kill(signal);
    expect(await program.ended, program.stderr).toBe(0);
    expect(jsonLines(program.stdout).summary?.balanced).toBe(true);
    expect(left(program)).toEqual([]);
  });

  it('goes on when a part of its traffic is killed', async () => {
    const program = await startDemo('--json', '--duration', `${6 * PATIENCE}s`);
    await kill(program, 'cidv1-server.mjs');
    await kill(program, 'cidv1-client.mjs');
    await kill(program, 'gtlsserver');
    const before = jsonLines(completeLines(program.stdout)).packets.length;
    expect(await program.ended, program.stderr).toBe(0);
    const later = jsonLines(program.stdout).packets.slice(before);
    expect(new Set(later.map(({ backend }) => backend)).size).toBeGreaterThan(3);
    expect(left(program)).toEqual([]);
  });

  it('ends and says so when quic-top is killed', async () => {
    const program = await startDemo('--headless');
    await kill(program, 'cli.js');
    expect(await program.ended).toBe(137);
    expect(program.stderr).toContain('quic-top was ended by SIGKILL');
    expect(left(program)).toEqual([]);
  });

  it('leaves nothing behind when it is killed', async () => {
    const program = await startDemo('--headless');
    const pids = programs(program);
    expect(pids.length).toBeGreaterThanOrEqual(5);
    await program.stop('SIGKILL');
    await becomes(() => left(program).length === 0 && !pids.some(lives));
  });

  it('is swept up by the next start when it is killed together with its guard', async () => {
    const program = await startDemo('--headless');
    const pids = programs(program);
    await kill(program, 'demo/sweep');
    program.child.kill('SIGKILL');
    await becomes(() => !lives(program.child.pid as number));
    expect(left(program)).not.toEqual([]);
    sweepAbandoned();
    expect(left(program)).toEqual([]);
    expect(pids.filter(lives)).toEqual([]);
  });
});

async function startDemo(...args: string[]): Promise<Program> {
  demo = new Program([RUN, ...args]);
  await demo.printed(/^listening on mirror/m, 30_000);
  return demo;
}

/** The namespaces and folders that this demo has made: they are named by its process. */
function left(program: Program): string[] {
  const own = (name: string) => name.startsWith(`qtlab-${program.child.pid}-`);
  return [...(existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : []), ...readdirSync(tmpdir())].filter(own);
}

/** The processes that this demo has started. */
function programs(program: Program): number[] {
  const pid = program.child.pid;
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

/** Empty when the process is gone: the demo starts clients that end by themselves. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Kills the one of its processes that has this word in its command line; one that died is started again soon. */
async function kill(program: Program, word: string): Promise<void> {
  let pid = 0;
  await becomes(() => {
    pid = programs(program).find((pid) => commandLine(pid).includes(word)) ?? 0;
    return pid > 0;
  });
  process.kill(pid, 'SIGKILL');
  await becomes(() => !lives(pid));
}

/** A zombie, which nobody has waited for yet, lives no more. */
function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function becomes(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('10 s passed in vain');
    await sleep(20);
  }
}

function completeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}
