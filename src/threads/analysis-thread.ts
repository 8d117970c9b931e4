// Starts the worker thread that decodes every packet of a capture, and answers from what it reports.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Analysis, Answer, Finish, Report } from '../core/analysis/analysis.js';
import { AnalysisIndex } from '../core/analysis/analysis-index.js';
import { addonPath } from '../core/native/addon.js';
import type { Recorder } from '../core/recorder/recorder.js';
import type { AnalysisWorkerData } from './analysis-worker.js';
import { onFailure, startWorker } from './start.js';

/** Milliseconds between two looks whether it is done, and without progress after which it never will be. */
const PAUSE = 5;
const PATIENCE = 3000;

export class AnalysisThread extends AnalysisIndex implements Analysis {
  /** Resolves with the error when the thread fails: nothing is decoded any more. */
  readonly failed: Promise<Error>;
  /** The same error. */
  failure: Error | null = null;
  private readonly worker: Worker;

  /**
   * @param liveBudget see AnalyserOptions
   * @param waitedFor see AnalysisWorkerData
   * @param tellsChanges see AnalyserOptions
   */
  constructor(recorder: Recorder, liveBudget: number | null, waitedFor = liveBudget === null, tellsChanges = false) {
    super(recorder, (request) => this.worker.postMessage(request));
    const workerData: AnalysisWorkerData = {
      addon: addonPath(),
      recorder: recorder.memory,
      table: this.table.memory,
      details: this.details.memory,
      numbers: this.numbers.memory,
      liveBudget,
      waitedFor,
      tellsChanges,
      timeOrigin: performance.timeOrigin,
    };
    this.worker = startWorker('analysis-worker', {
      workerData,
      // What it makes is short-lived; V8 would let that garbage grow to many times of what is in use.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.worker.on('message', (message: Report | Answer) => {
      if ('upTo' in message) this.add(message);
      else this.addAnswer(message);
    });
    this.failed = new Promise((resolve) => {
      onFailure(this.worker, (error) => {
        this.failure = error;
        resolve(error);
      });
    });
  }

  /** See Analysis. */
  async finish(): Promise<void> {
    const finish: Finish = 'finish';
    this.worker.postMessage(finish);
    for (let before = -1, since = performance.now(); !this.complete; ) {
      const now = performance.now();
      if (this.progress > before) {
        before = this.progress;
        since = now;
      } else if (this.failure || now - since > PATIENCE) {
        this.worker.removeAllListeners('message');
        await this.worker.terminate();
        this.giveUp();
      }
      await sleep(PAUSE);
    }
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}
