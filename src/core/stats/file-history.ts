// Packets per second over a capture file's own time, from its first packet to its last. Live rates are in history.ts.

import type { Analysis } from '../analysis/analysis.js';
import type { ScreenSource } from '../capture/source.js';
import { backendKey } from '../cid/layout.js';
import { serverText } from '../cid/server-names.js';
import { RecordView } from '../recorder/record.js';
import { count, SECOND } from '../text/format.js';
import type { RateData } from './rate-data.js';

/** Of few packets, fewer: else each would be a peak. */
const BUCKETS = { least: 60, most: 300 };
/** Backends with a line of their own. */
const SERIES = 4;
/** Records looked at between two looks at the clock. */
const CHUNK = 512;

/** The time that the packets of the recorder cover. Those without a time are left out. */
interface Span {
  packets: number;
  /** The record that the times are counted from: not always the first, because a file has any order. */
  origin: RecordView;
  /** Nanoseconds since `origin`. */
  first: number;
  last: number;
}

export class FileHistory {
  /** What to say until they are known, and where there are none. */
  rates: RateData | string = 'the file is being read ...';
  private readonly view = new RecordView();
  private work: Generator<void> | null = null;

  /** @param now milliseconds of a monotonic clock */
  constructor(
    private readonly source: Pick<ScreenSource, 'recorder' | 'loading'>,
    private readonly analysis: Pick<Analysis, 'census' | 'decodedOf'>,
    private readonly now: () => number,
  ) {}

  /** Counts for about `budget` milliseconds, once the file is read and analysed. */
  tick(budget: number): void {
    const { census } = this.analysis;
    const { recorder, loading } = this.source;
    if (!this.work && loading?.done && census.packets + census.missed >= recorder.packets) this.work = this.count();
    const deadline = this.now() + budget;
    while (this.work && !this.work.next().done && this.now() < deadline);
  }

  /** Yields where it may be interrupted. */
  private *count(): Generator<void> {
    this.rates = 'the packets are being counted ...';
    const span: Span = { packets: 0, origin: new RecordView(), first: 0, last: 0 };
    yield* this.eachTimed((view) => {
      if (span.packets++ === 0) span.origin.words.set(view.words);
      const time = view.nanosecondsSince(span.origin);
      if (time < span.first) span.first = time;
      if (time > span.last) span.last = time;
    });
    this.rates = this.reasonForNone(span) ?? (yield* this.ratesOf(span));
  }

  private reasonForNone({ packets, first, last }: Span): string | null {
    if (this.source.recorder.packets === 0) return 'no QUIC packets in this file';
    if (packets === 0) return 'the packets of this file have no times';
    if (packets === 1) return 'one packet with a time: a rate needs two';
    return first === last ? `all ${count(packets)} packets at the same time: there is no rate` : null;
  }

  private *ratesOf({ packets, origin, first, last }: Span): Generator<void, RateData> {
    const { census } = this.analysis;
    // The census has those of most trusted packets first.
    const trustedOnly = census.backends.some(({ trusted }) => trusted > 0);
    const busiest = census.backends.filter(({ trusted }) => trusted > 0 || !trustedOnly).slice(0, SERIES);
    const keys = busiest.map(backendKey);
    const buckets = Math.min(BUCKETS.most, Math.max(BUCKETS.least, packets));
    const total = new Array<number>(buckets).fill(0);
    const series = keys.map(() => new Array<number>(buckets).fill(0));
    yield* this.eachTimed((view) => {
      const place = ((view.nanosecondsSince(origin) - first) / (last - first)) * buckets;
      const bucket = Math.min(buckets - 1, Math.floor(place));
      (total[bucket] as number)++;
      const { cidLayout, backendHandle: handle } = view;
      const rates = view.hasBackend ? series[keys.indexOf(backendKey({ cidLayout, handle }))] : undefined;
      if (rates && (!trustedOnly || this.analysis.decodedOf(view).trust === 'server')) (rates[bucket] as number)++;
    });
    const period = (last - first) / SECOND / buckets;
    const perSecond = (counts: readonly number[]) => counts.map((packets) => packets / period);
    return {
      axis: 'offset',
      period,
      total: perSecond(total),
      backends: busiest.map(({ backend }, i) => ({
        name: `backend ${serverText(backend)}`,
        rates: perSecond(series[i] as number[]),
      })),
    };
  }

  /** All packets that are still there, in the order of the file. */
  private *eachTimed(visit: (view: RecordView) => void): Generator<void> {
    const { view } = this;
    for (const lane of this.source.recorder.lanes) {
      const head = lane.head();
      for (let sequence = lane.tail(); sequence < head; yield) {
        const end = Math.min(sequence + CHUNK, head);
        for (; sequence < end; sequence++) if (lane.load(sequence, view) && view.hasTime) visit(view);
      }
    }
  }
}
