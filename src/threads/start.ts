// Worker threads. Their scripts are read before root is given up: the user quic-top becomes may be unable to read the
// folder they are in.
import { readFileSync } from 'node:fs';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { fromOutside } from '../core/text/errors.js';

/** Of each, scripts/build.mjs makes NAME.cjs of src/NAME.ts: complete by itself, and as Node evaluates text. */
const NAMES = ['analysis-worker', 'export-worker'] as const;
type Name = (typeof NAMES)[number];

const scripts = new Map<Name, string>();

/** To be called before root is given up. @param folder where the build put them */
export function loadWorkers(folder = new URL('.', import.meta.url)): void {
  for (const name of NAMES) {
    scripts.set(name, readFileSync(new URL(`${name}.cjs`, folder), 'utf8'));
  }
}

/** Calls `listener` with what a worker thread throws; it has ended then. */
export function onFailure(worker: Worker, listener: (error: Error) => void): void {
  worker.on('error', (error) => listener(fromOutside(error)));
}

/** Starts a worker thread; loadWorkers() was called. */
export function startWorker(name: Name, options: WorkerOptions): Worker {
  return new Worker(scripts.get(name) as string, { ...options, eval: true, name });
}
