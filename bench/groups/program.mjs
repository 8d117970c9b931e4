// What a frame costs in the XDP program by itself (BPF_PROG_TEST_RUN), beside a program that only passes it on.
import { execFileSync } from 'node:child_process';
import { bundle } from '../lib/bundle.mjs';
import { tool } from '../lib/flood.mjs';
import { ratioRow } from '../lib/report.mjs';

/** @type {import('../lib/report.mjs').Group} */
export async function program({ rounds }) {
  const { timerInput } = await bundle('frames.ts');
  const output = execFileSync(tool('program_timer'), [String(rounds)], { input: timerInput(), encoding: 'utf8' });
  /** @type {Record<string, number>[]} */
  const results = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const values = Object.fromEntries(
    Object.keys(results[0] ?? {}).map((name) => [name, results.map((result) => result[name] ?? Number.NaN)]),
  );
  const row = ratioRow(values);
  return {
    rows: [
      row('XDP program, foreign packet / empty program', 'foreign_packet', 'empty', { most: 1.4 }),
      row('XDP program, long header with a known CID / empty program', 'known_cid', 'empty', { most: 6 }),
      row('XDP program, long header with a new CID / empty program', 'new_cid', 'empty', { most: 20 }),
    ],
    details: {
      title: 'The XDP program in mode divert, for each frame',
      note: 'Frames of about 1200 bytes. Long headers have a CIDv1 DCID and go to a socket; a new CID takes the place of the least recently used in two full tables.',
      unit: 'ns',
      digits: 1,
      values,
    },
  };
}
