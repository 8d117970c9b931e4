// Walks the recorder forward, the lanes merged by time.
import { RecordView } from './record.js';
import type { Lane, Recorder } from './recorder.js';

export interface LanePosition {
  lane: Lane;
  /** Sequence number of the next record to load, or where a subclass finds it. */
  next: number;
  view: RecordView;
  /** `view` holds a record that was loaded and not yet given out. */
  loaded: boolean;
}

/** A reader's place in the recorder. Any number of them can read at once; none of them slows the capture. */
export class RecordCursor {
  private readonly positions: LanePosition[];
  /** Records that were not given out: overwritten before this cursor came to them, or passed over by skipTo(). */
  skipped = 0;

  /**
   * Starts at the oldest record that is still there.
   * @param end one past the newest record of a lane that may be given out
   */
  constructor(
    recorder: Recorder,
    first = (lane: Lane) => lane.tail(),
    private readonly end = (lane: Lane) => lane.head(),
  ) {
    this.positions = recorder.lanes.map((lane) => ({ lane, next: first(lane), view: new RecordView(), loaded: false }));
  }

  /** Loads the lane's next record, unless one is loaded or there is none. */
  protected fill(position: LanePosition): void {
    const { lane } = position;
    while (!position.loaded && position.next < this.end(lane)) {
      position.loaded = lane.load(position.next, position.view);
      if (position.loaded) {
        position.next++;
      } else {
        const tail = Math.max(lane.tail(), position.next + 1);
        this.skipped += tail - position.next;
        position.next = tail;
      }
    }
  }

  /** One past the newest record of a lane that was given out or passed over. */
  upTo(lane: number): number {
    const { next, loaded } = this.positions[lane] as LanePosition;
    return loaded ? next - 1 : next;
  }

  /** Passes over the records of a lane up to the one with this sequence number. */
  skipTo(lane: number, sequence: number): void {
    const position = this.positions[lane] as LanePosition;
    const skipped = sequence - this.upTo(lane);
    if (skipped <= 0) return;
    this.skipped += skipped;
    position.next = sequence;
    position.loaded = false;
  }

  /** The earliest record not yet given out, or null when there is none. The view is good until the next call. */
  next(): RecordView | null {
    let first: LanePosition | null = null;
    for (const position of this.positions) {
      this.fill(position);
      if (position.loaded && (!first || position.view.time < first.view.time)) first = position;
    }
    if (!first) return null;
    first.loaded = false;
    return first.view;
  }
}
