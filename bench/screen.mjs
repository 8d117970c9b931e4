// What the screen costs while 100,000 packets arrive in a second, at 200x50: the main thread's share of a core in each
// view, the time until a key shows its effect, growth of the resident size; and the time to the first frame and to --help.
// --soak N: how many seconds to look for growth (60).
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pty from 'node-pty';
import { PairNetwork } from '../demo/network.mjs';
import { Program } from '../demo/program.mjs';
import { CLI, GENERATOR } from './lib/flood.mjs';
import { readSeconds } from './lib/options.mjs';

const SIZE = { cols: 200, rows: 50 };
const RATE = 100_000;
const KEYS = 200;
const VIEWS = ['Packets', 'CIDs', 'Backends', 'Queues', 'Charts'];
/** Clock ticks a second in /proc (USER_HZ). */
const TICKS = 100;
const seconds = readSeconds(10);
const soak = readSeconds(60, 'soak');

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * share))];

/** Seconds of CPU in a stat file of /proc. */
function cpuSeconds(file) {
  const stat = readFileSync(file, 'utf8');
  // From the third field on: the second is a name, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
const mainThreadSeconds = (pid) => cpuSeconds(`/proc/${pid}/task/${pid}/stat`);
const processSeconds = (pid) => cpuSeconds(`/proc/${pid}/stat`);

function residentMegabytes(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** quic-top in a terminal, and what it writes there. */
class Terminal {
  output = '';
  constructor(command) {
    const [file, ...args] = command;
    const environment = { ...process.env, COLORTERM: 'truecolor', TERM: 'xterm-256color' };
    delete environment.CI;
    delete environment.NO_COLOR;
    this.started = performance.now();
    this.child = pty.spawn(file, args, { ...SIZE, name: 'xterm-256color', env: environment });
    this.child.onData((data) => {
      this.output = (this.output + data).slice(-200_000);
    });
  }

  /** Types, and waits until the terminal was sent `text`. Milliseconds that took. */
  async press(key, text) {
    this.output = '';
    const start = performance.now();
    this.child.write(key);
    await this.shown(text);
    return performance.now() - start;
  }

  async shown(text) {
    const deadline = performance.now() + 20_000;
    while (!this.output.includes(text)) {
      if (performance.now() > deadline) throw new Error(`never shown: ${text}`);
      await sleep(1);
    }
  }
}

function row(title, text) {
  console.log(`${title.padEnd(34)} ${text}`);
}

const helps = Array.from({ length: 5 }, () => {
  const start = performance.now();
  spawnSync(process.execPath, [CLI, '--help'], { stdio: 'ignore' });
  return performance.now() - start;
});
row('--help', `${median(helps).toFixed(0)} ms (median of ${helps.length})`);

const network = new PairNetwork();
let terminal;
let sender;
try {
  const firstFrames = [];
  for (let i = 0; i < 5; i++) {
    const first = new Terminal(
      network.right.command([process.execPath, CLI, 'right', '--mode', 'divert', '--user', 'root']),
    );
    await first.shown('Packets');
    firstFrames.push(performance.now() - first.started);
    await first.press('q', 'frames captured');
  }
  row('first frame', `${median(firstFrames).toFixed(0)} ms (median of ${firstFrames.length})`);

  const watch = [process.execPath, CLI, 'right', '--mode', 'divert', '--user', 'root'];
  terminal = new Terminal(network.right.command(['taskset', '--cpu-list', '1', ...watch]));
  await terminal.shown('Packets');
  const { pid } = terminal.child;
  const duration = String(Math.ceil(60 + soak + VIEWS.length * (seconds + 3) + KEYS * 0.2));
  const traffic = ['--rate', String(RATE), '--dcids', '100000', '--other-share', '0.3', '--duration', duration];
  sender = new Program(network.left.command([GENERATOR, '--interface', 'left', '--cpu', '0', ...traffic]));
  await sleep(10_000);
  for (const [i, name] of VIEWS.entries()) {
    terminal.child.write(String(i + 1));
    await sleep(2000);
    const [main, all, start] = [mainThreadSeconds(pid), processSeconds(pid), performance.now()];
    await sleep(seconds * 1000);
    const elapsed = (performance.now() - start) / 1000;
    const share = (used) => `${((100 * used) / elapsed).toFixed(1).padStart(5)} %`;
    row(
      `main thread, ${name}`,
      `${share(mainThreadSeconds(pid) - main)} of a core; whole process ${share(processSeconds(pid) - all)}`,
    );
  }

  terminal.child.write('1');
  await sleep(500);
  const latencies = [];
  for (let i = 0; i < KEYS; i++) {
    latencies.push(await terminal.press(' ', i % 2 === 0 ? 'paused' : 'live'));
    await sleep(20 + Math.random() * 80);
  }
  const [middle, worst] = [median(latencies), quantile(latencies, 0.99)].map((value) => `${value.toFixed(1)} ms`);
  row('key to its effect on the terminal', `median ${middle}, 99th percentile ${worst} of ${KEYS} keys`);
  const before = residentMegabytes(pid);
  await sleep(soak * 1000);
  const after = residentMegabytes(pid);
  row(
    'resident size',
    `${before.toFixed(0)} MB after all views were open, ${after.toFixed(0)} MB after ${soak} s more`,
  );
  await terminal.press('q', 'frames captured');
  const [, frames, lost] = /([\d,]+) frames captured, ([\d,]+) lost/.exec(terminal.output) ?? [];
  row('captured', `${frames} frames, ${lost} lost`);
} finally {
  terminal?.child.kill('SIGKILL');
  await sender?.stop('SIGINT');
  network.remove();
}
