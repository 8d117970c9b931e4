// What a frame costs in the XDP program by itself (BPF_PROG_TEST_RUN), beside a program that only passes it on.
import { execFileSync } from 'node:child_process';
import { bundle } from '../lib/bundle.mjs';
import { tool } from '../lib/flood.mjs';
import { ratioRow } from '../lib/report.mjs';

/** @type {import('../lib/report.mjs').Group} */
export async function program({ rounds }) {
  const { timerInput, quicLbLayouts } = await bundle('frames.ts');
  /** @param {string} [layouts] @returns {Record<string, number>} */
  const time = (layouts = '') =>
    JSON.parse(execFileSync(tool('program_timer'), ['1', layouts], { input: timerInput(), encoding: 'utf8' }));
  /** @type {Record<string, number>[]} */
  const results = Array.from({ length: rounds }, () => ({
    ...time(),
    known_cid_of_quic_lb: time(quicLbLayouts(1)).known_cid ?? Number.NaN,
    known_cid_of_seven_configurations: time(quicLbLayouts(7)).known_cid ?? Number.NaN,
  }));
  const values = Object.fromEntries(
    Object.keys(results[0] ?? {}).map((name) => [name, results.map((result) => result[name] ?? Number.NaN)]),
  );
  const row = ratioRow(values);
  return {
    rows: [
      row('XDP program, foreign packet / empty program', 'foreign_packet', 'empty', { most: 1.4 }),
      row('XDP program, long header with a known CID / empty program', 'known_cid', 'empty', { most: 6 }),
      row('XDP program, known CID of QUIC-LB / of CIDv1', 'known_cid_of_quic_lb', 'known_cid', { most: 1.1 }),
      row(
        'XDP program, known CID by the last of seven configurations of QUIC-LB / of CIDv1',
        'known_cid_of_seven_configurations',
        'known_cid',
        { most: 1.25 },
      ),
      row('XDP program, short header with a known CID / long header with one', 'short_header', 'known_cid', {
        most: 1,
      }),
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
