// A few seconds of each fuzzer, so that they still build and what they check still holds. test/fuzz/run goes on longer.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('run', import.meta.url));

it.each(['parser', 'datagram', 'capture_file'])('%s', (target) => {
  const { status, stdout, stderr } = spawnSync(RUN, ['3', target], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/number_of_executed_units: \d{3,}/);
  expect(status).toBe(0);
});
