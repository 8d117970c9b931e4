// An export, done by a worker thread (export-worker.ts). Names and permissions are settled here; the thread fills a file
// that is open already, so that ending the thread at any moment leaves nothing of it.

import type { ExportResult, StartExport } from '../core/export/export-job.js';
import { exportTarget, formatOf } from '../core/export/file-name.js';
import { writeNewFile } from '../core/export/new-file.js';
import type { ExportCounts, ExportOptions } from '../core/export/run-export.js';
import { QuicTopError } from '../core/text/errors.js';
import { onFailure, startWorker } from './start.js';

/** What the thread needs. */
export interface ThreadData {
  options: ExportOptions;
  /** The open file. */
  fd: number;
}

/** What the thread says: how many packets are done; at its end, how many it saved. When it fails, it throws. */
export type ThreadMessage = { done: number } | { written: ExportCounts };

function runThread(
  workerData: ThreadData,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<ExportCounts> {
  // What it makes is short-lived; V8 would let that garbage grow to many times of what is in use.
  const worker = startWorker('export-worker', { workerData, resourceLimits: { maxYoungGenerationSizeMb: 4 } });
  return new Promise<ExportCounts>((resolve, reject) => {
    const cancel = () => reject(new QuicTopError('ABORTED', 'the export was given up', 'export again'));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel);
    worker.on('message', (message: ThreadMessage) => {
      if ('done' in message) progress(message.done);
      else resolve(message.written);
    });
    onFailure(worker, reject);
    worker.on('exit', () => reject(new Error('the thread of the export ended too early')));
  }).finally(async () => {
    // The file is closed next: nobody may be writing to it any more.
    await worker.terminate();
  });
}

/** See StartExport; loadWorkers() was called. */
export const startExport: StartExport = (request, progress) => {
  const cancelling = new AbortController();
  const run = async (): Promise<ExportResult> => {
    const { folder, name, source, ...options } = request;
    const target = exportTarget(folder, name, source, new Date());
    const format = formatOf(target.path);
    const total = request.sequences.reduce((sum, { length }) => sum + length, 0);
    let counts: ExportCounts = { frames: 0, overwritten: 0 };
    const path = await writeNewFile(target, async ({ fd }) => {
      const data = { options: { ...options, format }, fd };
      counts = await runThread(data, cancelling.signal, (done) => progress(done, total));
    });
    return { path, ...counts };
  };
  return { done: run(), cancel: () => cancelling.abort() };
};
