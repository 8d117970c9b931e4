// A worker thread that decodes every packet, so that neither the screen nor a reader of lines waits for cryptography.
import { parentPort, workerData } from 'node:worker_threads';
import { Analyser } from '../core/analysis/analyser.js';
import type { Finish, Request } from '../core/analysis/analysis.js';
import { ConnectionNumbers } from '../core/analysis/connection-numbers.js';
import { DetailsRing } from '../core/analysis/details-ring.js';
import { SideTable } from '../core/analysis/side-table.js';
import { loadAddon } from '../core/native/addon.js';
import { Recorder } from '../core/recorder/recorder.js';

/** What src/threads/analysis-thread.ts passes. */
export interface AnalysisWorkerData {
  /** See addonPath. */
  addon: string;
  recorder: SharedArrayBuffer;
  table: SharedArrayBuffer;
  details: SharedArrayBuffer;
  numbers: SharedArrayBuffer;
  liveBudget: number | null;
  /** Somebody waits for what it finds out: it does not rest before there is no more. */
  waitedFor: boolean;
  /** See AnalyserOptions. */
  tellsChanges: boolean;
  /** performance.timeOrigin of the main thread. */
  timeOrigin: number;
}

const data = workerData as AnalysisWorkerData;
loadAddon(data.addon);

/** Milliseconds from the end of one run to the next one, and that a run may take. */
const POLL = data.waitedFor ? 20 : 50;
const BUDGET = 50;

const recorder = new Recorder(data.recorder);
const table = new SideTable(recorder, data.table);
const details = new DetailsRing(recorder, data.details);
const numbers = new ConnectionNumbers(recorder, data.numbers);
const analyser = new Analyser(recorder, table, details, numbers, {
  liveBudget: data.liveBudget,
  tellsChanges: data.tellsChanges,
  now: () => performance.timeOrigin + performance.now() - data.timeOrigin,
});

let { waitedFor } = data;

function turn(): void {
  const start = performance.now();
  const report = analyser.run(BUDGET);
  if (report) parentPort?.postMessage(report);
  // As long as nobody waits for it, it takes half of a core at most from a live capture.
  const rest = waitedFor ? 0 : performance.now() - start;
  setTimeout(turn, report?.more ? rest : Math.max(POLL, rest));
}

parentPort?.on('message', (request: Request | Finish) => {
  if (request === 'finish') {
    waitedFor = true;
    analyser.finish();
  } else {
    parentPort?.postMessage(analyser.answer(request));
  }
});
turn();
