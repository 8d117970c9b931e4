// Counts that only grow, turned into rates by looking at them about once a second.

/** Milliseconds that a mean covers, and within which something must have come for a key to be active. */
const WINDOW = 10_000;
const ACTIVE = 60_000;

interface Look<Key> {
  time: number;
  counts: ReadonlyMap<Key, number>;
  /** A key that is not there had a count of 0. */
  whole: boolean;
}

export class MovingRates<Key> {
  /** Oldest first; the first one is as old as a mean goes back. */
  private readonly looks: Look<Key>[] = [];
  /** When the count was last found to have grown, of the keys of the last look. */
  private grown = new Map<Key, number>();

  /**
   * @param time milliseconds of a monotonic clock
   * @param whole of keys that are not there the count is 0, not unknown
   */
  look(time: number, counts: ReadonlyMap<Key, number>, whole = true): void {
    const before = this.looks.at(-1)?.counts;
    const grown = new Map<Key, number>();
    for (const [key, count] of counts) {
      const at = count > (before?.get(key) ?? 0) ? time : this.grown.get(key);
      if (at !== undefined) grown.set(key, at);
    }
    this.grown = grown;
    this.looks.push({ time, counts, whole });
    while (this.looks.length > 2 && (this.looks[1] as Look<Key>).time <= time - WINDOW) this.looks.shift();
  }

  /** Of the last look. */
  count(key: Key): number {
    return this.looks.at(-1)?.counts.get(key) ?? 0;
  }

  /** Per second over the last ten, or since the key was first seen; null while only one count of it is known. */
  mean(key: Key): number | null {
    return this.since(0, key);
  }

  /** Per second since the look before the last; null as for mean(). */
  last(key: Key): number | null {
    return this.since(Math.max(0, this.looks.length - 2), key);
  }

  /** Its count grew within the last minute. */
  isActive(key: Key): boolean {
    const at = this.grown.get(key);
    return at !== undefined && (this.looks.at(-1) as Look<Key>).time - at <= ACTIVE;
  }

  private since(first: number, key: Key): number | null {
    const { looks } = this;
    const seen = looks.findIndex(({ counts }, i) => i >= first && counts.has(key));
    const from = seen > first && looks[seen - 1]?.whole ? looks[seen - 1] : looks[seen];
    const to = looks.at(-1);
    if (!from || !to || from.time >= to.time) return null;
    const grown = this.count(key) - (from.counts.get(key) ?? 0);
    // An entry of a map that was evicted counts from 0 again.
    return (Math.max(0, grown) * 1000) / (to.time - from.time);
  }
}
