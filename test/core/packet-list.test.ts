import { describe, expect, it } from 'vitest';
import { compileFilter } from '../../src/core/filter.js';
import { PacketList, type Position } from '../../src/core/packet-list.js';
import { RecordView } from '../../src/core/record.js';
import { FakeRecorder } from '../support/fake-recorder.js';

/** A clock that stands still: the budget is never used up. */
const still = () => 0;

/** Times of the matches, newest first. */
function times(list: PacketList, limit = 1000): number[] {
  const newest = list.newest();
  const views: RecordView[] = [];
  const length = newest ? list.read(newest, views, limit) : 0;
  return views.slice(0, length).map(({ time }) => time);
}

describe('PacketList', () => {
  it('finds what was recorded before it, and what comes after, newest first', () => {
    const fake = new FakeRecorder();
    for (const time of [1, 2, 3]) fake.add({ time });
    const list = new PacketList(fake.recorder, still);
    list.tick(8);
    expect(times(list)).toEqual([3, 2, 1]);
    fake.add({ time: 4 });
    list.tick(8);
    expect(times(list)).toEqual([4, 3, 2, 1]);
    expect(list.count).toBe(4);
  });

  it('searches the whole recorder again for another filter', () => {
    const fake = new FakeRecorder();
    for (let time = 0; time < 10; time++) fake.add({ time, backend: time % 3 });
    const list = new PacketList(fake.recorder, still);
    list.tick(8);
    list.setFilter(compileFilter('backend == 1'));
    expect(list.count).toBe(0);
    list.tick(8);
    expect(times(list)).toEqual([7, 4, 1]);
    fake.add({ time: 10, backend: 1 });
    list.tick(8);
    expect(times(list)).toEqual([10, 7, 4, 1]);
    list.setFilter(compileFilter(''));
    list.tick(8);
    expect(list.count).toBe(11);
  });

  it('merges the lanes by time, whichever was drained first', () => {
    const fake = new FakeRecorder({ lanes: 3 });
    for (const [lane, time] of [
      [0, 5],
      [1, 1],
      [1, 6],
      [2, 4],
      [0, 7],
      [2, 4],
    ] as const)
      fake.add({ lane, time });
    const list = new PacketList(fake.recorder, still);
    list.tick(8);
    expect(times(list)).toEqual([7, 6, 5, 4, 4, 1]);
    fake.add({ lane: 1, time: 6.5 * 2 });
    fake.add({ lane: 2, time: 8 });
    list.tick(8);
    expect(times(list)).toEqual([13, 8, 7, 6, 5, 4, 4, 1]);
  });

  it('drops what the recorder overwrites, and says so of a position', () => {
    const fake = new FakeRecorder({}, 8, 2 ** 16);
    for (let time = 0; time < 8; time++) fake.add({ time });
    const list = new PacketList(fake.recorder, still);
    list.tick(8);
    const oldest = list.oldest() as Position;
    expect(oldest.sequence).toBe(0);
    for (let time = 8; time < 13; time++) fake.add({ time });
    // Between two ticks: never a wrong row, even before the list knows.
    expect(times(list)).toEqual([7, 6, 5]);
    expect(list.load(oldest, new RecordView())).toBe(false);
    expect(list.rank(oldest)).toBeNull();
    expect(list.step(oldest, 1)).toBeNull();
    list.tick(8);
    expect(list.count).toBe(8);
    expect(times(list)).toEqual([12, 11, 10, 9, 8, 7, 6, 5]);
  });

  it('survives being lapped: only what is still there is looked at', () => {
    const fake = new FakeRecorder({}, 8, 2 ** 16);
    const list = new PacketList(fake.recorder, still);
    for (let time = 0; time < 100; time++) fake.add({ time, backend: time % 2 });
    list.setFilter(compileFilter('backend == 1'));
    list.tick(8);
    expect(times(list)).toEqual([99, 97, 95, 93]);
    expect(list.searching).toBe(false);
  });

  it('steps in both directions across lanes, and stops at the ends', () => {
    const fake = new FakeRecorder({ lanes: 2 });
    for (let time = 0; time < 20; time++) fake.add({ lane: (time * 7) % 3 === 0 ? 1 : 0, time });
    const list = new PacketList(fake.recorder, still);
    list.tick(8);
    const timeAt = (position: Position | null) => {
      const view = new RecordView();
      return position && list.load(position, view) ? view.time : null;
    };
    const newest = list.newest() as Position;
    for (const rows of [0, 1, 5, 19, 500]) {
      const older = list.step(newest, rows) as Position;
      const expected = Math.max(0, 19 - rows);
      expect(timeAt(older)).toBe(expected);
      expect(list.rank(older)).toBe(19 - expected);
      expect(timeAt(list.step(older, -rows))).toBe(Math.min(19, expected + rows));
    }
    expect(timeAt(list.oldest())).toBe(0);
  });

  it('keeps to its time, and goes on where it stopped', () => {
    const fake = new FakeRecorder({}, 2 ** 13, 2 ** 19);
    for (let time = 0; time < 5000; time++) fake.add({ time, backend: 5 });
    let now = 0;
    const list = new PacketList(fake.recorder, () => now++);
    list.setFilter(compileFilter('backend == 5'));
    list.tick(4);
    expect(list.searching).toBe(true);
    expect(list.count).toBeGreaterThan(0);
    expect(list.count).toBeLessThan(5000);
    // The newest first.
    expect(times(list, 3)).toEqual([4999, 4998, 4997]);
    for (let i = 0; i < 20; i++) list.tick(4);
    expect(list.searching).toBe(false);
    expect(list.count).toBe(5000);
  });

  it('leaves new packets for later while it is frozen', () => {
    const fake = new FakeRecorder();
    fake.add({ time: 1 });
    const list = new PacketList(fake.recorder, still);
    list.tick(8);
    fake.add({ time: 2 });
    list.tick(8, true);
    expect(times(list)).toEqual([1]);
    list.setFilter(compileFilter(''));
    list.tick(8, true);
    expect(times(list)).toEqual([1]);
    list.tick(8);
    expect(times(list)).toEqual([2, 1]);
  });
});
