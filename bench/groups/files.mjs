// How fast capture files are read, and in how much memory, beside tshark doing the same work.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../lib/bundle.mjs';
import { CLI } from '../lib/flood.mjs';
import { residentMegabytes } from '../lib/proc.mjs';
import { isInstalled } from '../lib/receivers.mjs';
import { ratioRow } from '../lib/report.mjs';
import { interleave } from '../lib/statistics.mjs';
import { Terminal } from '../lib/terminal.mjs';

const nothing = openSync('/dev/null', 'w');

/** Runs a command to its end; its output goes nowhere. @param {string[]} command @returns {Promise<{seconds: number, megabytes: number}>} */
export function run([program, ...args]) {
  const start = performance.now();
  const child = spawn(/** @type {string} */ (program), args, { stdio: ['ignore', nothing, 'inherit'] });
  let megabytes = 0;
  const timer = setInterval(() => {
    try {
      megabytes = residentMegabytes(/** @type {number} */ (child.pid), 'VmHWM') || megabytes;
    } catch {
      // It has just ended.
    }
  }, 20);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ seconds: (performance.now() - start) / 1000, megabytes });
      else reject(new Error(`${program} ended with ${code}`));
    });
  });
}

/** Milliseconds until the first rows of a file are on the screen. @param {string} file */
export async function firstView(file, cli = CLI) {
  const terminal = new Terminal([process.execPath, cli, '-r', file]);
  await terminal.shown('10.0.0.2:50000');
  const milliseconds = performance.now() - terminal.started;
  terminal.child.write('q');
  await terminal.ended;
  return milliseconds;
}

/** @type {import('../lib/report.mjs').Group} */
export async function files({ rounds, quick, say }) {
  if (!isInstalled('tshark')) throw new Error('tshark is needed: apt-get install --no-install-recommends tshark');
  const dir = mkdtempSync(join(tmpdir(), 'quic-top-bench-'));
  try {
    const { writeSynthetic, writeHandshakes, FRAMES_OF_CONNECTION } = await bundle('capture-files.ts');
    const [synthetic, handshakes] = [join(dir, 'synthetic.pcap'), join(dir, 'handshakes.pcap')];
    const frames = { synthetic: quick ? 100_000 : 1_000_000, handshakes: quick ? 20_000 : 300_000 };
    writeSynthetic(synthetic, frames.synthetic);
    writeHandshakes(handshakes, frames.handshakes / FRAMES_OF_CONNECTION);

    const json = (/** @type {string} */ file) => [process.execPath, CLI, '-r', file, '--json'];
    const tshark = (/** @type {string} */ file) => [
      ...['tshark', '-r', file, '-d', 'udp.port==4433,quic'],
      ...['-T', 'fields', '-e', 'quic.version', '-e', 'quic.dcid'],
    ];
    const subjects = {
      '--json, synthetic': { command: json(synthetic), count: frames.synthetic },
      '--json -q, synthetic': { command: [...json(synthetic), '-q'], count: frames.synthetic },
      'tshark, synthetic': { command: tshark(synthetic), count: frames.synthetic },
      '--json, connections': { command: json(handshakes), count: frames.handshakes },
      '--json -q, connections': { command: [...json(handshakes), '-q'], count: frames.handshakes },
      'tshark, connections': { command: tshark(handshakes), count: frames.handshakes },
    };
    /** @type {Record<string, number[]>} */
    const memory = {};
    /** @type {number[]} */
    const views = [];
    const speeds = await interleave(subjects, rounds, async ({ command, count }, name) => {
      const { seconds, megabytes } = await run(command);
      memory[name] = [...(memory[name] ?? []), megabytes];
      if (name === '--json, synthetic') views.push(await firstView(synthetic));
      say(`${name}: ${Math.round(count / seconds)} frames/s, ${megabytes.toFixed(0)} MB`);
      return count / seconds;
    });
    const [speed, size] = [ratioRow(speeds), ratioRow(memory)];
    return {
      rows: [
        speed('`-r FILE --json` / `tshark -T fields`, speed, synthetic', '--json, synthetic', 'tshark, synthetic', {
          least: 12,
        }),
        speed('the same, connections that begin, Initials opened', '--json, connections', 'tshark, connections', {
          least: 15,
        }),
        speed(
          '`-r FILE --json -q` / `tshark -T fields`, speed, synthetic',
          '--json -q, synthetic',
          'tshark, synthetic',
          { least: 30 },
        ),
        speed('the same, connections that begin', '--json -q, connections', 'tshark, connections', { least: 15 }),
        size(
          '`-r FILE --json` / `tshark -T fields`, peak memory, synthetic',
          '--json, synthetic',
          'tshark, synthetic',
          { most: 0.5 },
        ),
      ],
      details: [
        {
          title: 'Capture files',
          note: `Frames in a second, from start to end of the process, output to /dev/null. Synthetic: ${frames.synthetic} Handshake packets. Connections: ${frames.handshakes} frames of connections from their begin, as many packets of each type as ngtcp2 sends; Initials of both sides open.`,
          unit: 'frames/s',
          digits: 0,
          values: speeds,
        },
        { title: 'Their peak memory', unit: 'MB', digits: 0, values: memory },
        {
          title: 'The screen on the synthetic file',
          unit: 'ms',
          digits: 0,
          values: { 'from start until the first rows are shown': views },
        },
      ],
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
