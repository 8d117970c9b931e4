// Bad input of every kind: two lines that say what failed and what to do, the right exit status, nothing left behind.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachForeignProgram } from '../support/foreign-program.js';
import { onKernelWithout } from '../support/kernel.js';
import { PairNetwork } from '../support/lab.js';
import { CLI } from '../support/quic-top.js';

let network: PairNetwork;
let folder: string;

beforeAll(() => {
  network = new PairNetwork();
  folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
});
afterAll(() => {
  network.remove();
  rmSync(folder, { recursive: true });
});

/** Runs quic-top in the left namespace, behind `wrapper` (a command that runs a command), until it ends. */
function quicTop(args: string[], wrapper: string[] = [], cli = CLI) {
  const [program = '', ...rest] = network.left.command([...wrapper, process.execPath, cli, ...args]);
  return spawnSync(program, rest, { encoding: 'utf8', timeout: 20_000 });
}

/** Asserts the two lines and the status, and that the interface is as it was. */
function expectError(result: ReturnType<typeof quicTop>, status: number, what: RegExp, next: RegExp): void {
  const lines = result.stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^quic-top: /);
  expect(lines[0]).toMatch(what);
  expect(lines[1]).toMatch(/^Next: /);
  expect(lines[1]).toMatch(next);
  expect(result.stdout).toBe('');
  expect(result.status).toBe(status);
  expect(network.left.ip('-d link show left')).not.toMatch(/prog\/xdp|promiscuity [1-9]/);
}

const RUN = ['left', '--headless', '--duration', '1s'];

describe('the screen', () => {
  it.each([
    ['--columns', 'time,nothing', /--columns: "nothing" is none of frame, time, .* dcid/, /--columns frame/],
    ['--columns', '', /--columns: "" is none of frame/, /--columns frame/],
    ['--theme', 'pink', /theme.*pink/, /--help/],
  ])('%s %j', (option, value, what, next) => {
    expectError(quicTop(['left', option, value]), 2, what, next);
  });
});

describe('the interface', () => {
  it('does not exist', () => {
    expectError(quicTop(['nope', '--headless']), 1, /find interface nope failed: ENODEV/, /--list-interfaces/);
  });

  it('has a name that no interface can have', () => {
    expectError(quicTop(['../../etc/passwd', '--headless']), 1, /ENODEV/, /--list-interfaces/);
  });

  it('has a name that would move the cursor', () => {
    const result = quicTop(['a\x1b[2Jb', '--headless']);
    expect(result.stderr).not.toContain('\x1b');
    expectError(result, 1, /a\\x1b\[2Jb/, /--list-interfaces/);
  });

  it('is down', () => {
    network.left.ip('link set left down');
    try {
      expectError(quicTop(RUN), 1, /left.*ENETDOWN/, /ip link set dev left up/);
    } finally {
      network.left.ip('link set left up');
    }
  });

  it('has the XDP program of somebody else, which is named and stays', () => {
    const foreign = attachForeignProgram(network.right, 'right', folder);
    const [program = '', ...args] = network.right.command([
      process.execPath,
      CLI,
      'right',
      '--mode',
      'divert',
      '--headless',
    ]);
    const result = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 });
    const { id, tag } = foreign;
    expectError(
      result,
      1,
      new RegExp(`EBUSY .*"foreign", id ${id}, tag ${tag}, loaded \\d s ago by uid 0`),
      new RegExp(`quic-top right --mode tap; .*bpftool prog show id ${id}; .*xdp off`),
    );
    expect(foreign.isAttached()).toBe(true);
    foreign.detach();
  });
});

describe('the options', () => {
  it.each([
    [['left', '--port', '0'], /--port: "0" is not a UDP port/],
    [['left', '--port', '70000'], /--port: "70000" is not a UDP port/],
    [['left', '--port', 'x'], /--port: "x" is not a UDP port/],
    [['left', '--cid', 'quic-lb'], /cid, Given: "quic-lb"/],
    [['left', '--cpu', '0,x'], /--cpu: "x" is not a CPU from 0 to 1023/],
    [['left', '--cpu', '5-2'], /--cpu: "5-2" is not a range of CPUs/],
    [['-r', 'some.pcap', '--cpu', '0'], /--cpu does not go with --read/],
    [['-r', 'some.pcap', '--sample', '10'], /--sample does not go with --read/],
    [['left', '--short', 'some'], /short, Given: "some"/],
    [['left', '--short', 'all', '--sample', '10'], /--sample goes with --short events/],
    [['left', '--sample', '0'], /--sample/],
    [['left', '--divert-short'], /--divert-short goes with --mode divert and --short all/],
    [['left', '--divert-short', '--mode', 'divert'], /--divert-short goes with --mode divert and --short all/],
    [['left', '--buffer', 'lots'], /--buffer: "lots" is not a size/],
    [['left', '--buffer', '64G'], /--buffer/],
    [['left', '--cid-table', '0'], /--cid-table: "0"/],
    [['left', '--count', '-3'], /--count/],
    [['left', '--duration', 'forever'], /--duration: "forever"/],
    [['left', '--mode', 'steal'], /mode/],
    [['left', '--xdp', 'offload'], /xdp/],
    [['left', '--hook', 'netfilter'], /hook/],
    [['left', '--hook', 'tc', '--mode', 'divert'], /--mode divert needs XDP/],
    [['left', '--hook', 'socket', '--xdp', 'native'], /--xdp native goes with --hook xdp/],
    [['left', '--egress', 'socket', '--hook', 'tc'], /--egress socket goes with --hook socket/],
    [['any', '--mode', 'divert'], /--mode divert: XDP programs are attached to one interface/],
    [['left', '--colour'], /colour/],
    [['left', 'right'], /right/],
    [[], /no interface given/],
    [['left', '--quiet'], /--quiet goes with --json/],
  ])('%j', (args, what) => expectError(quicTop(args), 2, what, /./));

  it('have a filter with a mistake, which is pointed at', () => {
    const { stdout, stderr, status } = quicTop(['left', '--filter', 'backend == 17 and sni == "\x1b[2J" or colour']);
    expect(stderr.split('\n')).toEqual([
      'quic-top: filter: unknown field "colour"',
      '  backend == 17 and sni == "\\x1b[2J" or colour',
      `${' '.repeat('  backend == 17 and sni == "\\x1b[2J" or '.length)}^^^^^^`,
      expect.stringMatching(/^Next: write a field/),
      '',
    ]);
    expect([stdout, status]).toEqual(['', 2]);
  });

  it('name a CPU that there is none of', () => {
    expectError(quicTop([...RUN, '--cpu', '0,1023']), 1, /thread on CPU 1023 failed: EINVAL/, /taskset -cp/);
  });

  it('ask for a buffer that is too small', () => {
    expectError(quicTop([...RUN, '--buffer', '100K']), 1, /buffer of 100 KiB is too small/, /--buffer \d+K/);
  });
});

describe('the machine', () => {
  it('runs it without root', () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const copy = join(folder, 'readable');
    cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), join(copy, 'dist'), { recursive: true });
    cpSync(fileURLToPath(new URL('../../build/Release', import.meta.url)), join(copy, 'build/Release'), {
      recursive: true,
    });
    chmodSync(folder, 0o755);
    expectError(quicTop(RUN, nobody, join(copy, 'dist/cli.js')), 1, /failed: EPERM/, /sudo quic-top/);
  });

  it('has no BPF', () => {
    expectError(quicTop(RUN, onKernelWithout('bpf')), 1, /failed: ENOSYS/, /built without BPF/);
  });

  it('lacks a kind of BPF map, which is named with the release that brought it', () => {
    const result = quicTop(RUN, onKernelWithout('bpf-maps'));
    expectError(result, 1, /make the BPF maps failed: EINVAL/, /this kernel, \S+, lacks .*\(LRU\).*Linux 4\.10/);
  });

  it('lets sockets have hardly any memory for a filter, which is enough', () => {
    const limit = network.left.run(['sysctl', '-n', 'net.core.optmem_max']).trim();
    network.left.run(['sysctl', '-qw', 'net.core.optmem_max=4096']);
    try {
      expect(quicTop([...RUN, '--mode', 'tap', '--duration', '1s']).status).toBe(0);
    } finally {
      network.left.run(['sysctl', '-qw', `net.core.optmem_max=${limit}`]);
    }
  });

  it('has no tcx, which is needed for tc programs only', () => {
    const result = quicTop([...RUN, '--hook', 'tc'], onKernelWithout('tcx'));
    expectError(
      result,
      1,
      /attach the tc program on left failed: EINVAL .*tcx, which came with Linux 6\.6/,
      /leave out --hook tc/,
    );
  });

  it('has no BTF, which nothing here needs', () => {
    const hidden = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', 'sh'];
    const result = quicTop([...RUN, '--mode', 'divert'], hidden);
    expect(result.stderr).toMatch(/^listening on left, mode divert \(native\), ports 4433\n$/m);
    expect(JSON.parse(result.stdout)).toMatchObject({ event: 'summary', balanced: true });
    expect(result.status).toBe(0);
  });

  it('has something else where the addon should be', () => {
    const copy = join(folder, 'broken');
    cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), join(copy, 'dist'), { recursive: true });
    cpSync(process.execPath, join(copy, 'build/Release/quic_top.node'));
    const cli = join(copy, 'dist/cli.js');
    expectError(quicTop(RUN, [], cli), 1, /cannot load the native addon/, /npm run build/);
    rmSync(join(copy, 'build'), { recursive: true });
    expectError(quicTop(RUN, [], cli), 1, /cannot load the native addon/, /npm run build/);
  });
});
