// The busiest connection IDs of the cid_counter map, with their rates.
import type { CidRow } from '../core/capture.js';
import type { ScreenSource } from '../core/source.js';

/** More would not be scrolled through, and cost time to read. */
const ROWS = 2048;
const SHORTEST_PAUSE = 1000;
/** Reading a full table of 65,536 entries takes milliseconds: at most one part in this many of the time goes there. */
const PAUSE_FOR_COST = 50;

export interface CidRate extends CidRow {
  /** Packets per second; null when the CID was not among the busiest at the last look. */
  rate: number | null;
}

export class CidTable {
  rows: readonly CidRate[] = [];
  /** CIDs in the whole table. */
  total = 0;
  private backendCids: Uint32Array = new Uint32Array();
  private lastTime = 0;
  private lastPackets = new Map<string, number>();
  private due = 0;

  /** @param now milliseconds of a monotonic clock */
  constructor(
    private readonly source: ScreenSource,
    private readonly now: () => number,
  ) {}

  /** CIDs of a backend, in the whole table. */
  cidsOf(backend: number): number {
    return this.backendCids[backend] ?? 0;
  }

  /** Reads the table when it is time to. */
  sample(): void {
    const start = this.now();
    if (start < this.due) return;
    const seconds = (start - this.lastTime) / 1000;
    const { rows, total, backendCids } = this.source.cids(ROWS);
    this.rows = rows.map((row) => {
      const before = this.lastPackets.get(row.cid);
      // What comes from a file comes as fast as it can be read.
      const hasRate = before !== undefined && this.source.kind === 'live';
      return { ...row, rate: hasRate ? (row.packets - before) / seconds : null };
    });
    this.total = total;
    this.backendCids = backendCids;
    this.lastTime = start;
    this.lastPackets = new Map(rows.map(({ cid, packets }) => [cid, packets]));
    this.due = start + Math.max(SHORTEST_PAUSE, (this.now() - start) * PAUSE_FOR_COST);
  }
}
