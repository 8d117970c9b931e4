// Starts the worker thread that opens Initials for the screen, and gathers what it finds.
import type { Worker } from 'node:worker_threads';
import { HelloIndex, type Hellos } from './core/hello-index.js';
import type { RecordView } from './core/record.js';
import type { Recorder } from './core/recorder.js';
import { startWorker } from './workers.js';

export class HelloFinder {
  private readonly index: HelloIndex;
  private readonly worker: Worker;

  constructor(recorder: Recorder) {
    this.index = new HelloIndex(recorder);
    this.worker = startWorker('hello-worker', {
      workerData: recorder.memory,
      // What it makes is short-lived; V8 would let that garbage grow to many times of what is in use.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.worker.on('message', (found: Hellos) => this.index.add(found));
  }

  /** See HelloIndex.text. */
  text(view: RecordView): string {
    return this.index.text(view);
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
