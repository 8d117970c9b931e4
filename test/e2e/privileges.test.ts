// Root is for setting up only: whom quic-top becomes, in every thread, and that everything still works then.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { rfcInitial } from '../support/fixtures.js';
import { PairNetwork, Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
const NOBODY = 65534;
const CALLER = 12345;
const SUDO = { SUDO_UID: String(CALLER), SUDO_GID: String(CALLER) };

let network: PairNetwork;
/** A folder of root's alone, and one of the user in question, both empty. */
let rootsFolder: string;
let usersFolder: string;
let folders = 0;

beforeAll(() => {
  network = new PairNetwork();
  chmodSync(network.dir, 0o711);
});
afterAll(() => network.remove());
beforeEach(() => {
  folders++;
  rootsFolder = join(network.dir, `root-${folders}`);
  usersFolder = join(network.dir, `user-${folders}`);
  for (const folder of [rootsFolder, usersFolder]) mkdirSync(folder, { mode: 0o700 });
});

/** What of /proc/PID/status tells the rights of a thread. */
const RIGHTS = ['Uid', 'Gid', 'Groups', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs'];

/** The rights of every thread of a process: the different ones. */
function rights(pid: number): Record<string, string>[] {
  const seen = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return Object.fromEntries(
      RIGHTS.map((name) => [name, new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1]?.trim().replace(/\t/g, ' ')]),
    ) as Record<string, string>;
  });
  expect(seen.length).toBeGreaterThan(5); // V8's and libuv's
  return [...new Map(seen.map((each) => [JSON.stringify(each), each])).values()];
}

/** The rights of a user who has none. */
function none(uid: number, gid = uid): Record<string, string> {
  const zero = '0'.repeat(16);
  return {
    ...{ Uid: Array(4).fill(uid).join(' '), Gid: Array(4).fill(gid).join(' '), Groups: '', NoNewPrivs: '1' },
    ...{ CapInh: zero, CapPrm: zero, CapEff: zero, CapBnd: zero, CapAmb: zero },
  };
}

const isAsBefore = () => !/prog\/xdp|promiscuity [1-9]/.test(network.left.ip('-d link show left'));

function send(count: number): void {
  const payloads = Array.from({ length: count }, () => longHeader({ dcid: cidv1(17) }));
  sendDatagrams(network.right, LEFT, payloads);
}

/** Starts quic-top in the left namespace; `wrapper` is a command that runs a command. */
async function start(args: string[], env: Record<string, string> = {}, wrapper: string[] = [], cli = CLI) {
  const command = [...wrapper, process.execPath, cli, 'left', '--mode', 'divert', ...args];
  const program = new Program(network.left.command(command), { env: { SUDO_UID: '', SUDO_GID: '', ...env } });
  await program.printed(/^listening/m);
  return program;
}

/** Runs quic-top, which is to fail: in two lines, with nothing left behind. */
function fails(args: string[], env: Record<string, string> = {}, wrapper: string[] = [], cli = CLI): string {
  const [program = '', ...rest] = network.left.command([...wrapper, process.execPath, cli, 'left', ...args]);
  const result = spawnSync(program, rest, { encoding: 'utf8', timeout: 20_000, env: { ...process.env, ...env } });
  expect(result.stderr).toMatch(/^(quic-top: tap: .*\n)?quic-top: .*\nNext: .*\n$/);
  expect(result.stdout).toBe('');
  expect(isAsBefore()).toBe(true);
  return `${result.status} ${result.stderr}`;
}

/** Copies what is needed to run into a folder; returns the path of the command. */
function copyProgram(folder: string): string {
  for (const part of ['dist', 'build/Release']) {
    cpSync(fileURLToPath(new URL(`../../${part}`, import.meta.url)), join(folder, part), { recursive: true });
  }
  return join(folder, 'dist/cli.js');
}

/** The only file in a folder. */
function onlyFile(folder: string): string {
  const [name = '', ...more] = readdirSync(folder);
  expect(more).toEqual([]);
  return join(folder, name);
}

describe('whom it becomes', () => {
  it('nobody, at the prompt of root; its threads keep their priority, and the ledger balances', async () => {
    const quicTop = await start(['--headless']);
    const pid = quicTop.child.pid as number;
    expect(rights(pid)).toEqual([none(NOBODY)]);
    const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(' '),
    );
    const nice = threads.filter(([, name]) => name === '(qt-drain)').map((fields) => fields[18]);
    expect(nice).toEqual(['-20']);
    send(10);
    expect(await quicTop.stop('SIGINT')).toBe(0);
    expect(JSON.parse(quicTop.stdout)).toMatchObject({ captured: 10, balanced: true });
    expect(isAsBefore()).toBe(true);
  });

  it.each([
    ['who called sudo', [], SUDO, CALLER, CALLER],
    ['nobody, when root called sudo', [], { SUDO_UID: '0', SUDO_GID: '0' }, NOBODY, NOBODY],
    ['--user by name', ['--user', 'www-data'], SUDO, 33, 33],
    ['--user by number, with the group of that user', ['--user', '33'], {}, 33, 33],
    ['--user by a number without a name', ['--user', '54321'], {}, 54321, NOBODY],
  ])('%s', async (_, args, env, uid, gid) => {
    const quicTop = await start(['--headless', ...args], env);
    expect(rights(quicTop.child.pid as number)).toEqual([none(uid, gid)]);
    expect(await quicTop.stop('SIGINT')).toBe(0);
    expect(quicTop.stderr).not.toContain('root');
    expect(isAsBefore()).toBe(true);
  });

  it('keeps other programs of that user away from what it has open', async () => {
    const quicTop = await start(['--headless'], SUDO);
    const sameUser = [`--reuid=${CALLER}`, `--regid=${CALLER}`, '--clear-groups'];
    const result = spawnSync('setpriv', [...sameUser, 'ls', `/proc/${quicTop.child.pid}/fd`], { encoding: 'utf8' });
    expect(result.stderr).toContain('Permission denied');
    await quicTop.stop('SIGINT');
  });

  it('--user root: still root, with a warning', async () => {
    const quicTop = await start(['--headless', '--user', 'root'], SUDO);
    const [mine] = rights(process.pid);
    expect(rights(quicTop.child.pid as number)).toEqual([mine]);
    await quicTop.stop('SIGINT');
    expect(quicTop.stderr).toMatch(/^quic-top: --user root: it stays root/);
  });

  it('nobody else, when it has only capabilities: it loses those', async () => {
    const cli = copyProgram(usersFolder);
    chmodSync(usersFolder, 0o755);
    const capabilities = ['sys_admin', 'net_admin', 'net_raw'].map((name) => `+${name}`);
    const sets = [`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`];
    const wrapper = ['setpriv', '--reuid=33', '--regid=33', '--clear-groups', ...sets];
    const quicTop = await start(['--headless'], SUDO, wrapper, cli);
    // Without CAP_SETPCAP the bounding set stays, which no_new_privs makes useless.
    const expected = { ...none(33), CapBnd: expect.anything() };
    expect(rights(quicTop.child.pid as number)).toEqual([expected]);
    send(3);
    await quicTop.stop('SIGINT');
    expect(JSON.parse(quicTop.stdout)).toMatchObject({ captured: 3, balanced: true });

    const other = fails(['--headless', '--user', 'nobody'], SUDO, wrapper, cli);
    expect(other).toMatch(/^2 .*only root can become another user/);
  });

  it('an unknown user is bad usage', () => {
    expect(fails(['--headless', '--user', 'nobody-at-all'])).toMatch(/^2 .*no user "nobody-at-all"/);
    expect(fails(['--headless', '--user', '4294967295'])).toMatch(/^2 .*no user/);
  });

  it('ends, and captures nothing, when it cannot become anybody', () => {
    const withoutSetuid = ['setpriv', '--bounding-set=-setuid,-setgid'];
    const result = fails(['--headless'], {}, withoutSetuid);
    expect(result).toMatch(/^1 .*give up root's rights failed: EPERM.*--user root/s);
  });
});

describe('files', () => {
  it('--write at the prompt of root belongs to root, wherever it is', async () => {
    const quicTop = await start(['--json', '--quiet', '--write', join(rootsFolder, 'x.pcapng')]);
    expect(rights(quicTop.child.pid as number)).toEqual([none(NOBODY)]);
    send(3);
    await quicTop.stop('SIGINT');
    expect(JSON.parse(quicTop.stdout).write).toEqual({ frames: 3, skipped: 0 });
    expect(statSync(onlyFile(rootsFolder)).uid).toBe(0);
  });

  it('--write under sudo belongs to who called it, who must be allowed to write there', async () => {
    chownSync(usersFolder, CALLER, CALLER);
    const quicTop = await start(['--json', '--quiet', '--write', join(usersFolder, 'x.pcapng')], SUDO);
    send(3);
    await quicTop.stop('SIGINT');
    expect(JSON.parse(quicTop.stdout).write).toEqual({ frames: 3, skipped: 0 });
    expect(statSync(onlyFile(usersFolder))).toMatchObject({ uid: CALLER, gid: CALLER });

    const result = fails(['--headless', '--write', join(rootsFolder, 'x.pcapng')], SUDO);
    expect(result).toMatch(/^1 .*x\.pcapng: uid 12345 may not write there \(EACCES\)/s);
    expect(readdirSync(rootsFolder)).toEqual([]);
  });

  it('--read is opened as root, and read as nobody', async () => {
    const pipe = join(rootsFolder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const quicTop = new Program([process.execPath, CLI, '--read', pipe, '--json', '--quiet'], {
      env: { SUDO_UID: '' },
    });
    const pid = quicTop.child.pid as number;
    await vi.waitFor(() => expect(rights(pid)).toEqual([none(NOBODY)]), 5000);
    const capture = fileURLToPath(new URL('../fixtures/ngtcp2-v1.pcap', import.meta.url));
    execFileSync('sh', ['-c', 'cat "$1" > "$2"', 'sh', capture, pipe]);
    expect(await quicTop.ended).toBe(0);
    expect(JSON.parse(quicTop.stdout).captured).toBeGreaterThan(0);
  });
});

describe('the screen', () => {
  const open = (exportDir: string, env: Record<string, string> = {}, cli = CLI) => {
    const options = ['--mode', 'divert', '--export-dir', exportDir];
    const command = network.left.command([process.execPath, cli, 'left', ...options]);
    return new TestTerminal(command, 200, 40, { SUDO_UID: '', SUDO_GID: '', ...env });
  };

  it('exports what belongs to the user, filters, changes the mode, and quits cleanly', async () => {
    chownSync(usersFolder, CALLER, CALLER);
    const terminal = open(usersFolder, SUDO);
    try {
      await terminal.until('Waiting for QUIC');
      expect(rights(terminal.pid)).toEqual([none(CALLER)]);
      send(5);
      await terminal.until(/ 5 packets ─/);
      terminal.type('/backend == 17\r');
      await terminal.until(/ 5 match/);
      await terminal.press('e export');
      await terminal.until('5 frames saved to');
      expect(rights(terminal.pid)).toEqual([none(CALLER)]);
      expect(statSync(onlyFile(usersFolder))).toMatchObject({ uid: CALLER, gid: CALLER, mode: 0o100600 });
      terminal.type('my');
      await terminal.until(/^ quic-top {2}left {2}tap /m);
      send(5);
      await terminal.until(/ 10 match/);
      terminal.type('my');
      await terminal.until(/^ quic-top {2}left {2}divert /m);
      send(5);
      await terminal.until(/ 15 match/);
      expect(rights(terminal.pid)).toEqual([none(CALLER)]);
      terminal.type('q');
      await terminal.ended();
      expect(terminal.text).toContain('10 diverted, 5 copied');
      expect(terminal.text).toContain('15 frames captured, 0 lost');
      expect(terminal.text).toContain('settings kept, status 0');
      expect(isAsBefore()).toBe(true);
    } finally {
      terminal.close();
    }
  });

  it('works from a folder that only root can read', async () => {
    chownSync(usersFolder, NOBODY, NOBODY);
    const terminal = open(usersFolder, {}, copyProgram(rootsFolder));
    try {
      await terminal.until('Waiting for QUIC');
      sendDatagrams(network.right, LEFT, [rfcInitial()]);
      await terminal.until(/8394c8f03e515708 .* example\.com/); // which a worker thread found out
      await terminal.press('e export');
      await terminal.until(/1 frames? saved to/); // by another one
      expect(statSync(onlyFile(usersFolder)).uid).toBe(NOBODY);
      terminal.type('?');
      await terminal.until('this list of keys');
      terminal.type('?q');
      await terminal.ended();
      expect(terminal.text).toContain('settings kept, status 0');
    } finally {
      terminal.close();
    }
  });

  it("of a capture file is nobody's, too", async () => {
    cpSync(fileURLToPath(new URL('../fixtures/ngtcp2-v1.pcap', import.meta.url)), join(rootsFolder, 'x.pcap'));
    const command = [process.execPath, CLI, '--read', join(rootsFolder, 'x.pcap')];
    const terminal = new TestTerminal(command, 200, 40, { SUDO_UID: '' });
    try {
      await terminal.until(/Initial/);
      expect(rights(terminal.pid)).toEqual([none(NOBODY)]);
    } finally {
      terminal.close();
    }
  });

  it('says so when the user may not write into the folder of exports', async () => {
    const terminal = open(rootsFolder);
    try {
      await terminal.until('Waiting for QUIC');
      send(5);
      await terminal.until(/ 5 packets ─/);
      await terminal.press('e export');
      await terminal.until(/uid 65534 may not write there \(EACCES\) - .*--export-dir DIR, or --user root/);
      expect(readdirSync(rootsFolder)).toEqual([]);
    } finally {
      terminal.close();
    }
  });
});

describe('without root, with', () => {
  const CLI_COPY = 'program/dist/cli.js';
  beforeAll(() => {
    for (const part of ['dist', 'build/Release']) {
      const from = fileURLToPath(new URL(`../../${part}`, import.meta.url));
      cpSync(from, join(network.dir, 'program', part), { recursive: true });
    }
  });

  /** A user who has been given some capabilities. */
  const userWith = (...names: string[]) => {
    const list = names.map((name) => `+${name}`).join();
    const rights = [
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      `--inh-caps=${list}`,
      `--ambient-caps=${list}`,
    ];
    return ['setpriv', ...rights];
  };
  const TAP = ['bpf', 'perfmon', 'net_raw'];

  /** Captures a packet, and gives the summary. */
  async function capture(capabilities: string[], args: string[]) {
    const command = [
      ...userWith(...capabilities),
      process.execPath,
      join(network.dir, CLI_COPY),
      'left',
      '--headless',
      ...args,
    ];
    const quicTop = new Program(network.left.command(command));
    await quicTop.printed(/^listening on/m);
    expect(rights(quicTop.child.pid as number).map(({ CapPrm }) => CapPrm)).toEqual(['0'.repeat(16)]);
    sendDatagrams(network.right, LEFT, [longHeader({ dcid: cidv1(17) })]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await quicTop.stop('SIGINT'), quicTop.stderr).toBe(0);
    return { summary: JSON.parse(quicTop.stdout), stderr: quicTop.stderr };
  }

  it('CAP_BPF, CAP_PERFMON and CAP_NET_RAW, mode tap shows what arrives', async () => {
    const { summary, stderr } = await capture(TAP, ['--mode', 'tap']);
    expect(summary).toMatchObject({ captured: 1, balanced: true, egress: null });
    expect(stderr).toMatch(/only what arrives is seen: .*EPERM/);
  });

  it('CAP_NET_ADMIN too, what leaves is seen, and mode divert takes packets', async () => {
    const { summary } = await capture([...TAP, 'net_admin'], ['--mode', 'tap']);
    expect(summary).toMatchObject({ captured: 1, balanced: true, egress: { tapped: 0 } });
    const diverted = await capture([...TAP, 'net_admin', 'ipc_lock'], ['--mode', 'divert']);
    expect(diverted.summary).toMatchObject({ captured: 1, balanced: true, kernel: { redirected: 1 } });
  });
});
