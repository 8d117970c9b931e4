// The frames of the recorder that have a packet which matches: each once, in order of time.
import { Clock } from '../format.js';
import type { PacketFilter } from '../packet-filter.js';
import { RecordCursor } from '../record-cursor.js';
import type { Recorder } from '../recorder.js';
import type { SavedFrame } from './capture-format.js';

export class FrameReader {
  private readonly cursor: RecordCursor;
  private readonly clock: Clock;
  /** Of each lane, the last frame that was given out: coalesced packets follow each other in a lane. */
  private readonly lastFrame: number[];
  private readonly done: boolean[];
  private readonly ends: readonly number[];

  /** @param ends for each lane, one past the newest record to read; without it there is no end */
  constructor(
    private readonly recorder: Recorder,
    private readonly filter: PacketFilter,
    ends?: readonly number[],
  ) {
    this.cursor = new RecordCursor(recorder);
    this.clock = new Clock(recorder.epoch);
    this.lastFrame = recorder.lanes.map(() => 0);
    this.ends = ends ?? recorder.lanes.map(() => Number.POSITIVE_INFINITY);
    this.done = recorder.lanes.map((lane, i) => lane.tail() >= (this.ends[i] as number));
  }

  /** Records that were overwritten before they were read; some of them may have matched. */
  get skipped(): number {
    return this.cursor.skipped;
  }

  /** Null when there is no more, or no more yet; false when the next record is not to be saved. */
  next(): SavedFrame | null | false {
    if (!this.done.includes(false)) return null;
    const view = this.cursor.next();
    if (!view) return null;
    const end = this.ends[view.lane] as number;
    if (view.sequence >= end - 1) this.done[view.lane] = true;
    const matches = this.filter.matches(view);
    if (!matches || view.sequence >= end || view.frame === this.lastFrame[view.lane]) return false;
    const bytes = this.recorder.lane(view).frameOf(view);
    if (!bytes) {
      this.cursor.skipped++;
      return false;
    }
    this.lastFrame[view.lane] = view.frame;
    return { view, bytes, time: this.clock.split(view.time) };
  }
}
