// A place among the matches of a packet list, which moves to older and to newer ones: the lanes merged by time.
import { RecordView } from './record.js';
import type { Lane } from './recorder.js';
import type { SequenceDeque } from './sequence-deque.js';

/** Where a packet is in the recorder. A RecordView is one. */
export interface Position {
  readonly lane: number;
  readonly sequence: number;
}

/** The matches of one lane. */
export interface Matches {
  readonly lane: Lane;
  readonly matches: SequenceDeque;
}

/** Good as long as the matches stay the same. */
export class MatchWalk {
  private readonly views: readonly RecordView[];
  /** Of each lane, which match its view holds; -1: none. */
  private readonly loaded: Int32Array;

  /** @param place for each lane, how many of its matches are older than this place */
  private constructor(
    private readonly lanes: readonly Matches[],
    private readonly place: Int32Array,
  ) {
    this.views = lanes.map(() => new RecordView());
    this.loaded = new Int32Array(lanes.length).fill(-1);
  }

  /** Stands behind the newest match. */
  static atNewest(lanes: readonly Matches[]): MatchWalk {
    return new MatchWalk(
      lanes,
      Int32Array.from(lanes, ({ matches }) => matches.length),
    );
  }

  /** Stands before the oldest match. */
  static atOldest(lanes: readonly Matches[]): MatchWalk {
    return new MatchWalk(lanes, new Int32Array(lanes.length));
  }

  /** Stands just newer than a packet; null when that has been overwritten. */
  static after(lanes: readonly Matches[], { lane, sequence }: Position): MatchWalk | null {
    const view = new RecordView();
    if (!(lanes[lane] as Matches).lane.load(sequence, view)) return null;
    const { time } = view;
    const place = Int32Array.from(lanes, (of, i) =>
      i === lane ? of.matches.countBelow(sequence + 1) : countOlder(of, time, i < lane, view),
    );
    return new MatchWalk(lanes, place);
  }

  /** How many matches are newer than this place. */
  get newerCount(): number {
    return this.lanes.reduce((total, { matches }, i) => total + matches.length - (this.place[i] as number), 0);
  }

  /** Moves before the next older match and gives it, until the next call. Of equal times the higher lane is newer. */
  older(): RecordView | null {
    const { place } = this;
    let best = -1;
    let bestTime = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < place.length; i++) {
      const view = this.load(i, (place[i] as number) - 1);
      if (!view || view.time < bestTime) continue;
      best = i;
      bestTime = view.time;
    }
    if (best < 0) return null;
    place[best] = (place[best] as number) - 1;
    return this.views[best] as RecordView;
  }

  /** Moves behind the next newer match and gives it, until the next call. What was overwritten is passed over. */
  newer(): RecordView | null {
    const { place } = this;
    let best = -1;
    let bestTime = Number.POSITIVE_INFINITY;
    for (let i = 0; i < place.length; i++) {
      const view = this.loadNewer(i);
      if (!view || view.time >= bestTime) continue;
      best = i;
      bestTime = view.time;
    }
    if (best < 0) return null;
    place[best] = (place[best] as number) + 1;
    return this.views[best] as RecordView;
  }

  /** A lane's next newer match that is still there. */
  private loadNewer(i: number): RecordView | null {
    const { lane, matches } = this.lanes[i] as Matches;
    while ((this.place[i] as number) < matches.length) {
      const at = this.place[i] as number;
      const view = this.load(i, at);
      if (view) return view;
      this.place[i] = Math.max(at + 1, matches.countBelow(lane.tail()));
    }
    return null;
  }

  /** A match of a lane; null when there is none, or it has been overwritten. */
  private load(i: number, index: number): RecordView | null {
    const view = this.views[i] as RecordView;
    if (index < 0) return null;
    if (this.loaded[i] === index) return view;
    const { lane, matches } = this.lanes[i] as Matches;
    const isThere = lane.load(matches.get(index), view);
    this.loaded[i] = isThere ? index : -1;
    return isThere ? view : null;
  }
}

/** How many matches of a lane are older than `time`, or as old when `orSame`. */
function countOlder({ lane, matches }: Matches, time: number, orSame: boolean, view: RecordView): number {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    // What was overwritten is older than all that was not.
    const older = !lane.load(matches.get(middle), view) || view.time < time;
    if (older || (orSame && view.time === time)) low = middle + 1;
    else high = middle;
  }
  return low;
}
