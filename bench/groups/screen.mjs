// What the screen costs while 100,000 packets arrive in a second, at 200x50: the main thread's share of a core in each
// view, the time until a key shows its effect; and the time to the first frame and to --help.
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PairNetwork } from '../../demo/network.mjs';
import { CLI, CPUS, startGenerator } from '../lib/flood.mjs';
import { mainThreadSeconds, processSeconds, residentMegabytes } from '../lib/proc.mjs';
import { interleave, median, quantile } from '../lib/statistics.mjs';
import { Terminal } from '../lib/terminal.mjs';

const RATE = 100_000;
const VIEWS = ['Packets', 'CIDs', 'Backends', 'Queues', 'Charts'];
/** Until a view that was just opened has settled. */
const SETTLE = 1;

/** Milliseconds of `--help`, from start to end. */
function timeHelp() {
  const start = performance.now();
  spawnSync(process.execPath, [CLI, '--help'], { stdio: 'ignore' });
  return performance.now() - start;
}

/** Milliseconds from the start to the first frame. @param {string[]} command */
async function timeFirstFrame(command) {
  const terminal = new Terminal(command);
  await terminal.shown('Packets');
  const milliseconds = performance.now() - terminal.started;
  await terminal.press('q', 'frames captured');
  await terminal.ended;
  return milliseconds;
}

/** Percent of a core, in the next seconds. @param {number} pid @param {number} seconds */
async function shares(pid, seconds) {
  const [main, all, start] = [mainThreadSeconds(pid), processSeconds(pid), performance.now()];
  await sleep(seconds * 1000);
  const percent = 100 / ((performance.now() - start) / 1000);
  return { main: (mainThreadSeconds(pid) - main) * percent, all: (processSeconds(pid) - all) * percent };
}

/** Milliseconds from a key to its effect, for many of them. @param {Terminal} terminal @param {number} keys */
async function timeKeys(terminal, keys) {
  const latencies = [];
  for (let i = 0; i < keys; i++) {
    latencies.push(await terminal.press(' ', i % 2 === 0 ? 'paused' : 'live'));
    await sleep(20 + Math.random() * 80);
  }
  return latencies;
}

/**
 * @param {import('../lib/report.mjs').Context & {seconds?: number, soak?: number}} context seconds: how long each view is
 * looked at in a round; soak: how many seconds to look for growth of the resident size
 */
export async function screen({ rounds, quick, say, seconds = quick ? 1 : 2, soak = 0 }) {
  const keys = quick ? 50 : 200;
  const network = new PairNetwork();
  let terminal;
  let sender;
  try {
    const command = network.right.command([process.execPath, CLI, 'right', '--mode', 'divert', '--user', 'root']);
    const starts = await interleave(
      { '--help': async () => timeHelp(), 'first frame': () => timeFirstFrame(command) },
      rounds,
      (time) => time(),
    );

    terminal = new Terminal(['taskset', '--cpu-list', CPUS.receiver, ...command]);
    await terminal.shown('Packets');
    const { pid } = terminal.child;
    const duration = 60 + soak + rounds * VIEWS.length * (seconds + SETTLE + 1) + keys * 0.2;
    sender = startGenerator(network, { rate: RATE, dcids: 100_000, 'other-share': 0.3, duration });
    await sleep(quick ? 1000 : 5000);

    /** @type {Record<string, number[]>} */
    const whole = {};
    const main = await interleave(
      Object.fromEntries(VIEWS.map((name, i) => [name, String(i + 1)])),
      rounds,
      async (key, name) => {
        terminal.child.write(key);
        await sleep(SETTLE * 1000);
        const share = await shares(pid, seconds);
        whole[name] = [...(whole[name] ?? []), share.all];
        say(`${name}: main thread ${share.main.toFixed(1)} % of a core, whole process ${share.all.toFixed(1)} %`);
        return share.main;
      },
    );

    const resident = residentMegabytes(pid);
    terminal.child.write('1');
    await sleep(500);
    const latencies = await timeKeys(terminal, keys);
    if (soak > 0) {
      const before = residentMegabytes(pid).toFixed(0);
      await sleep(soak * 1000);
      say(
        `resident size: ${before} MB after all views were open, ${residentMegabytes(pid).toFixed(0)} MB after ${soak} s more`,
      );
    }
    await terminal.press('q', 'frames captured');
    await terminal.ended;

    const row = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ most) => ({
      name,
      value,
      target: { most },
    });
    return {
      rows: [
        row('screen, Packets at 100,000/s: main thread, % of a core', median(main.Packets ?? []), 10),
        row('screen, Charts: the same', median(main.Charts ?? []), 12),
        row('screen: a key to its effect at that load, 99th percentile, ms', quantile(latencies, 0.99), 100),
        row('screen: first frame, ms', median(starts['first frame'] ?? []), 300),
        row('screen: resident size with the default buffer, MB', resident, 200),
        row('`--help`, ms', median(starts['--help'] ?? []), 200),
      ],
      details: [
        { title: 'The screen at 100,000 packets a second: main thread', unit: '% of a core', digits: 1, values: main },
        { title: 'The same: whole process', unit: '% of a core', digits: 1, values: whole },
        {
          title: 'How fast it answers',
          unit: 'ms',
          digits: 1,
          values: { ...starts, 'a key to its effect': latencies },
        },
      ],
    };
  } finally {
    terminal?.child.kill('SIGKILL');
    await sender?.stop('SIGINT');
    network.remove();
  }
}
