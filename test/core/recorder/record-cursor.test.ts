import { describe, expect, it } from 'vitest';
import { RecordCursor } from '../../../src/core/recorder/record-cursor.js';
import { FakeRecorder } from '../../support/fake-recorder.js';

/** Times of all records that the cursor gives now. */
function drain(cursor: RecordCursor): number[] {
  const times: number[] = [];
  for (let view = cursor.next(); view; view = cursor.next()) times.push(view.time);
  return times;
}

describe('RecordCursor', () => {
  it('merges the lanes by time, and goes on with what comes later', () => {
    const fake = new FakeRecorder({ lanes: 2 });
    const cursor = new RecordCursor(fake.recorder);
    for (const [lane, time] of [
      [0, 1],
      [0, 5],
      [1, 2],
      [1, 3],
      [0, 7],
    ] as const)
      fake.add({ lane, time });
    expect(drain(cursor)).toEqual([1, 2, 3, 5, 7]);
    expect(cursor.next()).toBeNull();
    fake.add({ lane: 1, time: 9 });
    fake.add({ lane: 0, time: 8 });
    expect(drain(cursor)).toEqual([8, 9]);
    expect(cursor.skipped).toBe(0);
  });

  it('passes over what was overwritten, and counts it', () => {
    const fake = new FakeRecorder({}, 8);
    const cursor = new RecordCursor(fake.recorder);
    for (let time = 0; time < 3; time++) fake.add({ time });
    expect(cursor.next()?.time).toBe(0);
    for (let time = 3; time < 20; time++) fake.add({ time });
    expect(drain(cursor)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    expect(cursor.skipped).toBe(11);
  });

  it('starts at the oldest record that is there', () => {
    const fake = new FakeRecorder({}, 8);
    for (let time = 0; time < 10; time++) fake.add({ time });
    expect(drain(new RecordCursor(fake.recorder))).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
