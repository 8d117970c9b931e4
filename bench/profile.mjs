// Where the time goes of what `npm run bench` measures: the functions that CPUs are in most, by perf (Debian: linux-perf).
//
//   sudo node bench/profile.mjs divert|tap|tap-240|new-cids     while 200,000 frames arrive in a second
//   node bench/profile.mjs FILE                                 of `quic-top -r FILE --json`, its JavaScript
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from '../demo/program.mjs';
import { CLI, CPUS, makeCable, startGenerator } from './lib/flood.mjs';
import { isInstalled, RECEIVERS } from './lib/receivers.mjs';

const RATE = 200_000;
const SECONDS = 5;
const LINES = 14;

const { divert, tap } = RECEIVERS;
/** @type {Record<string, import('./lib/receivers.mjs').Receiver>} */
const LIVE = { divert, tap, 'tap-240': RECEIVERS['tap, -s 240'], 'new-cids': { ...divert, dcids: 1_000_000 } };

/** @param {string} recording of perf @param {string} threads names of them */
function topOf(recording, threads) {
  const filter = ['--percentage', 'relative', '--percent-limit', '1', '--comms', threads];
  const options = ['--no-children', '--stdio', '-g', 'none', '--sort', 'symbol', ...filter];
  const { stdout } = spawnSync('perf', ['report', '-i', recording, ...options], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => /^ +\d/.test(line))
    .slice(0, LINES)
    .map((line) =>
      line
        .replace(/( +-)+ *$/, '')
        .slice(0, 100)
        .trimEnd(),
    );
}

/** @param {import('./lib/receivers.mjs').Receiver} receiver @param {string} folder */
async function profileLive({ start, dcids = 1000 }, folder) {
  if (!isInstalled('perf')) throw new Error('perf is needed: apt-get install --no-install-recommends linux-perf');
  const cable = makeCable();
  try {
    const running = await start(cable.right);
    const duration = SECONDS + 2;
    const sender = startGenerator(cable, { rate: RATE, duration, backends: 64, dcids, size: 1200 });
    await sleep(1000);
    const recording = join(folder, 'perf.data');
    const record = [
      'record',
      '-q',
      '-a',
      '-e',
      'cpu-clock',
      '-F',
      '1999',
      '-o',
      recording,
      '--',
      'sleep',
      `${SECONDS}`,
    ];
    const perf = new Program(['perf', ...record]);
    const statuses = [await perf.ended, await sender.ended];
    await running.stop();
    if (statuses.some((status) => status !== 0)) throw new Error(perf.stderr + sender.stderr);
    const [draining, generating] = [
      topOf(recording, 'qt-drain'),
      topOf(recording, `generator,ksoftirqd/${CPUS.generator}`),
    ];
    console.log(['The drain thread, percent:', ...draining].join('\n'));
    console.log(['', 'The core that generates and receives, percent:', ...generating].join('\n'));
  } finally {
    cable.remove();
  }
}

/** @param {string} file @param {string} folder */
function profileFile(file, folder) {
  const command = ['--cpu-prof', '--cpu-prof-dir', folder, CLI, '-r', file, '--json', '--user', 'root'];
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [name] = readdirSync(folder);
  if (status !== 0 || !name) throw new Error(`"${file}" is none of ${Object.keys(LIVE).join(', ')}, and was not read`);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const functions = new Map(nodes.map((/** @type {any} */ { id, callFrame }) => [id, callFrame.functionName || '-']));
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const [i, id] of samples.entries())
    times.set(functions.get(id), (times.get(functions.get(id)) ?? 0) + timeDeltas[i] / 1000);
  const top = [...times].sort((a, b) => b[1] - a[1]).slice(0, LINES);
  console.log(['Milliseconds:', ...top.map(([of, time]) => `${time.toFixed(0).padStart(8)}  ${of}`)].join('\n'));
}

const [subject = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'quic-top-profile-'));
try {
  const receiver = LIVE[subject];
  if (receiver) await profileLive(receiver, folder);
  else profileFile(subject, folder);
} finally {
  rmSync(folder, { recursive: true });
}
