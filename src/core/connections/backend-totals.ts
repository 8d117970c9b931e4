// What happened to the connections of each backend, in counts that only grow.

import type { ServerIds } from '../cid/server-id.js';
import { WordLru } from '../cid/word-lru.js';
import { type BackendConnections, HANDSHAKE_BUCKETS } from './connection.js';
import { MARK, type Tracked } from './tracked.js';

/** Backends that are counted, a power of two: the last ones used. */
const BACKENDS = 4096;
/** Rows of a report: those of most connections. */
const SHOWN = 1024;

const COUNTS = {
  opened: MARK.OPENED,
  retried: MARK.RETRIED,
  answered: MARK.ANSWERED,
  established: MARK.ESTABLISHED,
  failed: MARK.FAILED,
  resets: MARK.RESET,
  unanswered: MARK.UNANSWERED,
  migrated: MARK.MIGRATED,
};
const NAMES = Object.keys(COUNTS) as (keyof typeof COUNTS)[];

class Totals {
  cidLayout = 0;
  handle = 0;
  open = 0;
  readonly counts = new Float64Array(NAMES.length);
  readonly handshakes = new Float64Array(HANDSHAKE_BUCKETS.length + 1);

  /** Counts what these bits of MARK say. */
  add(marks: number): void {
    for (let i = 0; i < NAMES.length; i++) {
      if (marks & COUNTS[NAMES[i] as keyof typeof COUNTS]) (this.counts[i] as number)++;
    }
  }

  addHandshake(time: number): void {
    const bucket = HANDSHAKE_BUCKETS.findIndex((bound) => time <= bound);
    (this.handshakes[bucket === -1 ? HANDSHAKE_BUCKETS.length : bucket] as number)++;
  }
}

/**
 * A connection is counted for a backend once that is known, or once it will not be: until then what happens to it is kept
 * in its marks.
 */
export class BackendTotals {
  private readonly backends = new WordLru(BACKENDS, 1);
  private readonly key = new Uint32Array(1);
  private readonly totals: Totals[] = [];
  private readonly unknown = new Totals();

  /** That happened to the connection; more than once is as good as once. */
  mark(connection: Tracked, mark: number): void {
    if (connection.marks & mark) return;
    connection.marks |= mark;
    if (connection.counted) this.of(connection).add(mark);
  }

  /** Its handshake time is known. */
  markHandshake(connection: Tracked): void {
    if (connection.counted) this.of(connection).addHandshake(connection.handshake);
  }

  /** Counts it for the backend that it has now, or for none. */
  count(connection: Tracked): void {
    if (connection.counted) return;
    connection.counted = true;
    const totals = this.of(connection);
    totals.add(connection.marks);
    if (!Number.isNaN(connection.handshake)) totals.addHandshake(connection.handshake);
  }

  private of({ cidLayout, handle }: Tracked): Totals {
    if (cidLayout === 0) return this.unknown;
    this.key[0] = handle;
    const slot = this.backends.use(this.key, 0, cidLayout);
    if (this.backends.added) {
      const totals = new Totals();
      totals.cidLayout = cidLayout;
      totals.handle = handle;
      this.totals[slot] = totals;
    }
    return this.totals[slot] as Totals;
  }

  /** @param open those of the connections that are open now */
  rows(open: Iterable<Tracked>, serverIds: ServerIds): BackendConnections[] {
    const all = [this.unknown, ...this.totals.slice(1)];
    for (const totals of all) totals.open = 0;
    for (const connection of open) this.of(connection).open++;
    return all
      .filter(({ counts, open }) => open > 0 || counts.some((count) => count > 0))
      .sort((a, b) => (b.counts[0] as number) - (a.counts[0] as number))
      .slice(0, SHOWN)
      .map((totals) => rowOf(totals, serverIds));
  }
}

function rowOf({ cidLayout, handle, open, counts, handshakes }: Totals, serverIds: ServerIds): BackendConnections {
  const known = cidLayout !== 0;
  const named = Object.fromEntries(NAMES.map((name, i) => [name, counts[i]])) as Record<keyof typeof COUNTS, number>;
  return {
    backend: known ? serverIds.of(cidLayout, handle) : null,
    handle: known ? { cidLayout, handle } : null,
    open,
    ...named,
    handshakes: [...handshakes],
  };
}
