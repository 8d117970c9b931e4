// The packets of a list in another order than that of time: as they were when they were sorted.
import type { PacketList, Position } from '../core/packet-list.js';
import { RecordView } from '../core/record.js';

/** The rows of the packet list in some order; "newer" is further down. PacketList is the order of time. */
export type PacketOrder = Pick<
  PacketList,
  'count' | 'searching' | 'newest' | 'oldest' | 'step' | 'read' | 'rank' | 'holds'
>;

/** Sorting this many takes some tens of milliseconds; of more, the newest are sorted. */
export const MOST_SORTED = 50_000;

export class SortedPackets implements PacketOrder {
  readonly searching = false;
  private readonly positions: Position[] = [];
  private readonly places = new Map<number, number>();

  constructor(
    private readonly list: PacketList,
    value: (view: RecordView) => number | string,
    descending: boolean,
  ) {
    const keyed: { position: Position; key: number | string }[] = [];
    const view = new RecordView();
    let position = list.newest();
    const views: RecordView[] = [];
    // In parts, so that few views are needed.
    while (position && keyed.length < MOST_SORTED) {
      const read = list.read(position, views, PART);
      for (let i = 0; i < read; i++) {
        const { lane, sequence } = views[i] as RecordView;
        keyed.push({ position: { lane, sequence }, key: value(views[i] as RecordView) });
      }
      const last = keyed.at(-1)?.position;
      position = read === PART && last ? older(list, last, view) : null;
    }
    // Stable: packets that are equal stay in the order of time.
    const sign = descending ? -1 : 1;
    keyed.reverse().sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -sign : sign));
    keyed.forEach(({ position }, i) => {
      this.positions.push(position);
      this.places.set(placeKey(position), i);
    });
  }

  get count(): number {
    return this.positions.length;
  }

  newest(): Position | null {
    return this.positions.at(-1) ?? null;
  }

  oldest(): Position | null {
    return this.positions[0] ?? null;
  }

  holds(position: Position): boolean {
    return this.list.holds(position);
  }

  step(from: Position, rows: number): Position | null {
    const place = this.places.get(placeKey(from));
    if (place === undefined) return null;
    return this.positions[Math.max(0, Math.min(place - rows, this.positions.length - 1))] ?? null;
  }

  rank(position: Position): number | null {
    const place = this.places.get(placeKey(position));
    return place === undefined ? null : this.positions.length - 1 - place;
  }

  /** What was overwritten since is left out. */
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

const PART = 512;
/** More lanes than any machine has drain threads for. */
const LANES = 1024;

const placeKey = ({ lane, sequence }: Position) => sequence * LANES + lane;

/** The match just older than one, or null at the end. */
function older(list: PacketList, position: Position, view: RecordView): Position | null {
  const next = list.step(position, 1);
  return next && list.load(next, view) && placeKey(next) !== placeKey(position) ? next : null;
}
