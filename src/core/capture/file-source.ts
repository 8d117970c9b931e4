// A capture file on the screen: read a part at a time, not faster than it is analysed.
import { basename } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { RecordView } from '../recorder/record.js';
import type { Lane } from '../recorder/recorder.js';
import { type Cids, noCids } from './capture.js';
import type { CaptureFile } from './capture-file.js';
import type { Loading, ScreenSource } from './source.js';

/** Milliseconds to wait for the analysis. */
const PAUSE = 5;

/** What the analysis of the file has to tell; AnalysisIndex is one. */
export interface FileAnalysis {
  readonly cids: Cids | null;
  decodedUpTo(lane: number): number;
}

export class FileSource implements ScreenSource {
  readonly kind = 'file';
  readonly mode = 'file';
  readonly reason = null;
  readonly egressMissing = null;
  readonly setMode = null;
  readonly warns = false;
  readonly trouble = null;
  readonly hook = null;
  readonly todo = null;
  readonly rxQueues = 0;
  private done = false;
  private readonly oldest = new RecordView();
  private readonly newest = new RecordView();

  constructor(
    private readonly file: CaptureFile,
    private readonly analysis: FileAnalysis,
  ) {}

  /** Reads to the end, or until `stop` fires. @throws QuicTopError */
  async load(stop: AbortSignal): Promise<void> {
    while (!this.done && !stop.aborted) {
      if (this.mustWait()) {
        await sleep(PAUSE);
      } else {
        this.done = !this.file.read();
        await nextTurn();
      }
    }
  }

  get name(): string {
    const { path } = this.file.options;
    return path === '-' ? 'stdin' : basename(path);
  }

  get recorder() {
    return this.file.recorder;
  }

  get loading(): Loading {
    const { done, file } = this;
    const { overwritten } = file.recorder;
    return { done, frames: file.ledger().kernel.frames, overwritten, warning: file.warning };
  }

  whoWaits() {
    return null;
  }

  ledger() {
    return this.file.ledger();
  }

  rxQueueLosses() {
    return [];
  }

  cids(limit: number): Cids {
    const { rows, total, backendCids } = this.analysis.cids ?? noCids();
    return { rows: rows.slice(0, limit), total, backendCids };
  }

  /** Whether reading on, which can fill half of the lane, may overwrite what was not analysed. */
  private mustWait(): boolean {
    const lane = this.recorder.lanes[0] as Lane;
    const [next, head] = [this.analysis.decodedUpTo(0), lane.head()];
    if (next >= head) return false;
    lane.load(next, this.oldest);
    lane.load(head - 1, this.newest);
    const bytes = this.newest.bytesPosition + this.newest.capturedLength - this.oldest.bytesPosition;
    return head - next > lane.slots / 2 || bytes > lane.bytesCapacity / 2;
  }
}
