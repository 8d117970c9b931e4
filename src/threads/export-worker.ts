// The thread of an export: it fills an open file and says how far it is. It never waits for its event loop, and is ended
// from outside when the export is given up.
import { writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { runExport } from '../core/export/run-export.js';
import type { ThreadData, ThreadMessage } from './export-thread.js';

const PROGRESS_PERIOD_MS = 100;

const { options, fd } = workerData as ThreadData;
const tell = (message: ThreadMessage) => parentPort?.postMessage(message);
let told = performance.now();

const written = runExport(
  options,
  (bytes) => writeFileSync(fd, bytes),
  (done) => {
    const now = performance.now();
    if (now - told < PROGRESS_PERIOD_MS) return;
    told = now;
    tell({ done });
  },
);
tell({ written });
