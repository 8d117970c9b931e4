// A live capture from its first system call to its summary: opened as root, run as the user that was asked for.
import { Capture, type Mode } from '../core/capture/capture.js';
import { liveSource } from '../core/capture/source.js';
import { summarize, summaryText, type Written } from '../core/capture/summary.js';
import { chooseHook, hookName, unseenBehindXdp, wantsXdp } from '../core/host/choose-hook.js';
import { chooseMode, type ModeChoice } from '../core/host/choose-mode.js';
import { effectOf } from '../core/host/drivers.js';
import { switchOn } from '../core/host/interface-changes.js';
import { namesSockets, SocketOwners } from '../core/host/socket-owners.js';
import { type Hook, isXdp, loadAddon, native } from '../core/native/addon.js';
import { decodedBy, PacketFilter } from '../core/recorder/packet-filter.js';
import { errorLine, QuicTopError } from '../core/text/errors.js';
import { printable } from '../core/text/format.js';
import { formatPorts } from '../core/text/values.js';
import type { Options } from '../options.js';
import { AnalysisThread } from '../threads/analysis-thread.js';
import { startExport } from '../threads/export-thread.js';
import { loadWorkers } from '../threads/start.js';
import { agrees, canAsk } from './ask.js';
import { BackgroundWriter, openFile } from './background-writer.js';
import { ChangeLines } from './connection-lines.js';
import { countMatches, runLines } from './lines.js';
import { become, confine, isRootsOwn, type User } from './privileges.js';
import { LIVE_BUDGET, lineFormat, printsChanges, printsPackets, wantsScreen, writeSummary } from './stdout.js';
import { modeNotes, Watch } from './watch.js';

const now = () => performance.now();
const warn = (text: string) => process.stderr.write(`quic-top: ${text}\n`);

/** Captures until `stopper` fires, a limit of the options is reached or the capture ends by itself. @throws QuicTopError */
export async function captureLive(options: Options, user: User, stopper: AbortController): Promise<void> {
  const session = await LiveSession.open(options, stopper);
  try {
    await session.start(user);
    await (session.onScreen ? session.runOnScreen() : session.runLines());
    session.throwFailure();
  } finally {
    await session.close();
  }
}

class LiveSession {
  private analysis: AnalysisThread | null = null;
  private writer: BackgroundWriter | null = null;
  /** What is seen by XDP alone, asked before root is given up. */
  private unseen: string | null = null;
  /** Milliseconds of performance.now() when capturing began. */
  private started = 0;
  private readonly watch: Watch;

  private constructor(
    private readonly options: Options,
    private readonly choice: ModeChoice,
    private readonly capture: Capture,
    private readonly stopper: AbortController,
    readonly onScreen: boolean,
  ) {
    const owners = onScreen && capture.recorder.serverIds.layouts.some(namesSockets);
    this.watch = new Watch(capture, options, choice, owners ? new SocketOwners(new Set(options.ports), now) : null);
  }

  /** Everything that can fail and takes root, before a packet is captured. */
  static async open(options: Options, stopper: AbortController): Promise<LiveSession> {
    const onScreen = wantsScreen(options);
    const opening = openCapture(options, stopper.signal);
    // Meanwhile, because it takes as long, and not later, because the user it becomes may be unable to read the folder that
    // this is in.
    const loading = (onScreen ? import('../ui/index.js') : Promise.resolve()).then(() => {
      if (needsAnalysis(options, onScreen)) loadWorkers();
    });
    loading.catch(() => {}); // it is told below
    const { choice, capture } = await opening;
    // process.exit() runs no destructor and no clean-up hook of the addon, and a program that was joined would go on
    // capturing.
    process.on('exit', () => capture.close());
    try {
      await loading;
      return new LiveSession(options, choice, capture, stopper, onScreen);
    } catch (error) {
      capture.close();
      throw error;
    }
  }

  /** Starts capturing, gives up root, and starts what reads the packets. */
  async start(user: User): Promise<void> {
    const { options, capture, stopper } = this;
    // The file is opened with the rights of the person who asks for it: at root's own prompt those of root.
    const rootsFile = isRootsOwn() ? await openFile(options, capture) : null;
    if (!isXdp(capture.hook)) this.unseen = unseenBehindXdp(options.interface);
    capture.start();
    // Afterwards, whose the sockets are is hidden.
    this.watch.owners?.look();
    become(user, { readsMaps: true });
    const file = rootsFile ?? (await openFile(options, capture));
    confine(user, options, this.onScreen ? options.exportDir : null, this.watch.owners !== null);
    if (needsAnalysis(options, this.onScreen)) {
      const waitedFor = !this.onScreen || file !== null;
      const tellsChanges = !this.onScreen && printsChanges(options);
      this.analysis = new AnalysisThread(capture.recorder, LIVE_BUDGET, waitedFor, tellsChanges);
      void this.analysis.failed.then(() => stopper.abort());
    }
    if (file) this.writer = new BackgroundWriter(file, options.filter, capture, this.analysis);
    this.started = performance.now();
    if (options.duration !== null) setTimeout(() => stopper.abort(), options.duration).unref();
  }

  async runLines(): Promise<void> {
    const { options, capture, analysis, writer, stopper } = this;
    const { recorder } = capture;
    const say = (note: string) => warn(printable(note));
    this.notes().forEach(say);
    this.watch.begin(say, () => stopper.abort());
    const { mode } = this.choice;
    process.stderr.write(
      `listening on ${printable(options.interface)}, mode ${mode} (${hookName(capture.hook)}), ports ${formatPorts(options.ports)}\n`,
    );
    void writer?.failed.then(() => stopper.abort());
    pauseOnStop(capture);
    const changes =
      analysis && printsChanges(options)
        ? new ChangeLines(recorder.epoch, () => analysis.takeChanges(), process.stdout, stopper.signal)
        : null;
    const skipped = await runLines(capture, analysis, {
      format: lineFormat(options, recorder, capture, (view) => analysis?.connectionOf(view) ?? null),
      changes,
      filter: new PacketFilter(options.filter, analysis && decodedBy(analysis, recorder)),
      count: options.count,
      output: process.stdout,
      stop: stopper.signal,
    });
    const { seconds } = this;
    this.watch.finish(say);
    const { withoutMetadata } = recorder;
    if (withoutMetadata > 0)
      warn(`the driver gave no metadata for ${withoutMetadata} frames: their times are when they were read`);
    if (skipped > 0) warn(`${skipped} packets were overwritten before stdout took them; give more --buffer`);
    const write = await this.finishWriting();
    const output = { skipped, ...this.undecoded(), write };
    writeSummary(options, summarize(capture, this.watch.mode.choice, seconds, output));
  }

  async runOnScreen(): Promise<void> {
    const { options, capture, writer, watch, stopper } = this;
    const analysis = this.analysis as AnalysisThread;
    const { runScreen } = await import('../ui/index.js');
    const ended = new AbortController();
    const counted = this.countUntil(ended.signal);
    try {
      await runScreen(liveSource(capture, watch), analysis, {
        ...options,
        filterText: options.filter.text,
        keys: process.stdin,
        stop: stopper.signal,
        startExport,
        pause: () => capture.pause(),
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
    const { seconds } = this;
    if (writer) await analysis.finish();
    const output = { skipped: 0, ...this.undecoded(), write: await this.finishWriting() };
    process.stdout.write(`${summaryText(summarize(capture, watch.mode.choice, seconds, output))}\n`);
    await counted;
  }

  /** How long it has been capturing. */
  private get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** Ends the screen after `--count` packets. Afterwards it tells what was wrong. */
  private countUntil(stop: AbortSignal): Promise<void> | null {
    const { options, capture, stopper } = this;
    const { count } = options;
    if (!Number.isFinite(count)) return null;
    const analysis = this.analysis as AnalysisThread;
    const filter = new PacketFilter(options.filter, decodedBy(analysis, capture.recorder));
    const counted = countMatches(capture.recorder, analysis, { count, filter, stop });
    void counted.catch(() => {}).then(() => stopper.abort());
    return counted;
  }

  /** What the analysis left out. */
  private undecoded() {
    const { analysis } = this;
    return {
      not_decoded: analysis?.missed ?? 0,
      initials_over_budget: analysis?.overBudget ?? 0,
      connection_events_lost: analysis?.changesLost ?? 0,
    };
  }

  private async finishWriting(): Promise<Written | null> {
    const written = (await this.writer?.finish()) ?? null;
    if (written && written.skipped > 0)
      warn(`${written.skipped} packets were overwritten before --write took them; give more --buffer`);
    return written;
  }

  /** What a person should know about this session before it begins. */
  private notes(): string[] {
    const { capture, choice, unseen } = this;
    const { ownsProgram, programId, rxQueues, socketQueues } = capture;
    return [
      ...modeNotes(capture, choice),
      ...(unseen === null ? [] : [`not seen: ${unseen}`]),
      ...[capture.hook === 'native' ? driverNote(capture.name, false) : null].filter((note) => note !== null),
      ...switchedOffNotes(capture),
      ...(ownsProgram
        ? []
        : [`uses the XDP program ${programId} that is attached; --xdp, --cid and --cid-table do not apply`]),
      ...(!ownsProgram && socketQueues < rxQueues
        ? [`its xsks_map has slots for ${socketQueues} of ${rxQueues} RX queues; what the others get is copied`]
        : []),
    ];
  }

  /** What ended the session by itself, if anything did. */
  throwFailure(): void {
    const { analysis, writer, watch } = this;
    if (analysis?.failure) throw analysis.failure;
    if (writer?.failure !== undefined) throw writer.failure;
    if (watch.interface.ended) throw watch.interface.ended;
  }

  /** Legal in any state. */
  async close(): Promise<void> {
    this.watch.end();
    // It would keep the process alive.
    await this.analysis?.close();
    this.capture.close();
  }
}

/** Ctrl-Z: the host has its packets at once, and not only when the programs notice that nobody is there. */
function pauseOnStop(capture: Capture): void {
  process.once('SIGTSTP', () => {
    const goOn = capture.pause();
    // Nothing listens now, so this stops. Where no shell is there to continue the process, the kernel ignores it.
    process.kill(process.pid, 'SIGTSTP');
    goOn();
    pauseOnStop(capture);
  });
}

/** The capture in the mode that was asked for, or that is found to be good. @throws QuicTopError */
async function openCapture(options: Options, stop: AbortSignal): Promise<{ choice: ModeChoice; capture: Capture }> {
  const open = (mode: Mode, hook: Hook) =>
    Capture.openMeanwhile({ ...options, mode, hook, promiscuous: options.promiscuous ?? isXdp(hook) });
  const choice = chooseMode(options);
  const hook = chooseHook(options, choice.mode);
  if (hook === 'native') await warnOfReset(options, stop);
  try {
    return { choice, capture: await open(choice.mode, hook) };
  } catch (error) {
    if (wantsXdp(options) || !isXdp(hook) || !(error instanceof QuicTopError)) throw error;
    // It was to divert because nothing spoke against it: now something does.
    return { choice: { mode: 'tap', reason: error.message }, capture: await open('tap', 'socket') };
  }
}

/** What the driver does to run an XDP program, as a sentence; null where nothing is known. */
function driverNote(name: string, isHarsh: boolean): string | null {
  const { driver } = native(() => loadAddon().device(name));
  const effect = effectOf(driver);
  return effect && effect.resets === isHarsh ? `${name}: ${driver} ${effect.text}` : null;
}

/** Says that the driver resets its port, before it does, and asks. @throws QuicTopError: no, thank you */
async function warnOfReset({ interface: name, yes }: Options, stop: AbortSignal): Promise<void> {
  const note = driverNote(name, true);
  if (note === null) return;
  warn(printable(note));
  if (yes || !canAsk() || (await agrees('Go on?', stop))) return;
  throw new QuicTopError('DECLINED', `nothing was done to ${name}`, 'copy packets instead: --mode tap');
}

/** Whether anything asks what is in the packets. Headless, the program is to count, and to cost as little as it can. */
function needsAnalysis(options: Options, onScreen: boolean): boolean {
  const asked = options.write !== '' || Number.isFinite(options.count);
  return onScreen || printsPackets(options) || printsChanges(options) || (asked && options.filter.needsDecoded);
}

/** What attaching the program did to the interface. */
function switchedOffNotes({ name, switchedOff, restoreFailure }: Capture): string[] {
  if (switchedOff.length === 0) return [];
  const what = `${switchedOff.join(' and ')} of ${name} ${switchedOff.length === 1 ? 'is' : 'are'} off while XDP runs`;
  if (restoreFailure === null) return [`${what}, and on again when quic-top ends`];
  return [`${what}, and will stay off (${restoreFailure}): afterwards type: ${switchOn(name, switchedOff)}`];
}
