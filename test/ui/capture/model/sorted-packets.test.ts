import { beforeEach, describe, expect, it } from 'vitest';
import { PacketList } from '../../../../src/core/recorder/packet-list.js';
import type { RecordView } from '../../../../src/core/recorder/record.js';
import { SortedPackets } from '../../../../src/ui/capture/model/sorted-packets.js';
import { FakeRecorder } from '../../../support/fake-recorder.js';

let fake: FakeRecorder;
let list: PacketList;

/** Lengths and times from the top of the screen down. */
function read(sorted: SortedPackets, limit = 100): [length: number, time: number][] {
  const views: RecordView[] = [];
  const newest = sorted.newest();
  const count = newest ? sorted.read(newest, views, limit) : 0;
  return views
    .slice(0, count)
    .reverse()
    .map(({ packetLength, time }) => [packetLength, time]);
}

beforeEach(() => {
  fake = new FakeRecorder({ lanes: 2 });
  for (let time = 0; time < 12; time++) fake.add({ time, lane: time % 2, packetLength: 100 + (time % 3) });
  list = new PacketList(fake.recorder, () => 0);
  list.tick(1);
});

describe('SortedPackets', () => {
  const byLength = (view: RecordView) => view.packetLength;

  it('orders by a value; equal ones stay in the order of time', () => {
    expect(read(new SortedPackets(list, byLength, false))).toEqual(
      [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11].map((time) => [100 + (time % 3), time]),
    );
    expect(read(new SortedPackets(list, byLength, true)).map(([length]) => length)).toEqual([
      102, 102, 102, 102, 101, 101, 101, 101, 100, 100, 100, 100,
    ]);
  });

  it('steps, ranks and counts in that order', () => {
    const sorted = new SortedPackets(list, byLength, false);
    const oldest = sorted.oldest();
    const newest = sorted.newest();
    expect(sorted.count).toBe(12);
    expect(oldest && sorted.rank(oldest)).toBe(11);
    expect(newest && sorted.rank(newest)).toBe(0);
    expect(oldest && sorted.step(oldest, -11)).toEqual(newest);
    expect(oldest && sorted.step(oldest, -99)).toEqual(newest);
    expect(newest && sorted.step(newest, 99)).toEqual(oldest);
  });

  it('does not take in what comes later, and leaves out what was overwritten', () => {
    const sorted = new SortedPackets(list, byLength, false);
    for (let time = 100; time < 160; time++) fake.add({ time, lane: 0 });
    list.tick(1);
    expect(sorted.count).toBe(12);
    // Lane 0 has room for 64: of its first records some are gone.
    const times = read(sorted).map(([, time]) => time);
    expect(times.length).toBeLessThan(12);
    for (const time of times) expect(time).toBeLessThan(12);
    expect(times).toEqual(expect.arrayContaining([1, 3, 5, 7, 9, 11]));
  });

  it('passes over what was overwritten, until nothing is left', () => {
    const sorted = new SortedPackets(list, (view) => view.time, true);
    const [top, bottom] = [sorted.oldest(), sorted.newest()];
    // Of lane 0, with the even times, only 10 is left.
    for (let time = 100; time < 163; time++) fake.add({ time, lane: 0 });
    expect(sorted.oldest()).toEqual(top);
    expect(sorted.newest()).toEqual({ lane: 1, sequence: 0 });
    // From 11 down: 10, 9, 7. From the bottom, which is gone, up: 1, 3.
    expect(top && sorted.step(top, -3)).toEqual({ lane: 1, sequence: 3 });
    expect(bottom && sorted.step(bottom, 2)).toEqual({ lane: 1, sequence: 1 });
    expect(bottom && sorted.step(bottom, -1)).toBeNull();
    for (let time = 200; time < 270; time++) for (const lane of [0, 1]) fake.add({ time, lane });
    expect([sorted.oldest(), sorted.newest(), top && sorted.step(top, -1)]).toEqual([null, null, null]);
  });

  it('orders texts, and takes the newest when there are too many', () => {
    const sorted = new SortedPackets(list, (view) => ['b', 'a', 'c'][view.time % 3] as string, false);
    expect(read(sorted).map(([, time]) => time)).toEqual([1, 4, 7, 10, 0, 3, 6, 9, 2, 5, 8, 11]);
    const times: number[] = [];
    list.visitNewest(5, ({ time }) => times.push(time));
    expect(times).toEqual([11, 10, 9, 8, 7]);
  });

  it('has nothing of an empty list', () => {
    const empty = new SortedPackets(new PacketList(new FakeRecorder().recorder, () => 0), byLength, false);
    expect([empty.count, empty.newest(), empty.oldest()]).toEqual([0, null, null]);
  });
});
