// A capture file on the screen: read a part at a time, not faster than it is analysed.
import { basename } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Cids, noCids } from './capture.js';
import { type CaptureFile, RECORDS } from './capture-file.js';
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
  readonly owners = null;
  readonly rxQueues = 0;
  private done = false;

  constructor(
    private readonly file: CaptureFile,
    private readonly analysis: FileAnalysis,
  ) {}

  /** Reads to the end, or until `stop` fires. @throws QuicTopError */
  async load(stop: AbortSignal): Promise<void> {
    const { lane } = this.file;
    while (!this.done && !stop.aborted) {
      const [before, analysed] = [lane.head(), this.analysis.decodedUpTo(lane.index)];
      this.done = !this.file.read(RECORDS, analysed);
      // Perhaps there was no room for more: then the analysis is to come on first.
      await (lane.head() === before && analysed < before ? sleep(PAUSE) : nextTurn());
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

  backends(): null {
    return null;
  }

  cids(limit: number): Cids {
    const { rows, total, backendCids } = this.analysis.cids ?? noCids();
    return { rows: rows.slice(0, limit), total, backendCids };
  }
}
