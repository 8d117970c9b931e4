import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportFrames } from '../../../src/core/export/export-frames.js';
import { pcap } from '../../../src/core/export/pcap.js';
import { pcapng } from '../../../src/core/export/pcapng.js';
import { compileFilter } from '../../../src/core/filter/index.js';
import { FakeRecorder } from '../../support/fake-recorder.js';

const DATE = new Date('2026-11-22T12:34:56.789Z');
const NAME = 'quic-top-eth0-20261122T123456Z';
const EPOCH = 1_763_812_799_999_999_990n;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-export-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  delete process.env.SUDO_UID;
  delete process.env.SUDO_GID;
});

const heads = (fake: FakeRecorder) => fake.recorder.lanes.map((lane) => lane.head());

function save(fake: FakeRecorder, changes: Partial<Parameters<typeof exportFrames>[1]> = {}) {
  return exportFrames(fake.recorder, {
    folder,
    interface: 'eth0',
    format: pcap,
    matches: compileFilter(''),
    ends: heads(fake),
    date: DATE,
    signal: new AbortController().signal,
    ...changes,
  });
}

/** A frame that says which one it is. */
const frame = (number: number, length = 64) => new Uint8Array(length).fill(number);

/** The frames of a capture file as tshark reads them: time, length, first byte. */
function tshark(path: string): [time: string, length: number][] {
  const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.len'];
  const text = execFileSync('tshark', ['-r', path, ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [time = '', length] = line.split('\t');
      return [time, Number(length)];
    });
}

describe('exportFrames', () => {
  it('saves pcapng with the filter, the backends, the losses and times to the nanosecond', async () => {
    const fake = new FakeRecorder({ epoch: EPOCH });
    fake.add({ time: 1, frame: frame(1, 61), backend: 4660 });
    fake.add({ time: 15, frame: frame(2, 62) });
    const filter = 'evil\n\x1b[2J';
    const counts = () => ({ received: 2, dropped: 7 });
    const { path, frames } = await save(fake, { format: pcapng({ interface: 'eth0', filter, counts }) });
    expect([path, frames]).toEqual([join(folder, `${NAME}.pcapng`), 2]);
    expect(tshark(path)).toEqual([
      ['1763812799.999999991', 61],
      ['1763812800.000000005', 62],
    ]);
    const comments = execFileSync(
      'tshark',
      ['-r', path, '-T', 'fields', '-e', 'frame.comment', '-e', 'frame.interface_name'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    expect(comments).toBe('backend 4660, queue 52\teth0\n\teth0\n');
    const info = execFileSync('capinfos', ['-A', path], { encoding: 'utf8' });
    expect(info).toMatch(/File type: +Wireshark\/\.\.\. - pcapng/);
    expect(info).toContain('filter: evil\\x0a\\x1b[2J');
    expect(info).toMatch(/Number of packets: +2$/m);
    expect(info).toMatch(/nanoseconds \(9\)/);
  });

  it('saves the matching frames, in time order, to the nanosecond', async () => {
    const fake = new FakeRecorder({ lanes: 2, epoch: EPOCH });
    fake.add({ time: 1, frame: frame(1, 60), backend: 1 });
    fake.add({ time: 15, frame: frame(2, 61), backend: 2 });
    fake.add({ time: 5, lane: 1, frame: frame(3, 62), backend: 1 });
    fake.add({ time: 25, lane: 1, frame: frame(4, 63), backend: 1 });
    const result = await save(fake, { matches: compileFilter('backend == 1') });
    expect(result).toEqual({ path: join(folder, `${NAME}.pcap`), frames: 3, overwritten: 0 });
    expect(tshark(result.path)).toEqual([
      ['1763812799.999999991', 60],
      ['1763812799.999999995', 62],
      ['1763812800.000000015', 63],
    ]);
    const bytes = readFileSync(result.path);
    expect(bytes.readUInt32LE(0)).toBe(0xa1b23c4d);
    expect(bytes[24 + 16]).toBe(1);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(statSync(result.path).mode & 0o777).toBe(0o600);
  });

  it('saves a frame once when several of its packets match', async () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1), type: 1 });
    fake.add({ time: 1, coalesced: true, type: 3 });
    fake.add({ time: 2, frame: frame(2) });
    expect((await save(fake)).frames).toBe(2);
  });

  it('saves what the list shows and nothing newer', async () => {
    const fake = new FakeRecorder({ lanes: 2 });
    for (let time = 0; time < 10; time++) fake.add({ time, lane: time & 1, frame: frame(time) });
    const ends = heads(fake);
    for (let time = 10; time < 20; time++) fake.add({ time, lane: time & 1, frame: frame(time) });
    expect((await save(fake, { ends })).frames).toBe(10);
  });

  it('counts what was overwritten before it was saved', async () => {
    const fake = new FakeRecorder({}, 8, 2 ** 16);
    for (let time = 0; time < 8; time++) fake.add({ time, frame: frame(time) });
    const saving = save(fake);
    for (let time = 8; time < 11; time++) fake.add({ time, frame: frame(time) });
    expect(await saving).toMatchObject({ frames: 5, overwritten: 3 });
  });

  it('saves many blocks', async () => {
    const fake = new FakeRecorder({}, 2 ** 12, 2 ** 22);
    for (let time = 0; time < 3000; time++) fake.add({ time, frame: frame(time & 0xff, 1000) });
    const { path, frames } = await save(fake);
    expect(frames).toBe(3000);
    expect(tshark(path)).toHaveLength(3000);
  });

  it('gives its files to the user who called sudo', async () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1) });
    process.env.SUDO_UID = '12345';
    process.env.SUDO_GID = '54321';
    const { uid, gid } = statSync((await save(fake)).path);
    expect([uid, gid]).toEqual([12345, 54321]);
  });

  it('never overwrites a file, and follows no link', async () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1) });
    writeFileSync(join(folder, `${NAME}.pcap`), 'precious');
    const target = join(folder, 'target');
    symlinkSync(target, join(folder, `${NAME}-2.pcap`));
    expect((await save(fake)).path).toBe(join(folder, `${NAME}-3.pcap`));
    expect(readFileSync(join(folder, `${NAME}.pcap`), 'utf8')).toBe('precious');
    expect(lstatSync(join(folder, `${NAME}-2.pcap`)).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).not.toContain('target');
  });

  it('makes a harmless file name of any interface name', async () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1) });
    const { path } = await save(fake, { interface: '../$(a)\x1b\n' });
    expect(path).toBe(join(folder, 'quic-top-..___a___-20261122T123456Z.pcap'));
  });

  it('says that the folder is gone', async () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1) });
    await expect(save(fake, { folder: join(folder, 'gone') })).rejects.toThrow(/the folder does not exist \(ENOENT\)/);
  });

  it('leaves nothing behind on a full disk', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]);
    try {
      const fake = new FakeRecorder({}, 2 ** 12, 2 ** 22);
      for (let time = 0; time < 1000; time++) fake.add({ time, frame: frame(1, 1000) });
      await expect(save(fake, { folder: disk })).rejects.toThrow(/the disk is full \(ENOSPC\)/);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('leaves nothing behind when it is given up', async () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1) });
    await expect(save(fake, { signal: AbortSignal.abort() })).rejects.toThrow('given up');
    expect(readdirSync(folder)).toEqual([]);
  });
});
