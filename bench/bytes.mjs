// Is every frame in the flight recorder, byte for byte, what was sent, and there once? Mode divert takes all that the
// generator can send; then the same while a capture file is written, which another quic-top reads: those frames, too.
//
//   node bench/bytes.mjs [--seconds N]     (600) the second part takes a tenth of it
//   node bench/bytes.mjs --flip BYTE       changes that byte of one frame in the recorder: the check must fail
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Program } from '../demo/program.mjs';
import { CLI, CPUS, makeCable, startGenerator } from './lib/flood.mjs';

const PRELOAD = fileURLToPath(new URL('lib/check-frames.mjs', import.meta.url));
/** Some have no backend: they are copied, not diverted. */
const SENT = { size: 1200, dcids: 1000, backends: 64, otherShare: 0.02 };
/** Seconds that quic-top goes on after the generator. */
const REST = 2;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, flip: { type: 'string', default: '-1' } },
});
const seconds = Number(values.seconds);
const flip = Number(values.flip);
if (!(seconds > 0) || !(flip >= -1 && flip < SENT.size))
  throw new RangeError('--seconds: above 0; --flip: a byte of a frame');

/**
 * @typedef {object} Checked what FrameChecker found, in frames
 * @property {number} recorded
 * @property {number} checked
 * @property {number} overwritten before they could be compared
 * @property {number} wrong of those compared
 * @property {number} repeated of those wrong: they had been recorded before
 * @property {number} beyond one more than the highest number that was found
 * @property {string} first what was wrong first
 */

/** Says what was found. Whether it is right. @param {string} what @param {Checked} found @param {number} sent */
function report(what, { recorded, checked, overwritten, wrong, repeated, beyond, first }, sent) {
  const [all, compared, gone] = [recorded, checked, overwritten].map((count) => count.toLocaleString('en'));
  console.log(
    `  ${what}: ${all} frames; compared ${compared}, overwritten before that ${gone}, wrong ${wrong}${repeated > 0 ? ` (recorded twice: ${repeated})` : ''}`,
  );
  if (first) console.log(`  the first: ${first}`);
  return wrong === 0 && checked > 0 && checked + overwritten === recorded && beyond <= sent;
}

/**
 * Runs quic-top on the generator's frames. Whether all of them were right.
 * @param {string} name
 * @param {number} duration seconds
 * @param {boolean} writes whether it also writes a capture file, which another quic-top reads at the same time
 */
async function check(name, duration, writes) {
  const network = makeCable();
  try {
    const results = { recorded: join(network.dir, 'live'), 'read from the file': join(network.dir, 'file') };
    /** @param {string} result @param {number} byte that is to be changed */
    const quicTop = (result, byte) =>
      `QUIC_TOP_CHECK_FRAMES='${JSON.stringify({ result, ...SENT, flip: byte })}' '${process.execPath}' --import '${PRELOAD}' '${CLI}' --headless --user root`;
    // It ends by the clock: what reads its file must not have a signal.
    const captures = `${quicTop(results.recorded, flip)} right --mode divert --duration ${Math.round((duration + REST) * 1000)}ms`;
    const script = writes ? `${captures} --write - | ${quicTop(results['read from the file'], -1)} --read -` : captures;
    const program = new Program(network.right.command(['taskset', '--cpu-list', CPUS.receiver, 'sh', '-c', script]));
    await program.printed(/^listening on .*\n/m);
    const { otherShare, ...frames } = SENT;
    const generator = startGenerator(network, { duration, ...frames, 'other-share': otherShare, numbered: true });
    if ((await generator.ended) !== 0) throw new Error(generator.stderr);
    if ((await program.ended) !== 0) throw new Error(program.stderr);

    const { sent, rate } = JSON.parse(generator.stdout);
    const { balanced } = JSON.parse(program.stdout);
    const [offered, each] = [sent, Math.round(rate)].map((count) => count.toLocaleString('en'));
    console.log(
      `${name}: sent ${offered} frames, ${each} a second; ${balanced ? 'the ledger balances' : 'THE LEDGER DOES NOT BALANCE'}`,
    );
    const found = Object.entries(results)
      .slice(0, writes ? 2 : 1)
      .map(([what, file]) => report(what, JSON.parse(readFileSync(file, 'utf8')), sent));
    return balanced && found.every(Boolean);
  } finally {
    network.remove();
  }
}

const isRight = await check('divert', seconds, false);
const isRightWriting = await check('divert, writing a capture file', Math.max(seconds / 10, 2), true);
process.exitCode = isRight && isRightWriting ? 0 : 1;
