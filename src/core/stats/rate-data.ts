// Rates over time, as a chart shows them.

/** All names are printable. */
export interface RateData {
  /** The last sample is of now, or the first one is of a capture file's first packet. */
  axis: 'age' | 'offset';
  /** Seconds between two samples. */
  period: number;
  /** Packets per second, oldest first. */
  total: readonly number[];
  /** The busiest backends (at most 4), each with rates as `total`. */
  backends: readonly { name: string; rates: readonly number[] }[];
}
