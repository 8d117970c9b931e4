// Rates of the last minutes, for the charts and the tables: one sample about each second.
import type { Census } from '../core/analysis/analysis.js';

/** Samples that are kept: five minutes. */
const LENGTH = 300;
/** Backends whose rates are kept apart. */
const SERIES = 64;

export interface BackendRate {
  backend: number;
  /** Since the start. */
  packets: number;
  bytes: number;
  trusted: number;
  /**
   * Packets per second whose CID a server chose; 0 until two counts were taken. Of a file, which comes as fast as it can
   * be read: those packets.
   */
  rate: number;
}

export class History {
  /** Packets per second, oldest first. */
  readonly total: number[] = [];
  /** Of the busiest backends, as long as `total`. */
  readonly series = new Map<number, number[]>();
  backends: readonly BackendRate[] = [];
  /** Samples taken since the start. */
  samples = 0;
  private lastOf = new Map<number, number>();

  /**
   * @param live not read from a file
   * @param census of the last sample
   */
  constructor(
    private readonly live: boolean,
    public census: Census,
  ) {}

  /** @param packetRate packets per second, null while not known */
  sample(packetRate: number | null, census: Census): void {
    this.samples++;
    if (packetRate !== null) push(this.total, packetRate);
    if (census !== this.census && census.time > 0) this.take(census);
    if (packetRate !== null) this.sampleSeries();
  }

  /** Counts to rates. */
  private take(census: Census): void {
    const seconds = this.census.time > 0 ? (census.time - this.census.time) / 1000 : 0;
    this.backends = census.backends.map(({ backend, packets, bytes, trusted }) => {
      const before = this.lastOf.get(backend) ?? 0;
      const rate = seconds > 0 ? (trusted - before) / seconds : 0;
      return { backend, packets, bytes, trusted, rate: this.live ? rate : trusted };
    });
    this.census = census;
    this.lastOf = new Map(census.backends.map(({ backend, trusted }) => [backend, trusted]));
  }

  private sampleSeries(): void {
    const busiest = [...this.backends].sort((a, b) => b.rate - a.rate).slice(0, SERIES);
    const rates = new Map(busiest.map(({ backend, rate }) => [backend, rate]));
    for (const [backend, series] of this.series) {
      push(series, rates.get(backend) ?? 0);
      rates.delete(backend);
      if (series.every((rate) => rate === 0)) this.series.delete(backend);
    }
    for (const [backend, rate] of rates) {
      if (rate === 0 || this.series.size >= SERIES) continue;
      const series = new Array<number>(this.total.length).fill(0);
      series[series.length - 1] = rate;
      this.series.set(backend, series);
    }
  }
}

function push(samples: number[], sample: number): void {
  samples.push(sample);
  if (samples.length > LENGTH) samples.shift();
}
