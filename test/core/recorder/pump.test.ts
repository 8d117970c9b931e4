// Packets go to all who take them, as many as are wanted, and wait while one of them is full.
import { describe, expect, it } from 'vitest';
import { fill, type Outlet, pump } from '../../../src/core/recorder/pump.js';
import type { RecordView } from '../../../src/core/recorder/record.js';
import { RecordCursor } from '../../../src/core/recorder/record-cursor.js';
import { FakeRecorder } from '../../support/fake-recorder.js';

/** Takes times, so many before it must be flushed. */
class Times implements Outlet {
  times: number[] = [];
  flushed: number[][] = [];

  constructor(private readonly room: number) {}

  get full(): boolean {
    return this.times.length === this.room;
  }
  add({ time }: RecordView): void {
    if (this.full) throw new Error('it is full');
    this.times.push(time);
  }
  async flush(): Promise<void> {
    this.flushed.push(this.times);
    this.times = [];
  }
}

function cursorOf(packets: number): RecordCursor {
  const fake = new FakeRecorder({ lanes: 2 });
  for (let time = 0; time < packets; time++) fake.add({ lane: time % 2, time });
  return new RecordCursor(fake.recorder);
}

const odd = { matches: ({ time }: RecordView) => time % 2 === 1 };

describe('fill', () => {
  it('stops where one of them is full, and goes on there', () => {
    const cursor = cursorOf(5);
    const [small, large] = [new Times(2), new Times(9)];
    expect(fill(cursor, [small, large])).toEqual({ count: 2, full: true });
    expect(fill(cursor, [small, large])).toEqual({ count: 0, full: true });
    small.times = [];
    expect(fill(cursor, [small, large])).toEqual({ count: 2, full: true });
    small.times = [];
    expect(fill(cursor, [small, large])).toEqual({ count: 1, full: false });
    expect(large.times).toEqual([0, 1, 2, 3, 4]);
  });

  it('takes no packet more from the cursor than is wanted', () => {
    const cursor = cursorOf(8);
    expect(fill(cursor, [], 2, odd)).toEqual({ count: 2, full: false });
    expect(cursor.next()?.time).toBe(4);
    expect(fill(cursor, [], 0)).toEqual({ count: 0, full: false });
    expect(fill(cursor, [])).toEqual({ count: 3, full: false });
  });
});

describe('pump', () => {
  it('flushes who is full, and all of them at the end', async () => {
    const [small, large] = [new Times(2), new Times(9)];
    expect(await pump(cursorOf(5), [small, large])).toBe(5);
    expect(small.flushed).toEqual([[0, 1], [2, 3], [4]]);
    expect(large.flushed).toEqual([[0, 1, 2, 3, 4]]);
  });

  it('ends at the limit, also where that fills one of them', async () => {
    const times = new Times(2);
    const cursor = cursorOf(10);
    expect(await pump(cursor, [times], 4, odd)).toBe(4);
    expect(times.flushed).toEqual([
      [1, 3],
      [5, 7],
    ]);
    expect(await pump(cursor, [times], 4, odd)).toBe(1);
    expect(times.flushed.at(-1)).toEqual([9]);
  });

  it('hands on what one of them throws', async () => {
    const failing = new Times(9);
    failing.flush = () => Promise.reject(new Error('the disk is full'));
    await expect(pump(cursorOf(3), [failing])).rejects.toThrow('the disk is full');
  });
});
