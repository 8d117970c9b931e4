// Worker threads. Their scripts are read before root is given up: the user quic-top becomes may be unable to read the
// folder they are in.
import { readFileSync } from 'node:fs';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** The files that scripts/build.mjs makes of src/NAME.ts, each complete by itself. */
const NAMES = ['analysis-worker', 'export-worker'] as const;
type Name = (typeof NAMES)[number];

const scripts = new Map<Name, URL>();

/** To be called before root is given up. @param folder where the build put them */
export function loadWorkers(folder = new URL('.', import.meta.url)): void {
  for (const name of NAMES) {
    const script = readFileSync(new URL(`${name}.js`, folder), 'base64');
    scripts.set(name, new URL(`data:text/javascript;base64,${script}`));
  }
}

/** Starts a worker thread; loadWorkers() was called. */
export function startWorker(name: Name, options: WorkerOptions): Worker {
  return new Worker(scripts.get(name) as URL, { ...options, name });
}
