// What is in the files: packets, times, link types, comments, as tshark, tcpdump and capinfos read them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExportOptions, runExport } from '../../../src/core/export/run-export.js';
import { RECORD_FLAGS } from '../../../src/core/native/abi.gen.js';
import { everything, frame, framesOf, run, tshark } from '../../support/exports.js';
import { FakeRecorder } from '../../support/fake-recorder.js';

const EPOCH = 1_763_812_799_999_999_990n;
const RAW_IP = 101;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function save(fake: FakeRecorder, changes: Partial<ExportOptions> = {}, onWrite = () => {}) {
  const options: ExportOptions = {
    memory: fake.recorder.memory,
    sequences: everything(fake),
    format: 'pcapng',
    interface: 'eth0',
    filter: '',
    counts: { received: 0, dropped: 0 },
    ...changes,
  };
  const pieces: Buffer[] = [];
  const progress: number[] = [];
  const write = (bytes: Uint8Array) => {
    pieces.push(Buffer.from(bytes));
    onWrite();
  };
  const counts = runExport(options, write, (done) => progress.push(done));
  const path = join(folder, `saved.${options.format}`);
  writeFileSync(path, Buffer.concat(pieces));
  return { ...counts, path, progress };
}

describe('pcapng', () => {
  it('has the filter, the interface, the backends, the losses and times to the nanosecond', () => {
    const fake = new FakeRecorder({ epoch: EPOCH });
    fake.add({ time: 1, frame: frame(1, 61), backend: 4660 });
    fake.add({ time: 15, frame: frame(2, 62) });
    const { path, frames } = save(fake, { filter: 'evil\n\x1b[2J', counts: { received: 2, dropped: 7 } });
    expect(frames).toBe(2);
    expect(framesOf(path)).toEqual(['1763812799.999999991\t61\t61', '1763812800.000000005\t62\t62']);
    expect(tshark(path, 'frame.comment', 'frame.interface_name')).toEqual(['backend 4660, queue 52\teth0', '\teth0']);
    const info = run('capinfos', path);
    expect(info).toMatch(/File type: +Wireshark\/\.\.\. - pcapng/);
    expect(info).toContain('filter: evil\\x0a\\x1b[2J');
    expect(info).toMatch(/nanoseconds \(9\)/);
    const statistics = readFileSync(path).subarray(-52);
    expect([statistics.readUInt32LE(0), statistics.readBigUInt64LE(24), statistics.readBigUInt64LE(36)]).toEqual([
      5,
      2n,
      7n,
    ]);
  });

  it('has an interface for each link type', () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1) });
    fake.add({ time: 2, frame: frame(0x45), linkType: RAW_IP });
    fake.add({ time: 3, frame: frame(3) });
    fake.add({ time: 4, frame: frame(0x45), linkType: RAW_IP });
    const { path } = save(fake);
    expect(tshark(path, 'frame.interface_id', 'frame.encap_type', 'frame.interface_name')).toEqual([
      '0\t1\teth0',
      '1\t7\teth0',
      '0\t1\teth0',
      '1\t7\teth0',
    ]);
  });

  it('says of a frame that it has no time', () => {
    const fake = new FakeRecorder({ epoch: EPOCH });
    fake.add({ time: 0, frame: frame(1), flags: RECORD_FLAGS.RECORD_NO_TIME, backend: 17 });
    fake.add({ time: 1, frame: frame(2) });
    fake.add({ time: 2, frame: frame(2), flags: RECORD_FLAGS.RECORD_TIME_DRAIN });
    expect(tshark(save(fake).path, 'frame.time_epoch', 'frame.comment')).toEqual([
      '0.000000000\tbackend 17, queue 17,no time in the source',
      '1763812799.999999991\t',
      '1763812799.999999992\ttime_source drain',
    ]);
  });

  it('keeps times that no JavaScript number can', () => {
    const fake = new FakeRecorder({ epoch: EPOCH });
    fake.add({ time: 2n ** 60n + 1n, frame: frame(1) });
    const time = EPOCH + 2n ** 60n + 1n;
    expect(tshark(save(fake).path, 'frame.time_epoch')).toEqual([
      `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, '0')}`,
    ]);
  });

  it('takes a filter and an interface name of any length', () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1) });
    const { path } = save(fake, { filter: '\x01'.repeat(100_000), interface: '\x1b'.repeat(15) });
    // tshark 4.4 shows a backslash as two.
    const names = tshark(path, 'frame.interface_name').map((name) => name.replaceAll('\\\\', '\\'));
    expect(names).toEqual(['\\x1b'.repeat(15)]);
  });

  it('can be read when it has no frames', () => {
    expect(framesOf(save(new FakeRecorder()).path)).toEqual([]);
  });
});

describe('pcap', () => {
  it('has times to the nanosecond', () => {
    const fake = new FakeRecorder({ epoch: EPOCH });
    fake.add({ time: 1, frame: frame(1, 61) });
    fake.add({ time: 15, frame: frame(2, 62) });
    const { path } = save(fake, { format: 'pcap' });
    expect(framesOf(path)).toEqual(['1763812799.999999991\t61\t61', '1763812800.000000005\t62\t62']);
    expect(readFileSync(path).readUInt32LE(0)).toBe(0xa1b23c4d);
  });

  it('has the link type of its frames, and no other', () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(0x45), linkType: RAW_IP });
    expect(tshark(save(fake, { format: 'pcap' }).path, 'frame.encap_type')).toEqual(['7']);
    fake.add({ time: 2, frame: frame(1) });
    expect(() => save(fake, { format: 'pcap' })).toThrow(/cannot hold frames of two link types \(101 and 1\)/);
  });

  it('says that it cannot hold a time after 2106', () => {
    const fake = new FakeRecorder({ epoch: 2n ** 32n * 1_000_000_000n });
    fake.add({ time: 0, frame: frame(1) });
    expect(() => save(fake, { format: 'pcap' })).toThrow('after the year 2106');
  });

  it('can be read when it has no frames', () => {
    expect(framesOf(save(new FakeRecorder(), { format: 'pcap' }).path)).toEqual([]);
  });
});

describe('the packets', () => {
  it('are exactly those asked for, in order of time', () => {
    const fake = new FakeRecorder({ lanes: 2, epoch: EPOCH });
    fake.add({ time: 1, frame: frame(1, 60) });
    fake.add({ time: 15, frame: frame(2, 61) });
    fake.add({ time: 20, frame: frame(2, 62) });
    fake.add({ time: 5, lane: 1, frame: frame(3, 63) });
    fake.add({ time: 18, lane: 1, frame: frame(4, 64) });
    const { path } = save(fake, { sequences: [Float64Array.of(0, 2), Float64Array.of(0, 1)] });
    expect(tshark(path, 'frame.len')).toEqual(['60', '63', '64', '62']);
  });

  it('give their frame once', () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1, frame: frame(1), type: 1 });
    fake.add({ time: 1, coalesced: true, type: 3 });
    fake.add({ time: 2, frame: frame(2) });
    expect(save(fake).frames).toBe(2);
    expect(save(fake, { sequences: [Float64Array.of(1)] }).frames).toBe(1);
  });

  it('are counted when they were overwritten before or meanwhile', () => {
    const fake = new FakeRecorder({}, 1024, 2 ** 22);
    for (let time = 0; time < 1024; time++) fake.add({ time, frame: frame(1, 1000) });
    const sequences = everything(fake);
    for (let time = 0; time < 10; time++) fake.add({ time, frame: frame(2, 1000) });
    let later = 0;
    const { frames, overwritten } = save(fake, { sequences }, () => {
      // While the first piece is written, all that was asked for goes.
      if (later++ === 0) for (let time = 0; time < 1024; time++) fake.add({ time, frame: frame(3, 1000) });
    });
    expect(frames).toBeGreaterThan(200);
    expect(frames + overwritten).toBe(1024);
    expect(overwritten).toBeGreaterThan(500);
  });

  it('are told to the one who waits', () => {
    const fake = new FakeRecorder({}, 2 ** 12, 2 ** 22);
    for (let time = 0; time < 3000; time++) fake.add({ time, frame: frame(time & 0xff, 1000) });
    const { path, frames, progress } = save(fake);
    expect(frames).toBe(3000);
    expect(tshark(path, 'frame.number')).toHaveLength(3000);
    expect(progress.length).toBeGreaterThan(5);
    expect(progress.every((done, i) => done > (progress[i - 1] ?? 0) && done <= 3000)).toBe(true);
  });
});
