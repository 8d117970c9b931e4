// The packets of a list in another order than that of time: as they were when they were sorted.

import type { PacketList, Position } from '../../../core/recorder/packet-list.js';
import { RecordView } from '../../../core/recorder/record.js';
import type { SortValue } from '../../table/columns.js';

/** The rows of the packet list in some order; "newer" is further down. PacketList is the order of time. */
export type PacketOrder = Pick<
  PacketList,
  'count' | 'searching' | 'newest' | 'oldest' | 'step' | 'read' | 'rank' | 'holds'
>;

/** Of more packets the newest are sorted: the screen waits meanwhile, some 60 ms for the slowest column. */
export const MOST_SORTED = 20_000;

/** What was overwritten since the sorting is passed over. */
export class SortedPackets implements PacketOrder {
  readonly searching = false;
  /** From the top row down. */
  private readonly positions: readonly Position[];
  private readonly places: ReadonlyMap<number, number>;
  /** No place above `first` and below `last` is still held: what is overwritten stays so. */
  private first = 0;
  private last: number;

  constructor(
    private readonly list: PacketList,
    value: (view: RecordView) => SortValue,
    descending: boolean,
  ) {
    const newestFirst: Position[] = [];
    const values: SortValue[] = [];
    list.visitNewest(MOST_SORTED, (view) => {
      newestFirst.push({ lane: view.lane, sequence: view.sequence });
      values.push(value(view));
    });
    const keys = sortKeys(values);
    const sign = descending ? -1 : 1;
    // Packets that are equal stay in the order of time.
    const order = Uint32Array.from(values, (_, i) => i).sort(
      (a, b) => sign * ((keys[a] as number) - (keys[b] as number)) || b - a,
    );
    this.positions = Array.from(order, (i) => newestFirst[i] as Position);
    this.places = new Map(this.positions.map((position, i) => [placeKey(position), i]));
    this.last = this.positions.length - 1;
  }

  get count(): number {
    return this.positions.length;
  }

  newest(): Position | null {
    while (this.last >= 0 && !this.holdsPlace(this.last)) this.last--;
    return this.positions[this.last] ?? null;
  }

  oldest(): Position | null {
    while (this.first < this.count && !this.holdsPlace(this.first)) this.first++;
    return this.positions[this.first] ?? null;
  }

  holds(position: Position): boolean {
    return this.list.holds(position);
  }

  private holdsPlace(place: number): boolean {
    return this.list.holds(this.positions[place] as Position);
  }

  /** Null: there is no packet left on that side, and `from` is gone too. */
  step(from: Position, rows: number): Position | null {
    let place = this.places.get(placeKey(from));
    if (place === undefined) return null;
    let found = this.holds(from) ? from : null;
    const direction = rows > 0 ? -1 : 1;
    for (let left = Math.abs(rows); left > 0; ) {
      place += direction;
      if (place < 0 || place >= this.count) break;
      if (!this.holdsPlace(place)) continue;
      found = this.positions[place] as Position;
      left--;
    }
    return found;
  }

  rank(position: Position): number | null {
    const place = this.places.get(placeKey(position));
    return place === undefined ? null : this.positions.length - 1 - place;
  }

  read(from: Position, views: RecordView[], limit: number): number {
    let place = this.places.get(placeKey(from)) ?? -1;
    let count = 0;
    for (; place >= 0 && count < limit; place--) {
      views[count] ??= new RecordView();
      if (this.list.load(this.positions[place] as Position, views[count] as RecordView)) count++;
    }
    return count;
  }
}

/** More lanes than any machine has drain threads for. */
const LANES = 1024;

const placeKey = ({ lane, sequence }: Position) => sequence * LANES + lane;

/** Numbers in the order of the values: comparing these is fast. */
function sortKeys(values: readonly SortValue[]): Float64Array {
  if (values.every((value) => typeof value === 'number')) return Float64Array.from(values);
  const distinct = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
  const ranks = new Map(distinct.map((value, rank) => [value, rank]));
  return Float64Array.from(values, (value) => ranks.get(value) as number);
}
