// The busiest connection IDs of the cid_counter map, with their rates.
import type { CidRow } from '../capture/capture.js';
import type { ScreenSource } from '../capture/source.js';
import { type BackendHandle, backendKey } from '../cid/layout.js';
import { MovingRates } from './moving-rates.js';

/** More would not be scrolled through, and cost time to read. */
const ROWS = 2048;
const SHORTEST_PAUSE = 1000;
/** Reading a full table of 65,536 entries takes milliseconds: at most one part in this many of the time goes there. */
const PAUSE_FOR_COST = 50;

export interface CidRate extends CidRow {
  /** Packets per second, the mean of about the last ten; null while only one count of the CID is known. */
  rate: number | null;
}

export class CidTable {
  rows: readonly CidRate[] = [];
  /** CIDs in the whole table. */
  total = 0;
  private backendCids: ReadonlyMap<number, number> = new Map();
  private readonly rates = new MovingRates<string>();
  private due = 0;

  /** @param now milliseconds of a monotonic clock */
  constructor(
    private readonly source: ScreenSource,
    private readonly now: () => number,
  ) {}

  /** CIDs of a backend, in the whole table. */
  cidsOf(backend: BackendHandle): number {
    return this.backendCids.get(backendKey(backend)) ?? 0;
  }

  /** Reads the table when it is time to. @param frozen the views stand still */
  sample(frozen = false): void {
    const start = this.now();
    if (start < this.due) return;
    const { rows, total, backendCids } = this.source.cids(ROWS);
    const isLive = this.source.kind === 'live';
    this.rates.look(start, new Map(rows.map(({ cid, packets }) => [cid, packets])), rows.length === total);
    this.due = start + Math.max(SHORTEST_PAUSE, (this.now() - start) * PAUSE_FOR_COST);
    if (frozen) return;
    // What comes from a file comes as fast as it can be read.
    this.rows = rows.map((row) => ({ ...row, rate: isLive ? this.rates.mean(row.cid) : null }));
    this.total = total;
    this.backendCids = backendCids;
  }
}
