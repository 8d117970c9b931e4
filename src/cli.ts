#!/usr/bin/env node
// The command: options, then a capture, then the screen or lines, then the summary.
import { readFileSync } from 'node:fs';
import { BackgroundWriter, openFile } from './commands/background-writer.js';
import { openKeys } from './commands/keyboard.js';
import { countMatches, runLines } from './commands/lines.js';
import { become, isRootsOwn, privilegeWarning, userToBecome } from './commands/privileges.js';
import { LIVE_BUDGET, lineFormat, printsPackets, writeSummary } from './commands/stdout.js';
import { modeNotes, Watch } from './commands/watch.js';
import { Capture, type CaptureOptions } from './core/capture/capture.js';
import { liveSource } from './core/capture/source.js';
import { summarize, summaryText, type Written } from './core/capture/summary.js';
import { STDOUT } from './core/export/file-name.js';
import { chooseMode, type ModeChoice } from './core/host/choose-mode.js';
import { chooseXdp, hookName, unseenByTc } from './core/host/choose-xdp.js';
import { switchOn } from './core/host/interface-changes.js';
import { decodedBy, PacketFilter } from './core/recorder/packet-filter.js';
import { errorLine, errorText, QuicTopError } from './core/text/errors.js';
import { printable } from './core/text/format.js';
import { formatPorts } from './core/text/values.js';
import { type Options, parseOptions } from './options.js';
import { AnalysisThread } from './threads/analysis-thread.js';
import { startExport } from './threads/export-thread.js';
import { loadWorkers } from './threads/start.js';

function listInterfaces(): void {
  // Of this process's network namespace, also those that are down.
  const names = readFileSync('/proc/net/dev', 'utf8').match(/^\s*[^\s|]+(?=:)/gm) ?? [];
  process.stdout.write(names.map((name) => `${printable(name.trim())}\n`).join(''));
}

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

async function runWithoutScreen(
  options: Options,
  capture: Capture,
  watch: Watch,
  analysis: AnalysisThread | null,
  writer: BackgroundWriter | null,
  stopper: AbortController,
): Promise<void> {
  const started = performance.now();
  void writer?.failed.then(() => stopper.abort());
  const { recorder } = capture;
  const skipped = await runLines(capture, analysis, {
    format: lineFormat(options, recorder, capture),
    filter: new PacketFilter(options.filter, analysis && decodedBy(analysis, recorder)),
    count: options.count,
    output: process.stdout,
    stop: stopper.signal,
  });
  const seconds = (performance.now() - started) / 1000;
  watch.finish((note) => process.stderr.write(`quic-top: ${printable(note)}\n`));
  const { withoutMetadata } = recorder;
  if (withoutMetadata > 0) {
    process.stderr.write(
      `quic-top: the driver gave no metadata for ${withoutMetadata} frames: their times are when they were read\n`,
    );
  }
  if (skipped > 0) {
    process.stderr.write(`quic-top: ${skipped} packets were overwritten before stdout took them; give more --buffer\n`);
  }
  const write = await finishWriting(writer);
  const { not_decoded, initials_over_budget } = undecoded(analysis);
  if (not_decoded > 0) {
    process.stderr.write(`quic-top: ${not_decoded} packets were not decoded: they came too fast\n`);
  }
  if (initials_over_budget > 0) {
    process.stderr.write(
      `quic-top: ${initials_over_budget} Initials were not opened: there were too many in a second\n`,
    );
  }
  writeSummary(
    options,
    summarize(capture, watch.mode.choice, seconds, { skipped, not_decoded, initials_over_budget, write }),
  );
}

/** What the analysis left out. */
function undecoded(analysis: AnalysisThread | null) {
  return { not_decoded: analysis?.missed ?? 0, initials_over_budget: analysis?.overBudget ?? 0 };
}

/** Whether anything asks what is in the packets. Headless, the program is to count, and to cost as little as it can. */
function needsAnalysis(options: Options, onScreen: boolean): boolean {
  const asked = options.write !== '' || Number.isFinite(options.count);
  return onScreen || printsPackets(options) || (asked && options.filter.needsDecoded);
}

async function finishWriting(writer: BackgroundWriter | null): Promise<Written | null> {
  const written = (await writer?.finish()) ?? null;
  if (written && written.skipped > 0) {
    process.stderr.write(
      `quic-top: ${written.skipped} packets were overwritten before --write took them; give more --buffer\n`,
    );
  }
  return written;
}

async function runOnScreen(
  options: Options,
  capture: Capture,
  watch: Watch,
  analysis: AnalysisThread,
  writer: BackgroundWriter | null,
  stopper: AbortController,
): Promise<void> {
  const { runScreen } = await import('./ui/index.js');
  const started = performance.now();
  const ended = new AbortController();
  let counted = null as Promise<void> | null;
  if (Number.isFinite(options.count)) {
    const { count } = options;
    const filter = new PacketFilter(options.filter, decodedBy(analysis, capture.recorder));
    counted = countMatches(capture.recorder, analysis, { count, filter, stop: ended.signal });
    // The screen ends; then `counted` is asked what was wrong.
    void counted.catch(() => {}).then(() => stopper.abort());
  }
  try {
    await runScreen(liveSource(capture, watch), analysis, {
      ...options,
      filterText: options.filter.text,
      keys: process.stdin,
      stop: stopper.signal,
      startExport,
      onProblem: (listener) => {
        void writer?.failed.then((error) => listener(errorLine(error)));
        // What was captured until it ended by itself stays on the screen, to be looked at and saved.
        watch.begin(listener, () => {});
      },
    });
  } finally {
    ended.abort();
  }
  capture.stop();
  const seconds = (performance.now() - started) / 1000;
  if (writer) await analysis.finish();
  const output = { skipped: 0, ...undecoded(analysis), write: await finishWriting(writer) };
  process.stdout.write(`${summaryText(summarize(capture, watch.mode.choice, seconds, output))}\n`);
  await counted;
}

/** What a person should know about this session before it begins. */
function notes(capture: Capture, choice: ModeChoice, unseen: string | null): string[] {
  const { ownsProgram, programId, rxQueues, socketQueues } = capture;
  return [
    ...modeNotes(capture, choice),
    ...(unseen === null ? [] : [`not seen: ${unseen}`]),
    ...switchedOffNotes(capture),
    ...(ownsProgram ? [] : [`uses the XDP program ${programId} that is attached; --xdp and --cid-table do not apply`]),
    ...(!ownsProgram && socketQueues < rxQueues
      ? [`its xsks_map has slots for ${socketQueues} of ${rxQueues} RX queues; what the others get is copied`]
      : []),
  ];
}

/** What attaching the program did to the interface. */
function switchedOffNotes({ name, switchedOff, restoreFailure }: Capture): string[] {
  if (switchedOff.length === 0) return [];
  const what = `${switchedOff.join(' and ')} of ${name} ${switchedOff.length === 1 ? 'is' : 'are'} off while XDP runs`;
  if (restoreFailure === null) return [`${what}, and on again when quic-top ends`];
  return [`${what}, and will stay off (${restoreFailure}): afterwards type: ${switchOn(name, switchedOff)}`];
}

function wantsScreen(options: Options): boolean {
  return !options.json && !options.headless && options.write !== STDOUT && process.stdout.isTTY;
}

async function run(options: Options): Promise<void> {
  const stopper = stopOnSignals();
  const stop = stopper.signal;
  const { read } = options;
  const user = userToBecome(options.user);
  const warning = privilegeWarning(user);
  if (warning) process.stderr.write(`quic-top: ${warning}\n`);
  if (read !== null) {
    if (options.duration !== null) setTimeout(() => stopper.abort(), options.duration).unref();
    // A count is for lines, and --write for those who know what they want: the screen is to look at all of a file.
    const toLookAt = options.count === Number.POSITIVE_INFINITY && options.write === '';
    const keys = wantsScreen(options) && toLookAt ? openKeys() : null;
    if (keys) {
      const { showFile } = await import('./commands/show-file.js');
      return showFile({ ...options, read }, user, keys, stopper);
    }
    const { readFile } = await import('./commands/read-file.js');
    return readFile({ ...options, read }, user, stop);
  }
  const xdpChoice = chooseXdp(options);
  const choice = chooseMode(options, xdpChoice);
  const { mode } = choice;
  const captureOptions: CaptureOptions = { ...options, mode, xdp: xdpChoice.xdp };
  const onScreen = wantsScreen(options);
  const withAnalysis = needsAnalysis(options, onScreen);
  // Now, because the user it becomes may be unable to read the folder that this is in.
  if (onScreen) await import('./ui/index.js');
  if (withAnalysis) loadWorkers();
  const capture = Capture.open(captureOptions);
  // process.exit() runs no destructor of the addon, and a program that was joined would go on capturing.
  process.on('exit', () => capture.close());
  let analysis: AnalysisThread | null = null;
  const watch = new Watch(capture, options, choice);
  try {
    // The file is opened with the rights of the person who asks for it: at root's own prompt those of root.
    const rootsFile = isRootsOwn() ? await openFile(options, capture) : null;
    const unseen = capture.xdp === 'none' ? unseenByTc(options.interface) : null;
    capture.start();
    become(user, { readsMaps: true });
    const file = rootsFile ?? (await openFile(options, capture));
    const waitedFor = !onScreen || file !== null;
    if (withAnalysis) analysis = new AnalysisThread(capture.recorder, LIVE_BUDGET, waitedFor);
    void analysis?.failed.then(() => stopper.abort());
    const writer = file && new BackgroundWriter(file, options.filter, capture.recorder, analysis);
    if (options.duration !== null) setTimeout(() => stopper.abort(), options.duration).unref();
    const where = `${printable(options.interface)}, mode ${mode} (${hookName(capture.xdp)}), ports ${formatPorts(options.ports)}`;
    if (!onScreen || !analysis) {
      const say = (note: string) => process.stderr.write(`quic-top: ${printable(note)}\n`);
      notes(capture, choice, unseen).forEach(say);
      watch.begin(say, () => stopper.abort());
      process.stderr.write(`listening on ${where}\n`);
      await runWithoutScreen(options, capture, watch, analysis, writer, stopper);
    } else {
      await runOnScreen(options, capture, watch, analysis, writer, stopper);
    }
    if (analysis?.failure) throw analysis.failure;
    if (writer?.failure !== undefined) throw writer.failure;
    if (watch.interface.ended) throw watch.interface.ended;
  } finally {
    watch.end();
    // It would keep the process alive.
    await analysis?.close();
    capture.close();
  }
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
  const options = parseOptions(process.argv.slice(2));
  if (options.listInterfaces) listInterfaces();
  else if (options.doctor) process.exitCode = (await import('./commands/doctor/index.js')).doctor(options) ? 0 : 1;
  else await run(options);
} catch (error) {
  fail(error);
}
