// What ClientHellos said, by the packet that completed each: found by a worker thread (src/hello-worker.ts), shown by the
// screen. Forgets what the recorder has overwritten.
import type { RecordView } from './record.js';
import type { Recorder } from './recorder.js';

/** Some packets and their texts, side by side. */
export interface Hellos {
  lanes: number[];
  sequences: number[];
  texts: string[];
}

export class HelloIndex {
  /** Of each lane: sequence number to text, in ascending order. */
  private readonly texts: readonly Map<number, string>[];

  constructor(private readonly recorder: Recorder) {
    this.texts = recorder.lanes.map(() => new Map());
  }

  add({ lanes, sequences, texts }: Hellos): void {
    lanes.forEach((lane, i) => {
      this.texts[lane]?.set(sequences[i] as number, texts[i] as string);
    });
    this.recorder.lanes.forEach((lane, i) => {
      const known = this.texts[i] as Map<number, string>;
      for (const sequence of known.keys()) {
        if (lane.holds(sequence)) break;
        known.delete(sequence);
      }
    });
  }

  /** `api.example h3`, safe to print; empty for a packet that completed no ClientHello, or not yet. */
  text(view: RecordView): string {
    return this.texts[view.lane]?.get(view.sequence) ?? '';
  }
}
