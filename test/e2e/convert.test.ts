// quic-top -r FILE -w FILE: filters and converts captures, and what it writes is what it read.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pcapng, pcap } from '../support/capture-files.js';
import { framesOf, run, tshark } from '../support/exports.js';
import { cidv1, concat, ethernet, ipv4, longHeader, shortHeader, udp } from '../support/packets.js';
import { CLI, jsonLines } from '../support/quic-top.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURES = join(ROOT, 'test/fixtures');
const CAPTURES = readdirSync(FIXTURES).filter((name) => /\.pcap(ng)?$/.test(name));
const TIME = 1_795_349_717_123_456_789n;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-convert-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

function quicTop(args: string[], { cli = CLI, wrapper = [] as string[], env = {} } = {}) {
  const [program = '', ...rest] = [...wrapper, process.execPath, cli, ...args];
  return spawnSync(program, rest, {
    encoding: 'buffer',
    timeout: 20_000,
    maxBuffer: 2 ** 28,
    env: { ...process.env, SUDO_UID: '', SUDO_GID: '', ...env },
  });
}

/** The paths of what a process has open. */
const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));

/** Runs it with --json; it must succeed. */
function read(...args: string[]) {
  const { status, stdout, stderr } = quicTop([...args, '--json']);
  expect([status, `${stderr}`]).toEqual([0, '']);
  return jsonLines(`${stdout}`);
}

/** A capture of `count` packets of each of two backends, with a short header after each. */
function capture(count: number, name = 'in.pcap', payload = 0): string {
  const frames = [17, 18].map((backend) =>
    ethernet(ipv4(udp(longHeader({ dcid: cidv1(backend), payload: new Uint8Array(payload) })))),
  );
  frames.push(ethernet(ipv4(udp(shortHeader()))));
  const all = Array.from({ length: 3 * count }, (_, i) => ({
    time: TIME + BigInt(i),
    bytes: frames[i % 3] as Uint8Array,
  }));
  writeFileSync(at(name), pcap(all, { nanoseconds: true }));
  return at(name);
}

describe.each(CAPTURES)('%s', (name) => {
  const { ports } = JSON.parse(readFileSync(join(FIXTURES, name.replace(/\.pcap(ng)?$/, '.packets.json')), 'utf8'));
  const options = ['--port', ports.join()];

  it('is the same after it was written, and written again', () => {
    const first = read('-r', join(FIXTURES, name), '-w', at('a.pcapng'), ...options);
    const second = read('-r', at('a.pcapng'), '-w', at('b.pcapng'), ...options);
    const third = read('-r', at('b.pcapng'), ...options);
    // Frames are counted anew: only those with long headers were written.
    const places = new Map([...new Set(first.packets.map(({ frame }) => frame))].map((frame, i) => [frame, i + 1]));
    expect(first.packets.length).toBeGreaterThan(0);
    expect(second.packets).toEqual(first.packets.map((packet) => ({ ...packet, frame: places.get(packet.frame) })));
    expect(third.packets).toEqual(second.packets);
    expect(first.summary?.write).toEqual({ frames: places.size, skipped: 0 });
    expect(second.summary).toMatchObject({ captured: places.size, write: { frames: places.size } });
  });

  it('gives tshark the same frames at the same times', () => {
    const { packets } = read('-r', join(FIXTURES, name), '-w', at('a.pcapng'), ...options);
    const frames = new Set(packets.map(({ frame }) => `${frame}`));
    const fields = [
      'frame.number',
      'frame.time_epoch',
      'frame.len',
      'frame.cap_len',
      'frame.encap_type',
      'udp.srcport',
    ];
    const expected = tshark(join(FIXTURES, name), ...fields)
      .map((line) => line.split('\t'))
      .filter(([number = '']) => frames.has(number));
    const written = tshark(at('a.pcapng'), ...fields).map((line) => line.split('\t'));
    expect(written.map((line) => line.slice(1))).toEqual(expected.map((line) => line.slice(1)));
    expect(run('capinfos', '-M', '-c', at('a.pcapng'))).toMatch(new RegExp(`packets:\\s+${frames.size}$`, 'm'));
  });
});

describe('-r with -w', () => {
  it('writes what the filter chooses, as pcapng or pcap, and prints only the summary', () => {
    for (const name of ['out.pcapng', 'out.pcap']) {
      const { status, stdout, stderr } = quicTop(['-r', capture(50), '-Y', 'backend == 17', '-w', at(name)]);
      expect([status, `${stdout}`]).toEqual([0, '']);
      expect(`${stderr}`).toMatch(/^150 frames read in .*\n50 frames written\n$/);
      const frames = framesOf(at(name));
      expect(frames).toHaveLength(50);
      expect(frames[1]).toMatch(/^1795349717\.123456792\t/);
    }
    expect(tshark(at('out.pcapng'), 'frame.comment', 'frame.interface_name')[0]).toBe('backend 17, queue 17\tunknown');
  });

  it('writes what a filter chooses by what is in Initials', () => {
    const { packets } = read('-r', join(FIXTURES, 'quiche-cidv1.pcap'), '-Y', 'sni', '-w', at('out.pcapng'));
    expect(packets.length).toBeGreaterThan(10);
    expect(framesOf(at('out.pcapng'))).toHaveLength(new Set(packets.map(({ frame }) => frame)).size);
    const { status, stderr } = quicTop([
      '-r',
      join(FIXTURES, 'quiche-cidv1.pcap'),
      '-Y',
      'sni',
      '-w',
      at('quiet.pcapng'),
    ]);
    expect([status, framesOf(at('quiet.pcapng'))]).toEqual([0, framesOf(at('out.pcapng'))]);
    expect(`${stderr}`).toMatch(/frames written\n$/);
  });

  it('prints and writes in one pass, no more than --count packets', () => {
    const { packets, summary } = read('-r', capture(50), '-w', at('out.pcapng'), '--count', '7');
    expect(packets).toHaveLength(7);
    expect(summary?.write).toEqual({ frames: 7, skipped: 0 });
    expect(framesOf(at('out.pcapng'))).toHaveLength(7);
  });

  it('writes to standard output', () => {
    const { status, stdout, stderr } = quicTop(['-r', capture(50), '-w', '-']);
    expect(status).toBe(0);
    expect(`${stderr}`).toContain('100 frames written');
    writeFileSync(at('piped.pcapng'), stdout);
    expect(framesOf(at('piped.pcapng'))).toHaveLength(100);
  });

  it('needs little memory for a large file', () => {
    const { summary } = read('-r', capture(10_000, 'in.pcap', 1000), '-q', '-w', at('out.pcapng'), '--buffer', '1M');
    expect(summary?.write).toEqual({ frames: 20_000, skipped: 0 });
    expect(framesOf(at('out.pcapng'))).toHaveLength(20_000);
  });

  it('writes frames without a time, and of any time', () => {
    const ng = new Pcapng();
    const bytes = ethernet(ipv4(udp(longHeader({ dcid: cidv1(17) }))));
    const start = concat(ng.section(), ng.interface(1, { resolution: 9 }));
    const far = 2n ** 63n + 1n;
    const blocks = concat(
      ng.enhanced(0, { time: TIME, bytes }),
      ng.simple(bytes),
      ng.enhanced(0, { time: far, bytes }),
    );
    writeFileSync(at('in.pcapng'), concat(start, blocks));
    const { packets } = read('-r', at('in.pcapng'), '-w', at('out.pcapng'));
    expect(read('-r', at('out.pcapng')).packets).toEqual(packets);
    expect(tshark(at('out.pcapng'), 'frame.time_epoch')).toEqual([
      '1795349717.123456789',
      '0.000000000',
      '9223372036.854775809',
    ]);
  });

  it('keeps what it has read when it is told to stop', async () => {
    const child = spawn(process.execPath, [CLI, '-r', '-', '-w', at('out.pcapng')], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.write(readFileSync(capture(50)));
    // It has opened its file, so it has begun.
    await vi.waitFor(() => expect(openFiles(child.pid as number).join()).toContain(folder), 10_000);
    setTimeout(() => child.kill('SIGTERM'), 700);
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(framesOf(at('out.pcapng')).length).toBeGreaterThan(0);
    expect(readdirSync(folder).sort()).toEqual(['in.pcap', 'out.pcapng']);
  });
});

describe('-r with -w that cannot write', () => {
  function expectError(result: ReturnType<typeof quicTop>, what: RegExp, status = 1) {
    expect(`${result.stderr}`).toMatch(what);
    expect(`${result.stderr}`).toMatch(/^quic-top: [\x20-\x7e]+\nNext: [\x20-\x7e]+\n$/);
    expect([result.status, `${result.stdout}`]).toEqual([status, '']);
  }

  /** Of the user who called sudo, in whose folder it is. */
  const SUDO = { env: { SUDO_UID: '12345', SUDO_GID: '54321' } };

  function twoLinkTypes(): string {
    const ng = new Pcapng();
    const ip = ipv4(udp(longHeader({ dcid: cidv1(17) })));
    const interfaces = concat(ng.section(), ng.interface(1), ng.interface(101));
    const blocks = [ethernet(ip), ip.bytes].map((bytes, i) => ng.enhanced(i, { time: TIME / 1000n, bytes }));
    writeFileSync(at('in.pcapng'), concat(interfaces, ...blocks));
    return at('in.pcapng');
  }

  it('two link types in a .pcap', () => {
    chownSync(folder, 12345, 54321);
    const result = quicTop(['-r', twoLinkTypes(), '-w', at('out.pcap')], SUDO);
    expectError(result, /two link types \(1 and 101\)\nNext: write a .pcapng/);
    expect(readdirSync(folder)).toEqual(['in.pcapng']);
  });

  it('the same in a folder of root: what nobody cannot remove is empty', () => {
    expectError(quicTop(['-r', twoLinkTypes(), '-w', at('out.pcap')]), /two link types/);
    expect(statSync(at('out.pcap'))).toMatchObject({ size: 0, uid: 0 });
  });

  it('to itself, to a file that exists, through a link', () => {
    const path = capture(5);
    const before = readFileSync(path);
    symlinkSync(path, at('link.pcap'));
    symlinkSync(at('nowhere'), at('dangling.pcap'));
    for (const name of ['in.pcap', 'link.pcap', 'dangling.pcap']) {
      expectError(quicTop(['-r', path, '-w', at(name)]), /it exists already \(EEXIST\)/);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('to a full disk', () => {
    const path = capture(2000);
    mkdirSync(at('disk'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,uid=12345,gid=54321', 'none', at('disk')]);
    chownSync(folder, 12345, 54321);
    try {
      expectError(quicTop(['-r', path, '-w', at('disk/out.pcapng')], SUDO), /the disk is full \(ENOSPC\)/);
      expect(readdirSync(at('disk'))).toEqual([]);
    } finally {
      execFileSync('umount', [at('disk')]);
    }
  });

  it('where a user without privilege may not; elsewhere that user may', () => {
    const path = capture(5);
    chmodSync(path, 0o644);
    chmodSync(folder, 0o755);
    for (const part of ['dist', 'build/Release']) cpSync(join(ROOT, part), at(part), { recursive: true });
    mkdirSync(at('open'));
    chmodSync(at('open'), 0o777);
    const nobody = { cli: at('dist/cli.js'), wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] };
    expectError(quicTop(['-r', path, '-w', at('out.pcapng')], nobody), /uid 65534 may not write there \(EACCES\)/);
    expect(quicTop(['-r', path, '-w', at('open/out.pcapng')], nobody).status).toBe(0);
    expect(framesOf(at('open/out.pcapng'))).toHaveLength(10);
  });

  it('to a name of no format: before anything is read', () => {
    expectError(quicTop(['-r', capture(5), '-w', at('out.txt')]), /neither a .pcap nor a .pcapng file/, 2);
  });
});
