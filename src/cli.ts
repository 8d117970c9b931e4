#!/usr/bin/env -S UV_USE_IO_URING=0 node
// The command: what the options ask for, signals, errors and the exit status.
import { givenArguments } from './commands/given-arguments.js';
import { openKeys } from './commands/keyboard.js';
import { listInterfaces } from './commands/list-interfaces.js';
import { privilegeWarning, userToBecome } from './commands/privileges.js';
import { wantsScreen } from './commands/stdout.js';
import { errorText, QuicTopError } from './core/text/errors.js';
import { type Options, parseOptions } from './options.js';

/** A terminal and a parent may both send a signal for one Ctrl-C: within this time they are one. */
const SAME_SIGNAL_MS = 1000;

/**
 * Aborts on the signals that ask a program to end, from before the first thing that must be undone. A second one does
 * not wait for a reader that takes no more output.
 */
function stopOnSignals(): AbortController {
  const controller = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - first > SAME_SIGNAL_MS) process.exit(1);
      first = Math.min(first, now);
      controller.abort();
    });
  }
  return controller;
}

async function run(options: Options): Promise<void> {
  const stopper = stopOnSignals();
  const { read } = options;
  const user = userToBecome(options.user);
  const warning = privilegeWarning(user);
  if (warning) process.stderr.write(`quic-top: ${warning}\n`);
  if (read === null) return (await import('./commands/live.js')).captureLive(options, user, stopper);

  if (options.duration !== null) setTimeout(() => stopper.abort(), options.duration).unref();
  // A count is for lines, and --write for those who know what they want: the screen is to look at all of a file.
  const toLookAt = options.count === Number.POSITIVE_INFINITY && options.write === '';
  const keys = wantsScreen(options) && toLookAt ? openKeys() : null;
  if (keys) return (await import('./commands/show-file.js')).showFile({ ...options, read }, user, keys, stopper);
  return (await import('./commands/read-file.js')).readFile({ ...options, read }, user, stopper.signal);
}

async function explain(options: Options, cids: readonly string[]): Promise<void> {
  const { cidLayouts: layouts, cidKeys: keys } = options;
  const { explainCids } = await import('./commands/cid.js');
  await explainCids({ ...options, cids, configured: layouts ? { layouts, keys } : null });
}

async function printConfig({ kind, file }: { kind: string; file: string }): Promise<void> {
  const { runImport } = await import('./commands/import.js');
  process.stdout.write(await runImport(kind, file));
}

function fail(error: unknown): void {
  process.stderr.write(`${errorText(error)}\n`);
  if (process.env.QUIC_TOP_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = error instanceof QuicTopError ? error.status : 1;
}

// A reader that goes away (`quic-top --json | head`) ends the run; it is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  fail(error);
  process.exit(1);
});

try {
  const options = await parseOptions(givenArguments());
  if (options.listInterfaces) listInterfaces();
  else if (options.guess !== null)
    await (await import('./commands/guess-cids.js')).guessCids({ ...options, path: options.guess });
  else if (options.cids) await explain(options, options.cids);
  else if (options.importing) await printConfig(options.importing);
  else if (options.doctor) process.exitCode = (await import('./commands/doctor/index.js')).doctor(options) ? 0 : 1;
  else await run(options);
} catch (error) {
  fail(error);
}
