// The packets of the whole recorder that match a filter, newest first.
//
// Each lane's matches are kept apart, as ascending sequence numbers: what the writer overwrites is then always at the
// old end. The lanes are merged by time only while rows are read, so the order is exact whichever lane was drained first.
import type { Analysis } from '../analysis/analysis.js';
import { type Filter, MATCH_ALL } from '../filter/index.js';
import type { DecodedOf } from '../quic/decoded.js';
import { type Matches, MatchWalk, type Position } from './match-walk.js';
import { RecordView } from './record.js';
import type { Lane, Recorder } from './recorder.js';
import { SequenceDeque } from './sequence-deque.js';

export type { Position } from './match-walk.js';

/** What filters that look into packets need of an Analysis. */
export type DecodedPackets = Pick<Analysis, 'decodedOf' | 'decodedUpTo'>;

interface LaneMatches extends Matches {
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
    const walk = MatchWalk.atNewest(this.lanes);
    for (let count = 0; count < limit; count++) {
      const view = walk.older();
      if (!view) break;
      visit(view);
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
    return positionOf(MatchWalk.atNewest(this.lanes).older());
  }

  oldest(): Position | null {
    return positionOf(MatchWalk.atOldest(this.lanes).newer());
  }

  /** The match `rows` rows older (newer when negative) than `from`, or the last one there is on that side. */
  step(from: Position, rows: number): Position | null {
    const walk = MatchWalk.after(this.lanes, from);
    if (!walk) return null;
    // The walk stands just newer than `from`: the first step older gives `from` itself.
    let found = positionOf(walk.older());
    if (rows < 0) walk.newer();
    for (let i = 0; i < Math.abs(rows); i++) {
      const next = rows > 0 ? walk.older() : walk.newer();
      if (!next) break;
      found = positionOf(next);
    }
    return found;
  }

  /** How many matches are newer than `position`; null when it has been overwritten. */
  rank(position: Position): number | null {
    return MatchWalk.after(this.lanes, position)?.newerCount ?? null;
  }

  /** Copies `from` and the matches older than it, at most `limit`, into `views`. Returns how many. */
  read(from: Position, views: RecordView[], limit: number): number {
    const walk = MatchWalk.after(this.lanes, from);
    let count = 0;
    while (walk && count < limit) {
      const view = walk.older();
      if (!view) break;
      views[count] ??= new RecordView();
      if (this.load(view, views[count] as RecordView)) count++;
    }
    return count;
  }
}

const positionOf = (view: RecordView | null): Position | null => view && { lane: view.lane, sequence: view.sequence };
