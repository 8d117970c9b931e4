import { describe, expect, it } from 'vitest';
import { compileFilter } from '../../../src/core/filter/index.js';
import { type Decoded, NOTHING_KNOWN } from '../../../src/core/quic/decoded.js';
import { PacketList, type Position } from '../../../src/core/recorder/packet-list.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { FakeRecorder } from '../../support/fake-recorder.js';
import { random } from '../../support/random.js';

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

  it('gives out the matches of each lane', () => {
    const fake = new FakeRecorder({ lanes: 2 }, 8);
    for (let time = 0; time < 20; time++) fake.add({ lane: time % 2, time, backend: time % 3 });
    const list = new PacketList(fake.recorder, still);
    list.setFilter(compileFilter('backend == 1'));
    list.tick(8);
    // Lane 0 holds the times 4, 6 ... 18, lane 1 the times 5, 7 ... 19.
    expect(list.matchedSequences()).toEqual([Float64Array.of(2, 5, 8), Float64Array.of(3, 6, 9)]);
    fake.add({ lane: 0, time: 22, backend: 1 });
    expect(list.matchedSequences()[0]).toHaveLength(3);
  });
});

describe('PacketList with a filter that needs what was decoded', () => {
  /** Decodes as far as it is told; fails when it is asked too early. */
  class Decoding {
    readonly upTo = [0, 0];
    readonly decodedUpTo = (lane: number) => this.upTo[lane] as number;
    readonly decodedOf = (view: RecordView): Decoded => {
      if (view.sequence >= (this.upTo[view.lane] as number)) throw new Error('asked too early');
      return view.time % 3 === 0 ? { ...NOTHING_KNOWN, sni: 'a.example' } : NOTHING_KNOWN;
    };
  }
  const sni = compileFilter('sni');

  it('waits for the decoding, and misses nothing', () => {
    const fake = new FakeRecorder();
    const decoding = new Decoding();
    const list = new PacketList(fake.recorder, still, decoding);
    for (let time = 0; time < 10; time++) fake.add({ time });
    list.tick(8);
    expect(list.count).toBe(10);
    decoding.upTo[0] = 4;
    list.setFilter(sni);
    list.tick(8);
    expect(times(list)).toEqual([3, 0]);
    fake.add({ time: 10 });
    list.tick(8);
    expect(times(list)).toEqual([3, 0]);
    decoding.upTo[0] = 10;
    list.tick(8);
    expect(times(list)).toEqual([9, 6, 3, 0]);
    // What needs nothing does not wait, and what was passed over is not forgotten.
    decoding.upTo[0] = 5;
    list.setFilter(sni);
    list.setFilter(compileFilter('port == 4433'));
    list.tick(8);
    expect(list.count).toBe(11);
  });

  it('goes on decoding what came before it was frozen', () => {
    const fake = new FakeRecorder();
    const decoding = new Decoding();
    const list = new PacketList(fake.recorder, still, decoding);
    for (let time = 0; time < 4; time++) fake.add({ time });
    list.tick(8);
    fake.add({ time: 6 });
    list.setFilter(sni);
    list.tick(8, true);
    expect(times(list)).toEqual([]);
    decoding.upTo[0] = 5;
    list.tick(8, true);
    expect(times(list)).toEqual([3, 0]);
    list.tick(8);
    expect(times(list)).toEqual([6, 3, 0]);
  });

  it('finds each packet once, however the decoding, the packets and the ticks come', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const next = random(seed);
      const fake = new FakeRecorder({ lanes: 2 }, 32);
      const decoding = new Decoding();
      let now = 0;
      const list = new PacketList(fake.recorder, () => now++, decoding);
      let time = 0;
      const heads = () => fake.recorder.lanes.map((lane) => lane.head());
      for (let round = 0; round < 60; round++) {
        for (let i = next(12); i > 0; i--) fake.add({ time: time++, lane: next(2), backend: next(2) });
        heads().forEach((head, lane) => {
          decoding.upTo[lane] = Math.min(head, (decoding.upTo[lane] as number) + next(10));
        });
        if (next(6) === 0)
          list.setFilter([sni, compileFilter(''), compileFilter('backend == 1 and sni')][next(3)] ?? sni);
        list.tick(next(6), next(3) === 0);
        const found = times(list);
        expect(found).toEqual([...new Set(found)].sort((a, b) => b - a));
      }
      list.setFilter(sni);
      for (const at of [0.5, 1]) {
        heads().forEach((head, lane) => {
          decoding.upTo[lane] = Math.max(decoding.upTo[lane] as number, Math.floor(head * at));
        });
        for (let i = 0; i < 20; i++) list.tick(50);
      }
      const held = fake.recorder.lanes.flatMap((lane) => {
        const view = new RecordView();
        const sequences = Array.from({ length: lane.head() - lane.tail() }, (_, i) => lane.tail() + i);
        return sequences.flatMap((sequence) => (lane.load(sequence, view) && view.time % 3 === 0 ? [view.time] : []));
      });
      expect(times(list)).toEqual(held.sort((a, b) => b - a));
    }
  });

  it('shows nothing where nobody decodes', () => {
    const fake = new FakeRecorder();
    fake.add({ time: 0 });
    const list = new PacketList(fake.recorder, still);
    list.setFilter(compileFilter('not sni'));
    list.tick(8);
    expect(list.count).toBe(0);
  });
});
