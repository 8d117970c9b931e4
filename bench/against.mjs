// quic-top of another commit beside this one's, in the same rounds: `node bench/against.mjs FOLDER`, which is a worktree of
// that commit with a build (scripts/setup --from-npm). Prints the ratios: this one's / the other's.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstView, run } from './groups/files.mjs';
import { bundle } from './lib/bundle.mjs';
import { CLI, makeCable } from './lib/flood.mjs';
import { highestLossFree } from './lib/loss-free.mjs';
import { quicTopOf } from './lib/receivers.mjs';
import { interleave, median, medianRatio } from './lib/statistics.mjs';
import { trial } from './lib/trial.mjs';

const ROUNDS = 5;
const CPU_RATE = 200_000;
const FRAMES = 300_000;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('node bench/against.mjs FOLDER');
  process.exit(2);
}
const CLIS = { now: CLI, before: join(folder, 'dist/cli.js') };

/** @param {string} what @param {{now: number[], before: number[]}} values */
function print(what, { now, before }) {
  const ratio = medianRatio(now, before).toFixed(3);
  console.log(`${what}: ${ratio} (${median(now).toPrecision(4)} / ${median(before).toPrecision(4)})`);
}

/** @param {string} what @param {(cli: string) => Promise<number>} measure */
async function compare(what, measure) {
  const values = await interleave(CLIS, ROUNDS, measure);
  print(what, /** @type {{now: number[], before: number[]}} */ (values));
}

const cable = makeCable();
const files = mkdtempSync(join(tmpdir(), 'quic-top-against-'));
try {
  for (const mode of ['divert', 'tap']) {
    // Mode tap had no budget before there was one to be switched off.
    const budget = (/** @type {string} */ cli) => (mode === 'tap' && cli === CLI ? ['--budget', '0'] : []);
    const receiver = (/** @type {string} */ cli) => quicTopOf(cli, '--mode', mode, ...budget(cli));
    await compare(`${mode}: loss-free rate, frames/s`, async (cli) => {
      const found = await highestLossFree((rate) => trial(cable, receiver(cli), { rate, seconds: 0.8 }));
      return found.rate;
    });
    await compare(`${mode}: CPU of the receiver's core at ${CPU_RATE}/s, s`, async (cli) => {
      const { cost } = await trial(cable, receiver(cli), { rate: CPU_RATE, seconds: 2 });
      return cost.rest;
    });
    await compare(`${mode}: CPU of the process alone, s`, async (cli) => {
      const { cost } = await trial(cable, receiver(cli), { rate: CPU_RATE, seconds: 2 });
      return cost.receiver;
    });
  }
  const { writeSynthetic, writeHandshakes, FRAMES_OF_CONNECTION } = await bundle('capture-files.ts');
  const paths = { synthetic: join(files, 'synthetic.pcap'), connections: join(files, 'connections.pcap') };
  writeSynthetic(paths.synthetic, FRAMES);
  writeHandshakes(paths.connections, FRAMES / FRAMES_OF_CONNECTION);
  for (const [name, path] of Object.entries(paths)) {
    const values = await interleave(CLIS, ROUNDS, (cli) => run([process.execPath, cli, '-r', path, '--json']));
    const of = (/** @type {'seconds' | 'megabytes'} */ key) => ({
      now: (values.now ?? []).map((each) => each[key]),
      before: (values.before ?? []).map((each) => each[key]),
    });
    print(`--json, ${name}: seconds`, of('seconds'));
    print(`--json, ${name}: peak memory, MB`, of('megabytes'));
  }
  await compare('first rows of a file on the screen, ms', (cli) => firstView(paths.synthetic, cli));
} finally {
  cable.remove();
  rmSync(files, { recursive: true });
}
