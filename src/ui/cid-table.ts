// The busiest connection IDs of the cid_counter map, with their rates.
import type { CidRow } from '../core/capture.js';
import type { ScreenSource } from '../core/source.js';

const ROWS = 64;
const SHORTEST_PAUSE = 1000;
/** Reading a full table of 65,536 entries takes milliseconds: at most one part in this many of the time goes there. */
const PAUSE_FOR_COST = 50;

export interface CidRate extends CidRow {
  /** Packets per second; null when the CID was not among the busiest at the last look. */
  rate: number | null;
}

export class CidTable {
  rows: CidRate[] = [];
  /** CIDs in the whole table. */
  total = 0;
  private lastTime = 0;
  private lastPackets = new Map<string, number>();
  private due = 0;

  constructor(
    private readonly capture: ScreenSource,
    private readonly now: () => number,
  ) {}

  /** Reads the table when it is time to. */
  sample(): void {
    const start = this.now();
    if (start < this.due) return;
    const seconds = (start - this.lastTime) / 1000;
    const { rows, total } = this.capture.cids(ROWS);
    this.rows = rows.map((row) => {
      const before = this.lastPackets.get(row.cid);
      return { ...row, rate: before === undefined ? null : (row.packets - before) / seconds };
    });
    this.total = total;
    this.lastTime = start;
    this.lastPackets = new Map(rows.map(({ cid, packets }) => [cid, packets]));
    this.due = start + Math.max(SHORTEST_PAUSE, (this.now() - start) * PAUSE_FOR_COST);
  }
}
