// The export as the screen starts it: in a thread (of dist/), beside a main thread that goes on.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExportProgress, ExportRequest } from '../../../src/core/export/export-job.js';
import { QuicTopError } from '../../../src/core/text/errors.js';
import { startExport } from '../../../src/threads/export-thread.js';
import { loadWorkers } from '../../../src/threads/start.js';
import { frame, framesOf, requestOf, tshark } from '../../support/exports.js';
import { FakeRecorder } from '../../support/fake-recorder.js';
import { WORKERS } from '../../support/quic-top.js';

const PACKETS = 500_000;
let folder: string;
let small: FakeRecorder;
let large: FakeRecorder;

beforeAll(() => {
  loadWorkers(WORKERS);
  large = new FakeRecorder({}, 2 ** 19, PACKETS * 64);
  const bytes = frame(1);
  for (let time = 0; time < PACKETS; time++) large.add({ time, frame: bytes });
});
afterAll(() => {
  large = new FakeRecorder();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-job-'));
  small = new FakeRecorder({ lanes: 2 });
  small.add({ time: 1, frame: frame(1), backend: 17 });
  small.add({ time: 2, lane: 1, frame: frame(2), backend: 18 });
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (fake: FakeRecorder, changes: Partial<ExportRequest> = {}, progress: ExportProgress = () => {}) =>
  startExport({ ...requestOf(fake, folder), ...changes }, progress);

describe('startExport', () => {
  it('saves the packets, and says where and how many', async () => {
    const { path, ...counts } = await start(small).done;
    expect(counts).toEqual({ frames: 2, overwritten: 0 });
    expect(path).toMatch(/\/quic-top-eth0-\d{8}T\d{6}Z\.pcapng$/);
    expect(framesOf(path)).toHaveLength(2);
    expect(tshark(path, 'frame.comment')).toEqual(['backend 17, queue 17', 'backend 18, queue 18']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('takes the name and the format that the user typed, once', async () => {
    const { path } = await start(small, { name: 'mine.pcap' }).done;
    expect(path).toBe(join(folder, 'mine.pcap'));
    expect(framesOf(path)).toHaveLength(2);
    await expect(start(small, { name: path }).done).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(start(small, { name: 'mine.txt' }).done).rejects.toThrow('neither a .pcap nor a .pcapng file');
    expect(readdirSync(folder)).toEqual(['mine.pcap']);
  });

  it('counts what was overwritten', async () => {
    const sequences = [Float64Array.of(0), Float64Array.of(0)];
    for (let time = 10; time < 100; time++) small.add({ time, frame: frame(3) });
    expect(await start(small, { sequences }).done).toMatchObject({ frames: 1, overwritten: 1 });
  });

  it('hands errors of the format on, with what to do', async () => {
    small.add({ time: 3, frame: frame(0x45), linkType: 101 });
    const error = await start(small, { name: 'a.pcap' }).done.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(QuicTopError);
    expect(error).toMatchObject({ code: 'PCAP', hint: 'write a .pcapng file' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('fails with a defect when its thread does', async () => {
    const { done } = start(small, { memory: new SharedArrayBuffer(4096) });
    await expect(done).rejects.toThrow(/^the recorder has layout version 0/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing on a full disk, and tells it', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]);
    try {
      const { done } = start(large, { folder: disk });
      await expect(done).rejects.toMatchObject({ code: 'ENOSPC', hint: 'free some space, or write to another folder' });
      await expect(done).rejects.toThrow(/cannot write .*\.pcapng: the disk is full/);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('leaves nothing when it is given up, at once or in the middle', async () => {
    const early = start(small);
    early.cancel();
    await expect(early.done).rejects.toMatchObject({ code: 'ABORTED' });

    const job = start(large, {}, () => job.cancel());
    await expect(job.done).rejects.toMatchObject({ code: 'ABORTED' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves the main thread to others, and tells how far it is', async () => {
    const request = requestOf(large, folder);
    const progress: number[] = [];
    let saved = false;
    const job = startExport(request, (done, total) => {
      expect(total).toBe(PACKETS);
      progress.push(done);
    });
    const done = job.done.then((result) => {
      saved = true;
      return result;
    });
    let ticks = 0;
    for (; !saved; ticks++) await sleep(5);
    expect(ticks).toBeGreaterThan(20);
    expect(progress.length).toBeGreaterThan(0);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    const { path, frames } = await done;
    expect(frames).toBe(PACKETS);
    expect(statSync(path).size).toBeGreaterThan(PACKETS * 96);
  });
});
