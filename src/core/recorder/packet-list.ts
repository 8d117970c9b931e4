// The packets of the whole recorder that match a filter, newest first.
//
// Each lane's matches are kept apart, as ascending sequence numbers: what the writer overwrites is then always at the
// old end. The lanes are merged by time only while rows are read, so the order is exact whichever lane was drained first.
import type { Analysis } from '../analysis/analysis.js';
import { type Filter, MATCH_ALL } from '../filter/index.js';
import type { DecodedOf } from '../quic/decoded.js';
import { RecordView } from './record.js';
import type { Lane, Recorder } from './recorder.js';
import { SequenceDeque } from './sequence-deque.js';

/** Where a packet is in the recorder. A RecordView is one. */
export interface Position {
  readonly lane: number;
  readonly sequence: number;
}

/** What filters that look into packets need of an Analysis. */
export type DecodedPackets = Pick<Analysis, 'decodedOf' | 'decodedUpTo'>;

interface LaneMatches {
  readonly lane: Lane;
  readonly matches: SequenceDeque;
  /** One past the newest record to look at: newer ones wait while the list is frozen. */
  end: number;
  /** The next new record to look at. */
  next: number;
  /** The next older record to look at; below the lane's tail there is nothing left to search. */
  back: number;
}

const NOTHING_DECODED: DecodedPackets = {
  decodedOf: () => {
    throw new Error('asked for a packet that is not decoded');
  },
  decodedUpTo: () => 0,
};

/** Records looked at between two looks at the clock. */
const CHUNK = 512;

export class PacketList {
  private readonly lanes: readonly LaneMatches[];
  private readonly view = new RecordView();
  private filter: Filter = MATCH_ALL;
  private readonly decodedOf: DecodedOf;
  /** For each lane, how many of its matches are at the walk's place or older. See place(). */
  private readonly walk: Int32Array;
  /** For each lane, one past the newest record that was there when the filter was set. */
  awaited: readonly number[];

  /**
   * @param now milliseconds of a monotonic clock
   * @param decoded for filters that need it: packets wait until they are decoded, and are then judged once
   */
  constructor(
    recorder: Recorder,
    private readonly now: () => number,
    private readonly decoded: DecodedPackets = NOTHING_DECODED,
  ) {
    this.decodedOf = (view) => decoded.decodedOf(view);
    this.lanes = recorder.lanes.map((lane) => {
      const head = lane.head();
      return { lane, matches: new SequenceDeque(), end: head, next: head, back: head - 1 };
    });
    this.walk = new Int32Array(this.lanes.length);
    this.awaited = this.ends;
  }

  /** Forgets all matches; tick() then searches the whole recorder again, from the newest record back. */
  setFilter(filter: Filter): void {
    this.filter = filter;
    this.awaited = this.lanes.map(({ end }) => end);
    for (const of of this.lanes) {
      of.matches.clear();
      of.next = Math.min(of.next, this.judgedUpTo(of));
      of.back = of.next - 1;
    }
  }

  /** One past the newest record that can be judged. */
  private judgedUpTo({ lane, end }: LaneMatches): number {
    return this.filter.needsDecoded ? Math.min(end, this.decoded.decodedUpTo(lane.index)) : end;
  }

  /** Of each lane the sequence numbers of the matches found so far, ascending: a copy. */
  matchedSequences(): Float64Array[] {
    return this.lanes.map(({ matches }) => matches.toArray());
  }

  /** Matches found so far that are still in the recorder; while the list is frozen also those overwritten since. */
  get count(): number {
    return this.lanes.reduce((total, { matches }) => total + matches.length, 0);
  }

  /** No match is left in the recorder. */
  get isEmpty(): boolean {
    return this.lanes.every(
      ({ lane, matches }) => matches.length === 0 || !lane.holds(matches.get(matches.length - 1)),
    );
  }

  /** The recorder has not been searched to its oldest record yet. */
  get searching(): boolean {
    return this.lanes.some(({ lane, back }) => back >= lane.tail());
  }

  /** For each lane, one past the newest record that was looked at. */
  get ends(): number[] {
    return this.lanes.map(({ next }) => next);
  }

  /**
   * Drops what was overwritten, looks at new records, then goes on searching back, for about `budget` milliseconds.
   * @param frozen records that are newer than the last tick that was not wait until the next one that is not
   */
  tick(budget: number, frozen = false): void {
    const deadline = this.now() + budget;
    for (const of of this.lanes) {
      if (frozen) continue;
      of.matches.dropBelow(of.lane.tail());
      of.end = of.lane.head();
    }
    this.scan(deadline, (lane) => this.scanNew(lane));
    this.scan(deadline, (lane) => this.scanBack(lane));
  }

  /** Runs `scanChunk` on each lane in turn until no lane has more to do or the time is up. */
  private scan(deadline: number, scanChunk: (lane: LaneMatches) => boolean): void {
    let more = true;
    while (more && this.now() < deadline) {
      more = false;
      for (const lane of this.lanes) if (scanChunk(lane)) more = true;
    }
  }

  private scanNew(of: LaneMatches): boolean {
    const newest = this.judgedUpTo(of);
    of.next = Math.max(of.next, of.lane.tail());
    const end = Math.min(of.next + CHUNK, newest);
    for (; of.next < end; of.next++) if (this.matches(of.lane, of.next)) of.matches.pushNewest(of.next);
    return end < newest;
  }

  private scanBack(of: LaneMatches): boolean {
    const tail = of.lane.tail();
    const end = Math.max(of.back - CHUNK, tail - 1);
    for (; of.back > end; of.back--) if (this.matches(of.lane, of.back)) of.matches.pushOldest(of.back);
    return of.back >= tail;
  }

  private matches(lane: Lane, sequence: number): boolean {
    const { filter, view } = this;
    return filter === MATCH_ALL || (lane.load(sequence, view) && filter.matches(view, this.decodedOf));
  }

  /** Shows `visit` the newest matches, at most `limit`, newest first: each view is good until it returns. */
  visitNewest(limit: number, visit: (view: RecordView) => void): void {
    const views = this.lanes.map(() => new RecordView());
    const left = this.lanes.map(({ matches }) => matches.length);
    // Of the match that each lane would give next.
    const times = new Float64Array(this.lanes.length);
    const load = (i: number) => {
      const { lane, matches } = this.lanes[i] as LaneMatches;
      const view = views[i] as RecordView;
      left[i] = (left[i] as number) - 1;
      const loaded = (left[i] as number) >= 0 && lane.load(matches.get(left[i] as number), view);
      times[i] = loaded ? view.time : Number.NEGATIVE_INFINITY;
    };
    views.forEach((_, i) => {
      load(i);
    });
    for (let count = 0; count < limit; count++) {
      let best = 0;
      for (let i = 1; i < times.length; i++) if ((times[i] as number) >= (times[best] as number)) best = i;
      if (times[best] === Number.NEGATIVE_INFINITY) break;
      visit(views[best] as RecordView);
      load(best);
    }
  }

  /** Copies the packet into `view`. False: it has been overwritten. */
  load(position: Position, view: RecordView): boolean {
    return (this.lanes[position.lane] as LaneMatches).lane.load(position.sequence, view);
  }

  /** Whether the packet is still in the recorder. */
  holds(position: Position): boolean {
    return (this.lanes[position.lane] as LaneMatches).lane.holds(position.sequence);
  }

  newest(): Position | null {
    this.lanes.forEach(({ matches }, i) => {
      this.walk[i] = matches.length;
    });
    return this.older();
  }

  oldest(): Position | null {
    this.walk.fill(0);
    return this.newer();
  }

  /** The match `rows` rows older (newer when negative) than `from`, or the last one there is on that side. */
  step(from: Position, rows: number): Position | null {
    if (!this.place(from)) return null;
    // The walk stands just newer than `from`: the first step older gives `from` itself.
    let found = this.older();
    if (rows < 0) this.newer();
    for (let i = 0; i < Math.abs(rows); i++) {
      const next = rows > 0 ? this.older() : this.newer();
      if (!next) break;
      found = next;
    }
    return found;
  }

  /** How many matches are newer than `position`; null when it has been overwritten. */
  rank(position: Position): number | null {
    if (!this.place(position)) return null;
    return this.lanes.reduce((total, { matches }, i) => total + matches.length - (this.walk[i] as number), 0);
  }

  /** Copies `from` and the matches older than it, at most `limit`, into `views`. Returns how many. */
  read(from: Position, views: RecordView[], limit: number): number {
    if (!this.place(from)) return 0;
    let count = 0;
    while (count < limit) {
      const position = this.older();
      if (!position) break;
      views[count] ??= new RecordView();
      if (this.load(position, views[count] as RecordView)) count++;
    }
    return count;
  }

  /** Puts the walk just newer than a packet. False when it has been overwritten. */
  private place(position: Position): boolean {
    if (!this.load(position, this.view)) return false;
    const { time } = this.view;
    this.lanes.forEach((of, i) => {
      this.walk[i] =
        i === position.lane
          ? of.matches.countBelow(position.sequence + 1)
          : this.countOlder(of, time, i < position.lane);
    });
    return true;
  }

  /** How many matches of a lane are older than `time`, or as old when `orSame`. */
  private countOlder({ lane, matches }: LaneMatches, time: number, orSame: boolean): number {
    let low = 0;
    let high = matches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // What was overwritten is older than all that was not.
      const older = !lane.load(matches.get(middle), this.view) || this.view.time < time;
      if (older || (orSame && this.view.time === time)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes the walk one match back in time. Of equal times the higher lane counts as newer. */
  private older(): Position | null {
    let best = -1;
    let bestTime = Number.NEGATIVE_INFINITY;
    this.lanes.forEach(({ lane, matches }, i) => {
      const left = this.walk[i] as number;
      if (left === 0 || !lane.load(matches.get(left - 1), this.view) || this.view.time < bestTime) return;
      best = i;
      bestTime = this.view.time;
    });
    if (best < 0) return null;
    this.walk[best] = (this.walk[best] as number) - 1;
    return this.at(best, this.walk[best] as number);
  }

  /** Takes the walk one match forward in time, passing over what has been overwritten. */
  private newer(): Position | null {
    let best = -1;
    let bestTime = Number.POSITIVE_INFINITY;
    this.lanes.forEach(({ lane, matches }, i) => {
      while ((this.walk[i] as number) < matches.length) {
        if (lane.load(matches.get(this.walk[i] as number), this.view)) {
          if (this.view.time < bestTime) {
            best = i;
            bestTime = this.view.time;
          }
          return;
        }
        this.walk[i] = Math.max((this.walk[i] as number) + 1, matches.countBelow(lane.tail()));
      }
    });
    if (best < 0) return null;
    this.walk[best] = (this.walk[best] as number) + 1;
    return this.at(best, (this.walk[best] as number) - 1);
  }

  private at(lane: number, index: number): Position {
    return { lane, sequence: (this.lanes[lane] as LaneMatches).matches.get(index) };
  }
}
