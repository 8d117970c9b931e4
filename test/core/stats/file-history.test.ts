import { describe, expect, it } from 'vitest';
import type { Census } from '../../../src/core/analysis/analysis.js';
import { NO_SERVERS } from '../../../src/core/analysis/backend-servers.js';
import { NO_CENSUS } from '../../../src/core/analysis/census-counter.js';
import { RECORD_FLAGS } from '../../../src/core/native/abi.gen.js';
import { type Decoded, NOTHING_KNOWN } from '../../../src/core/quic/decoded.js';
import type { RecordView } from '../../../src/core/recorder/record.js';
import { FileHistory } from '../../../src/core/stats/file-history.js';
import type { RateData } from '../../../src/core/stats/rate-data.js';
import { type FakePacket, FakeRecorder } from '../../support/fake-recorder.js';

const SECOND = 1_000_000_000n;

interface FileOptions {
  packets?: readonly FakePacket[];
  fake?: FakeRecorder;
  /** Of each backend its trusted packets; those of DCID 01... are. */
  trusted?: Record<number, number>;
}

/** A file that was read, and a clock that goes on by a millisecond whenever it is looked at. */
function fileOf({ packets = [], fake = new FakeRecorder({}, 8192), trusted = {} }: FileOptions) {
  for (const packet of packets) fake.add(packet);
  const { recorder } = fake;
  const named = new Map<number, number>();
  for (const { backend } of packets) {
    if (backend !== undefined) named.set(backend, (named.get(backend) ?? 0) + 1);
  }
  const census: Census = {
    ...NO_CENSUS,
    packets: recorder.packets,
    backends: [...named]
      .map(([backend, count]) => ({
        cidLayout: 1,
        handle: backend,
        backend,
        packets: count,
        bytes: 0,
        trusted: trusted[backend] ?? 0,
        short: 0,
        servers: NO_SERVERS,
      }))
      .sort((a, b) => b.trusted - a.trusted || b.packets - a.packets),
  };
  const analysis = {
    census,
    decodedOf: (view: RecordView): Decoded =>
      view.dcidLength > 0 ? { ...NOTHING_KNOWN, trust: 'server' } : NOTHING_KNOWN,
  };
  const loading = { done: true, frames: 0, overwritten: 0, warning: null };
  let time = 0;
  const history = new FileHistory({ recorder, loading }, analysis, () => time++);
  return { history, analysis, loading };
}

function counted(options: FileOptions): RateData | string {
  const { history } = fileOf(options);
  history.tick(Number.POSITIVE_INFINITY);
  return history.rates;
}

function ratesOf(options: FileOptions): RateData {
  const rates = counted(options);
  if (typeof rates === 'string') throw new Error(rates);
  return rates;
}

/** The packets of each bucket that has some. */
function packetsOf(rates: readonly number[], period: number): [bucket: number, packets: number][] {
  return rates.flatMap((rate, i) =>
    rate > 0 ? [[i, Math.round(rate * period * 1000) / 1000] as [number, number]] : [],
  );
}

describe('the rates of a file', () => {
  it('are of its own time, from the first packet to the last, in any order', () => {
    const times = [4n, 1n, 7n, 1n, 2n].map((seconds) => seconds * SECOND);
    const { axis, period, total } = ratesOf({ packets: times.map((time) => ({ time })) });
    expect({ axis, period }).toEqual({ axis: 'offset', period: 0.1 });
    expect(packetsOf(total, period)).toEqual([
      [0, 2],
      [10, 1],
      [30, 1],
      [59, 1],
    ]);
    expect(total[0]).toBeCloseTo(20);
  });

  it('have 300 samples where there are packets enough', () => {
    const packets = Array.from({ length: 3001 }, (_, i) => ({ time: i * 1e6 }));
    const { period, total } = ratesOf({ packets });
    expect(period).toBeCloseTo(0.01);
    expect(total).toHaveLength(300);
    expect(Math.min(...total)).toBeGreaterThan(899);
    expect(total.reduce((sum, rate) => sum + rate * period, 0)).toBeCloseTo(3001);
  });

  it('are exact where times are larger than a number can hold', () => {
    const far = 2n ** 63n;
    const packets = [far + 60n, far, far + 1n, far + 30n].map((time) => ({ time }));
    const { period, total } = ratesOf({ packets });
    expect(period).toBeCloseTo(1e-9, 15);
    expect(packetsOf(total, period).map(([bucket]) => bucket)).toEqual([0, 1, 30, 59]);
  });

  it('cover the longest time there can be', () => {
    const { period, total } = ratesOf({ packets: [{ time: 0 }, { time: 2n ** 64n - 1n }] });
    expect(period * 60).toBeCloseTo(2 ** 64 / 1e9, -1);
    expect(packetsOf(total, period).map(([bucket]) => bucket)).toEqual([0, 59]);
  });

  it('leave out packets without a time, those that were overwritten, and no lane', () => {
    const fake = new FakeRecorder({ lanes: 2 }, 64);
    for (let i = 0; i < 100; i++) fake.add({ time: i, lane: 0 });
    fake.add({ time: 0, flags: RECORD_FLAGS.RECORD_NO_TIME });
    fake.add({ time: 159, lane: 1 });
    const { period, total } = ratesOf({ fake });
    // 63 of the first 100 are left: from 37 on.
    expect(period * total.length).toBeCloseTo((159 - 37) / 1e9, 15);
    expect(total.reduce((sum, rate) => sum + rate * period, 0)).toBeCloseTo(64);
  });

  it('name the four backends of most packets whose CID a server chose, and count those packets', () => {
    const packets = [1, 2, 3, 4, 5].flatMap((backend) => [
      { time: backend, backend, dcid: '01' },
      { time: backend, backend },
    ]);
    const { backends, period } = ratesOf({ packets, trusted: { 1: 1, 2: 5, 3: 2, 4: 3, 5: 4 } });
    expect(backends.map(({ name }) => name)).toEqual(['backend 2', 'backend 5', 'backend 4', 'backend 3']);
    for (const { rates } of backends) expect(packetsOf(rates, period)).toHaveLength(1);
    expect(packetsOf(backends[1]?.rates ?? [], period)).toEqual([[59, 1]]);
  });

  it('leave out backends without such packets, unless there are no others', () => {
    const packets = [1, 2, 2, 3].map((backend, i) => ({ time: i, backend, dcid: backend === 3 ? '01' : '' }));
    const names = (trusted: Record<number, number>) => ratesOf({ packets, trusted }).backends.map(({ name }) => name);
    expect(names({ 3: 1 })).toEqual(['backend 3']);
    expect(names({})).toEqual(['backend 2', 'backend 1', 'backend 3']);
    const { backends, period } = ratesOf({ packets });
    expect(packetsOf(backends[0]?.rates ?? [], period).map(([, count]) => count)).toEqual([1, 1]);
  });
});

describe('says why there are none', () => {
  const NO_TIME = { time: 0, flags: RECORD_FLAGS.RECORD_NO_TIME };

  it.each<[string, readonly FakePacket[]]>([
    ['no QUIC packets in this file', []],
    ['the packets of this file have no times', [NO_TIME, NO_TIME]],
    ['one packet with a time: a rate needs two', [{ time: 5 }, NO_TIME]],
    ['all 3 packets at the same time: there is no rate', [{ time: 5 }, { time: 5 }, { time: 5 }]],
  ])('%s', (text, packets) => {
    expect(counted({ packets })).toBe(text);
  });
});

describe('its work', () => {
  it('begins when the file is read and all of it analysed', () => {
    const { history, loading, analysis } = fileOf({ packets: [{ time: 1 }, { time: 2 }] });
    loading.done = false;
    history.tick(100);
    expect(history.rates).toBe('the file is being read ...');
    loading.done = true;
    analysis.census.packets = 1;
    history.tick(100);
    expect(history.rates).toBe('the file is being read ...');
    analysis.census.missed = 1;
    history.tick(100);
    expect(history.rates).toBeTypeOf('object');
  });

  it('is done in parts of about the budget, and once', () => {
    const packets = Array.from({ length: 8000 }, (_, i) => ({ time: i }));
    const { history } = fileOf({ packets });
    let ticks = 0;
    for (; typeof history.rates === 'string'; ticks++) {
      history.tick(4);
      if (ticks < 4) expect(history.rates).toBe('the packets are being counted ...');
    }
    // All packets twice, 512 a millisecond of this clock: 32 parts, and then the end.
    expect(ticks).toBe(9);
    const { rates } = history;
    history.tick(4);
    expect(history.rates).toBe(rates);
  });
});
