// Each fuzzer, for a few seconds: they still build, and what they check still holds. CI gives each of them a minute.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('run', import.meta.url));

const SECONDS = Number(process.env.QUIC_TOP_FUZZ_SECONDS ?? 3);
/** For building it, on a slow machine. */
const BUILD = 120;

it.each(['parser', 'datagram', 'initial', 'capture_file'])('%s', { timeout: 1000 * (SECONDS + BUILD) }, (target) => {
  const { status, stdout, stderr } = spawnSync(RUN, [String(SECONDS), target], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/number_of_executed_units: \d{3,}/);
  expect(status).toBe(0);
});
