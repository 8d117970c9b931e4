// Decides whether packets are taken when the user leaves it to us: only on a link that is evidently a mirror.
import type { Mode } from '../capture/capture.js';
import { LINK_TYPE } from '../native/abi.gen.js';
import { type Link, loadAddon, native } from '../native/addon.js';
import { QuicTopError, UsageError } from '../text/errors.js';
import { ANY, type HookOptions, wantsXdp } from './choose-hook.js';
import { listLinks, stackedOn } from './links.js';
import { findListener, findPacketReader } from './listeners.js';
import { readWord } from './proc-file.js';

/** Whether the host forwards what comes in on the interface, by IPv4 or IPv6. */
export function isForwarding(name: string): boolean {
  return ['ipv4', 'ipv6'].some((family) => readWord(`/proc/sys/net/${family}/conf/${name}/forwarding`) === '1');
}

/** Why packets should not be taken. */
interface Objection {
  text: string;
  /** Only because what is to be known of the interface cannot be seen. */
  perhaps: boolean;
  /** What somebody does who wants it all the same, where that is no harm. */
  todo?: string;
}

const certain = (text: string): Objection => ({ text, perhaps: false });

/** An interface among the others, as netlink told at one moment. */
interface Surroundings {
  link: Link;
  links: readonly Link[];
}

/** Null when that cannot be seen: netlink may fail, and a name may be another one of the interface. */
function lookAround(name: string): Surroundings | null {
  const links = seen(listLinks);
  const link = links?.find((each) => each.name === name);
  return links && link ? { link, links } : null;
}

/** What it answers, or null where it cannot. */
function seen<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    if (error instanceof QuicTopError) return null;
    throw error;
  }
}

const unseen = (name: string): Objection => ({ text: `what is stacked on ${name} cannot be seen`, perhaps: true });

/** Who on this host waits for packets that `divert` would take; null when nobody does who can be seen. */
function whoWaits(name: string, around: Surroundings | null, ports: readonly number[]): Objection | null {
  const listener = findListener(ports);
  if (listener) return certain(listener);
  if (isForwarding(name)) return certain(`this host forwards what arrives on ${name}`);
  if (!around) return unseen(name);
  const uppers = stackedOn(around.link, around.links);
  if (uppers.length > 0) return certain(`${uppers.join(', ')} is stacked on ${name}`);
  const reader = findPacketReader(around.link.index);
  return reader === null ? null : certain(reader);
}

/**
 * Why a link is perhaps no mirror; null when nobody on this host has anything to do with what arrives there.
 * @param own id of our XDP program on it, or 0
 */
function notAMirror(
  name: string,
  around: Surroundings | null,
  ports: readonly number[],
  own: number,
): Objection | null {
  const waiting = whoWaits(name, around, ports);
  if (waiting || !around) return waiting;
  const { index, program } = around.link;
  const addresses = seen(() => native(() => loadAddon().addresses(index)));
  if (addresses === null) return unseen(name);
  if (addresses > 0) return { ...certain(`${name} has addresses`), todo: 'to take packets by AF_XDP: --mode divert' };
  return program === own ? null : certain(`an XDP program is on ${name}`);
}

export interface ModeChoice {
  mode: Mode;
  reason: string | null;
  /** The reason is that it takes what somebody waits for, as it was told to. */
  warns?: boolean;
  /** What to do who wants another mode, where there is something to say. */
  todo?: string;
}

const divertedFrom = (waiting: Objection | null) =>
  waiting === null ? { reason: null } : { reason: `takes packets, although ${waiting.text}`, warns: true };

export interface ModeOptions extends HookOptions {
  interface: string;
  ports: readonly number[];
}

/** Why an interface has no mode divert, or null. */
function cannotDivert(name: string, around: Surroundings | null): string | null {
  if (name === ANY) return 'XDP programs are attached to one interface';
  if (!around) return null;
  const { link, links } = around;
  if (link.linkType !== LINK_TYPE.LINK_ETHERNET) return `${name} has no Ethernet header`;
  if (link.kind === 'bond') {
    const members = links.filter(({ master }) => master === link.index).map((member) => member.name);
    return `${name} is a bond, whose members receive: ${members.join(', ') || 'it has none'}`;
  }
  // Where there is a VF, packets come by that, and AF_XDP sockets of this interface get none (netvsc_vf_setxdp).
  return native(() => loadAddon().device(name)).driver === 'hv_netvsc' ? `packets of ${name} come by its VF` : null;
}

/**
 * The mode to capture in; and why it is that one when the user said `auto`, or whose packets it takes when the user
 * said `divert`. @throws UsageError: what cannot be diverted was to be; QuicTopError
 */
export function chooseMode(options: ModeOptions): ModeChoice {
  const { interface: name, mode, hook, ports } = options;
  wantsXdp(options);
  if (mode === 'tap' || hook === 'socket' || hook === 'tc') return { mode: 'tap', reason: null };
  const around = lookAround(name);
  const impossible = cannotDivert(name, around);
  if (mode === 'divert') {
    if (impossible !== null) throw new UsageError(`--mode divert: ${impossible}`, 'leave out --mode divert');
    return { mode, ...divertedFrom(whoWaits(name, around, ports)) };
  }
  const objection = impossible === null ? notAMirror(name, around, ports, 0) : certain(impossible);
  if (objection) return { mode: 'tap', reason: objection.text, ...(objection.todo && { todo: objection.todo }) };
  return { mode: 'divert', reason: `nobody on this host has anything to do with ${name}: it is a mirror` };
}

/** What of a capture a watch needs. */
interface Switchable {
  /** Of the interface. */
  readonly name: string;
  readonly mode: Mode;
  /** Of its XDP program. */
  readonly programId: number;
  setMode(mode: Mode): void;
}

/**
 * Looks after a capture that diverts because its link was a mirror when it began: when it is none, it switches to tap, once.
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

  private waiting(): Objection | null {
    const { name } = this.capture;
    return whoWaits(name, lookAround(name), this.options.ports);
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
    const { name, programId } = this.capture;
    const objection = notAMirror(name, lookAround(name), this.options.ports, programId);
    const sawNothingBefore = this.sawNothing;
    this.sawNothing = objection?.perhaps ?? false;
    // One look may fail, and there is no way back: it counts when the next one fails too.
    if (!objection || (this.sawNothing && !sawNothingBefore)) return null;
    this.watching = false;
    this.capture.setMode('tap');
    this.current = { mode: 'tap', reason: objection.text };
    return this.current;
  }
}
