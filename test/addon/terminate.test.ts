// A worker thread that is terminated while it is in the addon, as quic-top's are when it stops: nobody else notices.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const ADDON = new URL('../../build/Release/quic_top.node', import.meta.url).pathname;
const WORKERS = 10;

const CALLER = `
  const { initialKeys } = require(${JSON.stringify(ADDON)});
  const [salt, dcid] = [new Uint8Array(20), new Uint8Array(8)];
  require('node:worker_threads').parentPort.postMessage('called');
  for (;;) initialKeys(1, dcid, false);
`;

const TERMINATOR = `
  const { once } = require('node:events');
  const { Worker } = require('node:worker_threads');
  (async () => {
    for (let i = 0; i < ${WORKERS}; i++) {
      const worker = new Worker(${JSON.stringify(CALLER)}, { eval: true });
      await once(worker, 'message');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      await worker.terminate();
    }
    console.log('still there');
  })();
`;

it('ends alone', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', TERMINATOR], { encoding: 'utf8' });
  expect({ stdout, stderr, status }).toEqual({ stdout: 'still there\n', stderr: '', status: 0 });
});
