// How unevenly backends or queues are loaded: the rate of each over the mean of all that are in use.

export interface Load {
  rate: number;
  /** It had packets in the last minute; in a file: at all. */
  active: boolean;
}

/** Of the active ones; 0 when there are none. */
export function meanRate(loads: readonly Load[]): number {
  const active = loads.filter((load) => load.active);
  return active.reduce((sum, { rate }) => sum + rate, 0) / Math.max(1, active.length);
}

/** 1 is even; 0 where nothing arrives. */
export function skewOf(rate: number, mean: number): number {
  return mean > 0 ? rate / mean : 0;
}
