// quic-top's live screen on a private network with real QUIC traffic. The arguments are quic-top's, so is the exit
// status.

import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { exitStatus } from './exit-status.mjs';
import { HubNetwork } from './network.mjs';
import { startTraffic } from './traffic.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
/** A terminal's Ctrl-C reaches quic-top without us: only after this many milliseconds it is told again. */
const GRACE = 300;
const PATIENCE = 5000;

const args = process.argv.slice(2);
/** @param {string} option */
const isGiven = (option) => args.some((arg) => arg === option || arg.startsWith(`${option}=`));
if (!isGiven('--mode')) args.unshift('--mode', 'divert');
// At root's own prompt quic-top becomes nobody, who may not write here.
if (!process.env.SUDO_UID && !isGiven('--export-dir')) args.unshift('--export-dir', tmpdir());

/** @type {Error | undefined} */
let failure;
let end = () => leave(1);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => end());

const network = new HubNetwork();
await startTraffic(network, (error) => {
  failure ??= error; // told when the screen is free again
  end();
});

const [program, ...rest] = network.mirror.command([process.execPath, CLI, 'mirror', ...args]);
const quicTop = spawn(/** @type {string} */ (program), rest, { stdio: 'inherit' });
end = () => {
  setTimeout(() => quicTop.kill('SIGTERM'), GRACE);
  setTimeout(() => quicTop.kill('SIGKILL'), GRACE + PATIENCE);
};
quicTop.on('exit', (code, signal) => {
  if (signal !== null) {
    if (process.stdout.isTTY) restoreTerminal();
    console.error(`quic-top was ended by ${signal}.`);
  }
  leave(exitStatus(code, signal));
});

/** @param {number} status */
function leave(status) {
  if (failure !== undefined) console.error(`The demo ended because its traffic did: ${failure.message}`);
  process.exit(failure === undefined ? status : 1);
}

/** What quic-top itself could not do any more: the normal screen, wrapped lines, a visible cursor, cooked input. */
function restoreTerminal() {
  process.stdout.write('\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l');
  spawnSync('stty', ['sane'], { stdio: ['inherit', 'ignore', 'ignore'] });
}
