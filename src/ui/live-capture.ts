// What the screen needs of a capture. Capture (src/core/capture.ts) is one.
import type { Cids, Ledger, Losses } from '../core/capture.js';
import type { Recorder } from '../core/recorder.js';

export interface LiveCapture {
  readonly recorder: Recorder;
  readonly xdp: 'native' | 'generic';
  readonly rxQueues: number;
  ledger(): Ledger;
  rxQueueLosses(): Omit<Losses, 'tap_buffer_full'>[];
  cids(limit: number): Cids;
}
