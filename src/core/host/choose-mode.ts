// Decides how packets are taken when the user leaves it to us: never one that somebody on this host waits for.
import type { Mode } from '../capture/capture.js';
import { QuicTopError, UsageError } from '../text/errors.js';
import type { XdpChoice } from './choose-xdp.js';
import { listLinks, stackedOn } from './links.js';
import { findListener } from './listeners.js';
import { readWord } from './proc-file.js';

/** Whether the host forwards what comes in on the interface, by IPv4 or IPv6. */
export function isForwarding(name: string): boolean {
  return ['ipv4', 'ipv6'].some((family) => readWord(`/proc/sys/net/${family}/conf/${name}/forwarding`) === '1');
}

/** What is stacked on the interface, or null when that cannot be seen. */
function uppersOf(name: string): string[] | null {
  try {
    const links = listLinks();
    const link = links.find((each) => each.name === name);
    return link ? stackedOn(link, links) : null;
  } catch (error) {
    if (error instanceof QuicTopError) return null;
    throw error;
  }
}

/** Somebody who waits, or may wait, for packets that `divert` would take. */
interface Waiting {
  text: string;
  /** Only because what is stacked on the interface cannot be seen. */
  perhaps: boolean;
}

/** Null when nobody on this host waits who can be seen. */
function whoWaits(name: string, ports: readonly number[]): Waiting | null {
  const certain = (text: string) => ({ text, perhaps: false });
  const listener = findListener(ports);
  if (listener) return certain(listener);
  if (isForwarding(name)) return certain(`this host forwards what arrives on ${name}`);
  const uppers = uppersOf(name);
  if (!uppers) return { text: `what is stacked on ${name} cannot be seen`, perhaps: true };
  return uppers.length > 0 ? certain(`${uppers.join(', ')} is stacked on ${name}`) : null;
}

export interface ModeChoice {
  mode: Mode;
  reason: string | null;
  /** The reason is that it takes what somebody waits for, as it was told to. */
  warns?: boolean;
}

const divertedFrom = (waiting: Waiting | null) =>
  waiting === null ? { reason: null } : { reason: `takes packets, although ${waiting.text}`, warns: true };

export interface ModeOptions {
  interface: string;
  mode: Mode | 'auto';
  ports: readonly number[];
}

/**
 * The mode to capture in; and why it is that one when the user said `auto`, or whose packets it takes when the user
 * said `divert`. @throws UsageError: what cannot be diverted was to be
 */
export function chooseMode(options: ModeOptions, { xdp, reason: withoutXdp }: XdpChoice): ModeChoice {
  const { interface: name, mode, ports } = options;
  if (xdp === 'none') {
    if (mode === 'divert') throw new UsageError(`--mode divert needs XDP: ${withoutXdp}`, 'leave out --mode divert');
    return { mode: 'tap', reason: mode === 'auto' ? withoutXdp : null };
  }
  if (mode === 'tap') return { mode, reason: null };
  const waiting = whoWaits(name, ports);
  if (mode === 'divert') return { mode, ...divertedFrom(waiting) };
  if (waiting) return { mode: 'tap', reason: waiting.text };
  return { mode: 'divert', reason: 'nobody on this host waits for these packets' };
}

/** What of a capture a watch needs. */
interface Switchable {
  /** Of the interface. */
  readonly name: string;
  readonly mode: Mode;
  setMode(mode: Mode): void;
}

/**
 * Looks after a capture that diverts because nobody waited when it began: when somebody does, it switches to tap, once.
 * It leaves alone what the user chose, and never switches back. Between two checks packets are taken, so check() is to be
 * called about once a second; it reads a few files of /proc and asks for the interfaces, which any user may.
 */
export class ModeWatch {
  private current: ModeChoice;
  private watching: boolean;
  /** The last check could not see what is stacked on the interface. */
  private sawNothing = false;

  /** @param choice chooseMode's, with which the capture was opened */
  constructor(
    private readonly capture: Switchable,
    private readonly options: ModeOptions,
    choice: ModeChoice,
  ) {
    this.current = choice;
    this.watching = options.mode === 'auto' && choice.mode === 'divert';
  }

  /** The capture's mode and why it is that; no reason when somebody else changed it. */
  get choice(): ModeChoice {
    const { mode } = this.capture;
    return mode === this.current.mode ? this.current : { mode, reason: null };
  }

  /** Who waits for the packets that divert would take, or does take; null when nobody that can be seen does. */
  whoWaits(): string | null {
    return this.waiting()?.text ?? null;
  }

  private waiting(): Waiting | null {
    return whoWaits(this.capture.name, this.options.ports);
  }

  /** As the user says, from now on. @throws QuicTopError */
  setMode(mode: Mode): void {
    this.capture.setMode(mode);
    this.watching = false;
    this.current = { mode, ...(mode === 'divert' ? divertedFrom(this.waiting()) : { reason: null }) };
  }

  /** Returns the new mode and its reason when it had to switch. */
  check(): ModeChoice | null {
    if (!this.watching) return null;
    if (this.capture.mode !== 'divert') {
      this.watching = false;
      return null;
    }
    const waiting = this.waiting();
    const sawNothingBefore = this.sawNothing;
    this.sawNothing = waiting?.perhaps ?? false;
    // One look may fail, and there is no way back: it counts when the next one fails too.
    if (!waiting || (this.sawNothing && !sawNothingBefore)) return null;
    this.watching = false;
    this.capture.setMode('tap');
    this.current = { mode: 'tap', reason: waiting.text };
    return this.current;
  }
}
