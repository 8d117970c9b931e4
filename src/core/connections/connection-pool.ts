// The connections that are followed: so many at most, and of those of which only one side was heard no more than a part,
// so that whoever sends first packets by the million does not push out the others.
import { Tracked } from './tracked.js';

/** In the order of use: a ring through its first element, which is no connection. */
class Ring {
  private readonly head = new Tracked();
  size = 0;

  constructor() {
    this.head.newer = this.head.older = this.head;
  }

  get oldest(): Tracked {
    return this.head.newer as Tracked;
  }

  remove(connection: Tracked): void {
    const newer = connection.newer as Tracked;
    const older = connection.older as Tracked;
    newer.older = older;
    older.newer = newer;
    this.size--;
  }

  /** As the one used last. */
  add(connection: Tracked): void {
    const { head } = this;
    const second = head.older as Tracked;
    connection.older = second;
    connection.newer = head;
    second.newer = connection;
    head.older = connection;
    this.size++;
  }

  /** From the one used last on. */
  *[Symbol.iterator](): Iterator<Tracked> {
    for (let at = this.head.older as Tracked; at !== this.head; at = at.older as Tracked) yield at;
  }
}

export class ConnectionPool {
  /** All that were ever used at once; each is one of the two rings. */
  readonly all: Tracked[] = [];
  private readonly claimed = new Ring();
  private readonly proven = new Ring();
  private uses = 0;
  /** Connections that were forgotten because there were too many. */
  dropped = 0;

  /**
   * @param capacity connections that are followed at once
   * @param forget told of one before it is forgotten
   */
  constructor(
    private readonly capacity: number,
    private readonly forget: (connection: Tracked) => void,
  ) {}

  /** One that is free, and is now the one used last. To be begun. */
  take(): Tracked {
    const { all, claimed, proven, capacity } = this;
    let connection: Tracked;
    if (all.length < capacity) {
      connection = new Tracked();
      all.push(connection);
    } else {
      const from = claimed.size > capacity / 4 || proven.size === 0 ? claimed : proven;
      connection = from.oldest;
      this.dropped++;
      this.forget(connection);
      from.remove(connection);
    }
    connection.touched = ++this.uses;
    claimed.add(connection);
    return connection;
  }

  /** It is now the one used last, or among those: who was there a moment ago stays where it is, which costs less. */
  touch(connection: Tracked): void {
    if (++this.uses - connection.touched < this.capacity / 8) return;
    connection.touched = this.uses;
    const ring = connection.proven ? this.proven : this.claimed;
    ring.remove(connection);
    ring.add(connection);
  }

  /** Both of its ends were heard. */
  prove(connection: Tracked): void {
    if (connection.proven) return;
    this.claimed.remove(connection);
    connection.proven = true;
    this.proven.add(connection);
  }

  /** Those that were seen last, the newest first. */
  newest(limit: number): Tracked[] {
    const rows: Tracked[] = [];
    const rings = [this.proven[Symbol.iterator](), this.claimed[Symbol.iterator]()];
    const next = rings.map((ring) => ring.next());
    while (rows.length < limit) {
      const [a, b] = next;
      const first = a?.done ? 1 : b?.done ? 0 : (a?.value.lastSeen ?? 0) >= (b?.value.lastSeen ?? 0) ? 0 : 1;
      const result = next[first] as IteratorResult<Tracked>;
      if (result.done) break;
      rows.push(result.value);
      next[first] = (rings[first] as Iterator<Tracked>).next();
    }
    return rows;
  }
}
