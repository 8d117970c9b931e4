// Rates of QUIC packets over the last minutes, in all and by backend, for the charts and the table of backends.
import type { BackendCounts, Census } from '../analysis/analysis.js';
import { NO_SERVERS } from '../analysis/backend-servers.js';
import type { BackendTraffic } from '../capture/capture.js';
import type { ScreenSource } from '../capture/source.js';
import { type BackendHandle, backendKey } from '../cid/layout.js';
import { MovingRates } from './moving-rates.js';
import type { Load } from './skew.js';

/** Samples that are kept, one for each second: five minutes. */
const LENGTH = 300;
/** Backends whose rates are kept apart. */
const SERIES = 64;

export interface BackendRate extends Load, BackendCounts {
  /** Some of its packets are trusted, or have short headers, and the user said that servers use its scheme. */
  claimed: boolean;
  /** Packets to it with a short header, all of them: live as the programs counted them; 0 unless it is claimed. */
  short: number;
  /**
   * Packets per second whose CID a server chose, with long and short headers, the mean of about the last ten; 0 until two
   * counts were taken. Of a file, which comes as fast as it can be read: those packets.
   */
  rate: number;
}

/** What is known after a census; never changed, only replaced. */
export interface Past {
  census: Census;
  backends: readonly BackendRate[];
  /** QUIC packets of each second, oldest first. */
  total: readonly number[];
  /** Of the busiest backends (by backendKey) those whose CID a server chose, as long as `total`. */
  series: ReadonlyMap<number, readonly number[]>;
}

export class History {
  /** What the views show: of the last census at which they were not frozen. */
  shown: Past;
  private newest: Past;
  private readonly rates = new MovingRates<number>();
  /** Seconds that passed and have no sample yet; negative when one has come early. */
  private owed = 0;

  private readonly isLive: boolean;

  /** @param census the first one */
  constructor(
    private readonly source: Pick<ScreenSource, 'kind' | 'backends' | 'recorder'>,
    census: Census,
  ) {
    this.isLive = source.kind === 'live';
    this.newest = { census, backends: [], total: [], series: new Map() };
    this.shown = this.newest;
  }

  /** @param frozen the views stand still; what they will show afterwards has no hole */
  sample(census: Census, frozen = false): void {
    if (census !== this.newest.census && census.time > 0) this.newest = this.after(census);
    if (!frozen) this.shown = this.newest;
  }

  private after(census: Census): Past {
    const traffic = new Map((this.source.backends() ?? []).map((row) => [backendKey(row), row]));
    this.lookAt(census, traffic);
    const backends = this.counted(census, traffic).map((row) => {
      const key = backendKey(row);
      const packets = row.trusted + row.short;
      return this.isLive
        ? {
            ...row,
            rate: row.claimed ? (this.rates.mean(key) ?? 0) : 0,
            active: row.claimed && this.rates.isActive(key),
          }
        : { ...row, rate: packets, active: packets > 0 };
    });
    const { census: before, total, series } = this.newest;
    const seconds = before.time > 0 ? (census.time - before.time) / 1000 : 0;
    // After a stop, or when the analysis was busy, one census stands for several seconds.
    this.owed += seconds;
    const samples = Math.max(0, Math.round(this.owed));
    this.owed -= samples;
    if (samples === 0) return { census, backends, total, series };
    const rate = (packetsOf(census) - packetsOf(before)) / seconds;
    return { census, backends, total: extended(total, rate, samples), series: this.seriesAfter(backends, samples) };
  }

  /** Also at those that are not claimed, so that what they had before is not taken for traffic once they are. */
  private lookAt(census: Census, traffic: ReadonlyMap<number, BackendTraffic>): void {
    const counts = new Map([...traffic].map(([key, { shortPackets }]) => [key, shortPackets]));
    for (const row of census.backends) {
      const key = backendKey(row);
      counts.set(key, row.trusted + (counts.get(key) ?? 0));
    }
    this.rates.look(census.time, counts);
  }

  /** The backends of the census, and those of which the programs alone have counted packets. */
  private counted(census: Census, traffic: Map<number, BackendTraffic>): Omit<BackendRate, 'rate' | 'active'>[] {
    const isGiven = ({ cidLayout }: BackendHandle) =>
      this.source.recorder.serverIds.layouts[cidLayout - 1]?.isGiven ?? false;
    const rows = census.backends.map((counts) => {
      const key = backendKey(counts);
      const shortPackets = this.isLive ? (traffic.get(key)?.shortPackets ?? 0) : counts.short;
      const claimed = counts.trusted > 0 || (shortPackets > 0 && isGiven(counts));
      traffic.delete(key);
      return { ...counts, claimed, short: claimed ? shortPackets : 0 };
    });
    // Of others nobody knows whether somebody encoded them.
    const unseen = [...traffic.values()].filter((row) => row.shortPackets > 0 && isGiven(row));
    return [...rows, ...unseen.map(unseenBackend)];
  }

  private seriesAfter(backends: readonly BackendRate[], samples: number): Past['series'] {
    const { total, series: before } = this.newest;
    const rates = new Map(backends.map(backendKey).map((key) => [key, this.rates.last(key) ?? 0]));
    const series = new Map<number, readonly number[]>();
    for (const [key, past] of before) {
      const now = extended(past, rates.get(key) ?? 0, samples);
      if (now.some((rate) => rate > 0)) series.set(key, now);
    }
    const others = [...rates].filter(([key, rate]) => rate > 0 && !series.has(key));
    for (const [key, rate] of others.sort((a, b) => b[1] - a[1]).slice(0, SERIES - series.size)) {
      series.set(key, extended(new Array<number>(total.length).fill(0), rate, samples));
    }
    return series;
  }
}

/** No packet with a long header was seen of it: its connections are older than the capture. */
const unseenBackend = ({ cidLayout, handle, backend, shortPackets }: BackendTraffic) => ({
  ...{ cidLayout, handle, backend, packets: 0, bytes: 0, trusted: 0 },
  servers: NO_SERVERS,
  claimed: true,
  short: shortPackets,
});

/** All that were captured: those that the analysis passed over are of no backend, but there they are. */
const packetsOf = ({ packets, missed }: Census) => packets + missed;

function extended(past: readonly number[], rate: number, samples: number): readonly number[] {
  return [...past, ...new Array<number>(Math.min(samples, LENGTH)).fill(rate)].slice(-LENGTH);
}
