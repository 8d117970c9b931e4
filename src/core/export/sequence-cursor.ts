// Walks chosen records of the recorder, the lanes merged by time.
import { type LanePosition, RecordCursor } from '../recorder/record-cursor.js';
import type { Recorder } from '../recorder/recorder.js';

export class SequenceCursor extends RecordCursor {
  /** @param sequences of each lane, ascending */
  constructor(
    recorder: Recorder,
    private readonly sequences: readonly Float64Array[],
  ) {
    // A position's `next` is an index into the lane's sequences.
    super(recorder, () => 0);
  }

  protected override fill(position: LanePosition): void {
    const sequences = this.sequences[position.lane.index] ?? [];
    while (!position.loaded && position.next < sequences.length) {
      position.loaded = position.lane.load(sequences[position.next] as number, position.view);
      position.next++;
      if (!position.loaded) this.skipped++;
    }
  }
}
