// A worker thread that decodes every packet, so that the screen never waits for cryptography.
import { parentPort, workerData } from 'node:worker_threads';
import { Analyser } from './core/analysis/analyser.js';
import type { TrustRequest } from './core/analysis/analysis.js';
import { SideTable } from './core/analysis/side-table.js';
import { Recorder } from './core/recorder.js';

/** What src/analysis.ts passes. */
export interface AnalysisWorkerData {
  recorder: SharedArrayBuffer;
  table: SharedArrayBuffer;
  liveBudget: number | null;
  /** performance.timeOrigin of the main thread. */
  timeOrigin: number;
}

/** Milliseconds from the end of one run to the next one, and that a run may take. */
const POLL = 50;
const BUDGET = 50;

const data = workerData as AnalysisWorkerData;
const recorder = new Recorder(data.recorder);
const analyser = new Analyser(recorder, new SideTable(recorder, data.table), {
  liveBudget: data.liveBudget,
  now: () => performance.timeOrigin + performance.now() - data.timeOrigin,
});

function turn(): void {
  const start = performance.now();
  const report = analyser.run(BUDGET);
  if (report) parentPort?.postMessage(report);
  // It never takes more than half of a core from a live capture; a file waits for it.
  const pause = data.liveBudget === null && report?.more ? 0 : Math.max(POLL, performance.now() - start);
  setTimeout(turn, pause);
}

parentPort?.on('message', (request: TrustRequest) => parentPort?.postMessage(analyser.answer(request)));
turn();
