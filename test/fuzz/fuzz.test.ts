// Each fuzzer, for a few seconds: they still build, and what they check still holds. CI gives each of them a minute.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Program } from '../support/lab.js';

const RUN = fileURLToPath(new URL('run', import.meta.url));

const SECONDS = Number(process.env.QUIC_TOP_FUZZ_SECONDS ?? 3);
/** For building it, on a slow machine. */
const BUILD = 120;

const TARGETS = ['parser', 'cid', 'datagram', 'initial', 'hello', 'decoder', 'capture_file'];

it.concurrent.each(TARGETS)('%s', { timeout: 1000 * (SECONDS + BUILD) }, async (target) => {
  const fuzzer = new Program([RUN, String(SECONDS), target]);
  const status = await fuzzer.ended;
  expect(fuzzer.stderr).toBe('');
  expect(fuzzer.stdout).toMatch(/number_of_executed_units: \d{3,}/);
  expect(status).toBe(0);
});
