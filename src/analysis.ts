// Starts the worker thread that decodes every packet for the screen, and answers from what it reports.
import type { Worker } from 'node:worker_threads';
import type { AnalysisWorkerData } from './analysis-worker.js';
import type { Analysis, Report, TrustAnswer } from './core/analysis/analysis.js';
import { AnalysisIndex } from './core/analysis/analysis-index.js';
import type { Recorder } from './core/recorder.js';
import { startWorker } from './workers.js';

export class AnalysisThread extends AnalysisIndex implements Analysis {
  private readonly worker: Worker;

  /** @param liveBudget see AnalyserOptions */
  constructor(recorder: Recorder, liveBudget: number | null) {
    super(recorder, (request) => this.worker.postMessage(request));
    const workerData: AnalysisWorkerData = {
      recorder: recorder.memory,
      table: this.table.memory,
      liveBudget,
      timeOrigin: performance.timeOrigin,
    };
    this.worker = startWorker('analysis-worker', {
      workerData,
      // What it makes is short-lived; V8 would let that garbage grow to many times of what is in use.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.worker.on('message', (message: Report | TrustAnswer) => {
      if ('trusts' in message) this.addTrusts(message);
      else this.add(message);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}
