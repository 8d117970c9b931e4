// What the charts and the tables take from counters, second by second.
import { describe, expect, it } from 'vitest';
import type { Census } from '../../../src/core/analysis/analysis.js';
import { NO_SERVERS } from '../../../src/core/analysis/backend-servers.js';
import { NO_CENSUS } from '../../../src/core/analysis/census-counter.js';
import { type BackendTraffic, type CidRow, noLosses } from '../../../src/core/capture/capture.js';
import type { ScreenSource } from '../../../src/core/capture/source.js';
import { CidTable } from '../../../src/core/stats/cid-table.js';
import { History } from '../../../src/core/stats/history.js';
import { Rates } from '../../../src/core/stats/rates.js';
import { meanRate, skewOf } from '../../../src/core/stats/skew.js';
import { FakeRecorder, fakeSource } from '../../support/fake-recorder.js';
import { filler } from '../../support/packets.js';

/** @param isGiven the user said that servers use the scheme */
const sourceOf = (kind: ScreenSource['kind'] = 'live', traffic: BackendTraffic[] = [], isGiven = true) => {
  const recorder = { serverIds: { layouts: [{ isGiven }] } } as unknown as ScreenSource['recorder'];
  return { kind, recorder, backends: () => (kind === 'live' ? traffic : null) };
};

/** @param trusted packets of each backend; `packets`: of them all, and of none */
function censusAt(seconds: number, packets: number, trusted: readonly number[], missed = 0): Census {
  const backends = trusted.map((count, backend) => ({
    cidLayout: 1,
    handle: backend,
    backend,
    packets: count,
    bytes: 0,
    trusted: count,
    short: 0,
    servers: NO_SERVERS,
  }));
  return { ...NO_CENSUS, time: 1000 * (seconds + 1), packets, missed, backends };
}

describe('the history', () => {
  it('counts QUIC packets in all as of each backend: as many as the frames hold', () => {
    const history = new History(sourceOf(), NO_CENSUS);
    history.sample(censusAt(0, 0, []));
    history.sample(censusAt(1, 30, [20]));
    history.sample(censusAt(2, 90, [60], 10));
    // What the analysis passed over was captured.
    expect(history.shown.total).toEqual([30, 70]);
    expect(history.shown.series.get(0)).toEqual([20, 40]);
  });

  it('takes each census once', () => {
    const history = new History(sourceOf(), NO_CENSUS);
    const census = censusAt(1, 30, [20]);
    for (const each of [censusAt(0, 0, []), census, census, census]) history.sample(each);
    expect(history.shown.total).toEqual([30]);
  });

  it('has a sample for every second, whenever the censuses come', () => {
    const history = new History(sourceOf(), NO_CENSUS);
    for (let i = 0; i <= 20; i++) history.sample(censusAt(i * 1.1, 110 * i, [11 * i]));
    expect(history.shown.total).toHaveLength(22);
    // Ctrl-Z, or an analysis that was busy.
    history.sample(censusAt(32, 2200 + 5000, [220 + 1000]));
    expect(history.shown.total).toHaveLength(32);
    expect(history.shown.total.slice(-10).map(Math.round)).toEqual(new Array(10).fill(500));
    expect(history.shown.series.get(0)?.slice(-10).map(Math.round)).toEqual(new Array(10).fill(100));
    history.sample(censusAt(1e6, 7200, [1220]));
    expect(history.shown.total).toHaveLength(300);
    expect(history.shown.series.size).toBe(0);
  });

  it('stands still while it is frozen, and has no hole afterwards', () => {
    const history = new History(sourceOf(), NO_CENSUS);
    for (let i = 0; i <= 3; i++) history.sample(censusAt(i, 10 * i, [10 * i]));
    const before = structuredClone(history.shown);
    for (let i = 4; i <= 8; i++) history.sample(censusAt(i, 30 + 20 * (i - 3), [30 + 20 * (i - 3)]), true);
    expect(history.shown).toEqual(before);
    history.sample(censusAt(9, 150, [150]));
    const seconds = [10, 10, 10, 20, 20, 20, 20, 20, 20];
    expect(history.shown.total).toEqual(seconds);
    expect(history.shown.series.get(0)).toEqual(seconds);
  });

  it('knows the skew of one busy backend among five', () => {
    const history = new History(sourceOf(), NO_CENSUS);
    for (let i = 0; i <= 30; i++) history.sample(censusAt(i, 100 * i + 4, [100 * i, 1, 1, 1, 1]));
    const { backends } = history.shown;
    const mean = meanRate(backends);
    expect(backends.map(({ rate }) => skewOf(rate, mean))).toEqual([5, 0, 0, 0, 0]);
    // A minute later the four are no longer in use.
    for (let i = 31; i <= 65; i++) history.sample(censusAt(i, 100 * i + 4, [100 * i, 1, 1, 1, 1]));
    expect(meanRate(history.shown.backends)).toBe(100);
  });

  it('counts short headers as the programs do, also of what has sent nothing else', () => {
    const traffic = (backend: number, shortPackets: number): BackendTraffic => ({
      ...{ cidLayout: 1, handle: backend, backend },
      ...{ packets: shortPackets + 5, bytes: 0, shortPackets, shortBytes: 0 },
    });
    const counts = [traffic(0, 100), traffic(7, 40)];
    for (const [isGiven, expected] of [
      [
        true,
        [
          [0, 100, 110],
          [1, 0, 10],
          [7, 40, 40],
        ],
      ],
      // Nobody knows whether somebody encoded 7.
      [
        false,
        [
          [0, 100, 110],
          [1, 0, 10],
        ],
      ],
    ] as const) {
      const now: BackendTraffic[] = [];
      const history = new History(sourceOf('live', now, isGiven), NO_CENSUS);
      history.sample(censusAt(0, 0, [0, 0]));
      now.push(...counts);
      history.sample(censusAt(1, 20, [10, 10]));
      const { backends } = history.shown;
      expect(backends.map(({ handle, short, rate }) => [handle, short, rate])).toEqual(expected);
      expect(backends.every(({ claimed }) => claimed)).toBe(true);
    }
  });

  it('claims none by what clients chose, whoever said that servers use the scheme', () => {
    const history = new History(sourceOf('live', []), NO_CENSUS);
    history.sample(censusAt(1, 20, [0]));
    expect(history.shown.backends).toMatchObject([{ claimed: false, short: 0 }]);
  });

  it('counts none for a backend of which no packet is trusted', () => {
    const now = [{ cidLayout: 1, handle: 0, backend: 0, packets: 9, bytes: 0, shortPackets: 9, shortBytes: 0 }];
    const history = new History(sourceOf('live', now, false), NO_CENSUS);
    history.sample(censusAt(1, 20, [0]));
    expect(history.shown.backends).toMatchObject([{ claimed: false, short: 0, rate: 0 }]);
  });

  it("gives a file's packets in place of rates", () => {
    const history = new History(sourceOf('file'), NO_CENSUS);
    history.sample(censusAt(0, 8, [6, 2, 0]));
    expect(history.shown.backends.map(({ rate, active }) => [rate, active])).toEqual([
      [6, true],
      [2, true],
      [0, false],
    ]);
    expect(meanRate(history.shown.backends)).toBe(4);
  });
});

describe('the rates of queues', () => {
  it('are means in the table, and of the last second for the chart', () => {
    const fake = new FakeRecorder();
    const rates = new Rates(fakeSource(fake.recorder));
    const add = (backend: number, times: number) => {
      for (let i = 0; i < times; i++) fake.add({ time: 0, backend });
    };
    rates.sample(0);
    add(5, 20);
    rates.sample(1000);
    rates.sample(2000);
    expect(rates.queueRows).toEqual([
      { kind: 'q', queue: 5, frames: 20, rate: 10, active: true, lost: null },
      { kind: 'rx', queue: 0, frames: 20, rate: 10, active: true, lost: 0 },
    ]);
    expect(rates.queues[5]).toEqual({ rate: 0, active: true });
    expect(rates.queues[6]).toEqual({ rate: 0, active: false });
    add(5, 7);
    rates.sample(3000, true);
    expect(rates.queueRows[0]?.frames).toBe(20);
    rates.sample(4000);
    expect([rates.queueRows[0]?.rate, rates.queues[5]?.rate]).toEqual([27 / 4, 0]);
  });

  it('have one row for the RX queues that share the last counter', () => {
    const fake = new FakeRecorder({ lanes: 2 });
    const losses = Array.from({ length: 70 }, (_, queue) => ({ ...noLosses(), rx_ring_full: queue }));
    const rates = new Rates(fakeSource(fake.recorder, { rxQueues: 70, rxQueueLosses: () => losses }));
    // What a reader past the counters would take for one.
    for (let time = 0; time < 64; time++)
      fake.add({ time, lane: time % 2, frame: filler(64), rxQueue: time % 2 ? 62 : 69 });
    rates.sample(0);
    const rows = rates.queueRows.filter(({ kind }) => kind === 'rx');
    expect(rows).toHaveLength(64);
    expect(rows.slice(62)).toMatchObject([
      { queue: 62, frames: 32, lost: 62 },
      { queue: 63, frames: 32, lost: 63 + 64 + 65 + 66 + 67 + 68 + 69, andHigher: true },
    ]);
    expect(rows.slice(0, 62).every(({ frames, andHigher }) => frames === 0 && !andHigher)).toBe(true);
    expect(() => fake.recorder.rxQueue(64)).toThrow(RangeError);
  });

  it('count a frame with two packets once', () => {
    const fake = new FakeRecorder();
    const rates = new Rates(fakeSource(fake.recorder));
    fake.add({ time: 0, backend: 1 });
    fake.add({ time: 0, backend: 1, coalesced: true });
    rates.sample(0);
    expect(rates.queueRows[0]?.frames).toBe(1);
  });
});

describe('the rates of CIDs', () => {
  const row = (cid: string, packets: number): CidRow => ({
    cid,
    cidLayout: 0,
    backend: null,
    packets,
    bytes: 0,
    firstSeen: 0,
    lastSeen: 0,
    shortPackets: 0,
  });

  function tableOf(readings: readonly { rows: CidRow[]; total: number }[]) {
    let at = 0;
    const cids = () => ({
      ...(readings[at] as (typeof readings)[number]),
      backendCids: new Map([[1, at]]),
    });
    const table = new CidTable(fakeSource(new FakeRecorder().recorder, { cids }), () => at * 2000);
    const read = (frozen = false) => {
      table.sample(frozen);
      at++;
      return table.rows.map(({ cid, rate }) => [cid, rate]);
    };
    return { table, read };
  }

  it('begin at 0 where the whole table was read, and are unknown where not', () => {
    const first = { rows: [row('aa', 10)], total: 1 };
    const second = [row('aa', 12), row('bb', 8)];
    const whole = tableOf([first, { rows: second, total: 2 }]);
    expect(whole.read()).toEqual([['aa', null]]);
    expect(whole.read()).toEqual([
      ['aa', 1],
      ['bb', 4],
    ]);
    const cut = tableOf([
      { ...first, total: 3000 },
      { rows: second, total: 3001 },
    ]);
    cut.read();
    expect(cut.read()).toEqual([
      ['aa', 1],
      ['bb', null],
    ]);
  });

  it('go on while the table stands still', () => {
    const readings = [10, 12, 14, 30].map((packets) => ({ rows: [row('aa', packets)], total: 1 }));
    const { table, read } = tableOf(readings);
    read();
    read();
    expect(read(true)).toEqual([['aa', 1]]);
    expect(table.cidsOf({ cidLayout: 1, handle: 1 })).toBe(1);
    expect(read()).toEqual([['aa', 20 / 6]]);
    expect(table.cidsOf({ cidLayout: 1, handle: 1 })).toBe(3);
  });
});
