// The ledger at the end of a session, as the JSON summary and as text.

import { hookName } from '../host/choose-hook.js';
import type { ModeChoice } from '../host/choose-mode.js';
import { changeText, type InterfaceChange } from '../host/interface-changes.js';
import { lostByNic, type NicLosses } from '../host/nic-losses.js';
import { LIMITS } from '../native/abi.gen.js';
import { type Hook, isXdp } from '../native/addon.js';
import { printable } from '../text/format.js';
import type { Capture, KernelCounters, Ledger, Losses } from './capture.js';
import type { CaptureFile } from './capture-file.js';

/** What went to the file of --write. */
export interface Written {
  frames: number;
  /** Packets that were overwritten before they could be written. */
  skipped: number;
}

/** What a session did with what it captured. */
export interface Output {
  /** Packets that were overwritten before their lines could be written. */
  skipped: number;
  /** Packets that were not decoded: they came faster than that takes. */
  not_decoded: number;
  /** Initials, and Retry packets, that were not opened: others took the time for it. */
  initials_over_budget: number;
  /** Of what happened to connections: more than lines could be written for. */
  connection_events_lost: number;
  /** Null when nothing was to be written. */
  write: Written | null;
}

export interface Summary extends Output {
  event: 'summary';
  /** Null for a capture file, like what belongs to an interface. */
  interface: string | null;
  mode: string;
  /** Why it is that mode, or whose packets it took, where there is something to say. */
  mode_reason: string | null;
  /** Where the XDP program runs, if one does. */
  xdp: 'native' | 'generic' | 'none' | null;
  /** By what arriving packets are seen. */
  hook: 'socket' | 'tc' | 'xdp' | null;
  /** Packets whose connection ID takes a key and was not opened: more came than are opened in a second. */
  cids_not_opened: number;
  zero_copy: boolean | null;
  seconds: number;
  kernel: KernelCounters;
  egress: KernelCounters | null;
  captured: number;
  lost: Losses;
  /** Lost before any program saw them, and so in no balance; null where nobody can tell. */
  nic: NicLosses | null;
  /** What of the interface is not as it was before; null where that could not be seen. */
  interface_changes: InterfaceChange[] | null;
  recorder: { kept: number; overwritten: number };
  balanced: boolean;
}

/** The fates of which every frame has exactly one. */
const FATES = ['not_ip', 'not_udp', 'other_port', 'fragment', 'truncated', 'short_header', 'long_header'] as const;

/** Frames lost, whatever the cause. */
export function lostFrames(lost: Losses): number {
  return lost.rx_ring_full + lost.fill_ring_empty + lost.invalid_descriptor + lost.tap_buffer_full;
}

/** Each frame has one fate, and of each long header at most one thing was done, as of each short one. */
const isSound = (counters: KernelCounters) =>
  FATES.reduce((sum, fate) => sum + counters[fate], 0) === counters.frames &&
  counters.redirected + counters.tapped - counters.short_header_recorded + counters.unattended + counters.over_budget <=
    counters.long_header &&
  counters.short_header_recorded + counters.short_header_over_budget <= counters.short_header &&
  counters.short_header_read + counters.short_header_unread <= counters.short_header &&
  counters.backend_not_counted <= counters.short_header_read + counters.long_header;

/** What a counter says of what arrived and what left together. */
export const inBothDirections = (
  counter: 'unattended' | 'over_budget' | 'short_header_unread' | 'backend_not_counted',
  { kernel, egress }: Pick<Ledger, 'kernel' | 'egress'>,
) => kernel[counter] + (egress?.[counter] ?? 0);

/** Frames that the programs redirected or tapped. */
function chosenFrames({ kernel, egress }: Pick<Ledger, 'kernel' | 'egress'>): number {
  return kernel.redirected + kernel.tapped + (egress?.tapped ?? 0);
}

/**
 * Whether every frame is accounted for: the programs' counters agree, what had no socket was copied, and what was
 * `chosen` was captured or is in a loss counter.
 */
export function isBalanced(ledger: Omit<Ledger, 'nic'>, captured: number, chosen = chosenFrames(ledger)): boolean {
  const { kernel, egress, lost } = ledger;
  const isCopied = kernel.no_socket <= kernel.tapped;
  return isSound(kernel) && isCopied && (!egress || isSound(egress)) && chosen === captured + lostFrames(lost);
}

type Source = Pick<Summary, 'interface' | 'mode' | 'mode_reason' | 'xdp' | 'hook' | 'zero_copy' | 'interface_changes'>;

const hookFields = (hook: Hook) =>
  ({ xdp: isXdp(hook) ? hook : 'none', hook: isXdp(hook) ? 'xdp' : hook }) as Pick<Summary, 'xdp' | 'hook'>;

function summaryOf(
  source: Source,
  ledger: Ledger,
  chosen: number | undefined,
  recorder: { captured: number; overwritten: number; cidsNotOpened: number },
  seconds: number,
  output: Output,
): Summary {
  const { kernel, egress, lost, nic } = ledger;
  const { captured, overwritten } = recorder;
  const { interface_changes, hook, ...where } = source;
  const { connection_events_lost, ...rest } = output;
  return {
    event: 'summary',
    ...where,
    seconds: Math.round(seconds * 1000) / 1000,
    kernel,
    egress,
    captured,
    lost,
    nic,
    interface_changes,
    recorder: { kept: captured - overwritten, overwritten },
    balanced: isBalanced(ledger, captured, chosen),
    ...rest,
    hook,
    cids_not_opened: recorder.cidsNotOpened,
    connection_events_lost,
  };
}

/** @param seconds how long the capture ran. Meaningful after Capture.stop(). */
export function summarize(capture: Capture, { mode, reason }: ModeChoice, seconds: number, output: Output): Summary {
  const source = {
    interface: capture.name,
    mode,
    mode_reason: reason,
    ...hookFields(capture.hook),
    zero_copy: capture.zeroCopy,
    interface_changes: capture.interfaceChanges,
  };
  return summaryOf(source, capture.ledger(), undefined, capture.recorder, seconds, output);
}

/**
 * Of a capture file, as far as it was read: all its long headers are recorded, and its short ones unless they are of another
 * protocol. @param seconds how long that took
 */
export function summarizeFile(file: CaptureFile, seconds: number, write: Written | null): Summary {
  const ledger = file.ledger();
  const source = {
    interface: null,
    mode: 'read',
    mode_reason: null,
    xdp: null,
    hook: null,
    zero_copy: null,
    interface_changes: null,
  };
  const output = { skipped: 0, not_decoded: 0, initials_over_budget: 0, connection_events_lost: 0, write };
  const { long_header: long, short_header: short } = ledger.kernel;
  const recorded = Math.min(Math.max(file.recorder.captured, long), long + short);
  return summaryOf(source, ledger, recorded, file.recorder, seconds, output);
}

const hookText = ({ hook, xdp }: Summary) => hookName((hook === 'xdp' ? xdp : hook) as Hook);

/** The counts of what happened, in brackets. */
function causesText(counts: Losses | NicLosses): string {
  const causes = Object.entries(counts).filter(([, count]) => count > 0);
  return causes.length > 0 ? ` (${causes.map(([cause, count]) => `${cause} ${count}`).join(', ')})` : '';
}

/** The summary for people, in a few lines without a final line break. */
export function summaryText(summary: Summary): string {
  const { kernel, egress, lost, nic } = summary;
  const unbalanced = summary.balanced ? '' : ' - the ledger does not balance';
  const written = summary.write ? [`${summary.write.frames} frames written`] : [];
  if (summary.interface === null) {
    const read = `${kernel.frames} frames read in ${summary.seconds} s, ${kernel.long_header} with a QUIC long header`;
    return [`${read}${unbalanced}`, ...written].join('\n');
  }
  return [
    `${summary.seconds} s on ${printable(summary.interface)}, mode ${summary.mode} (${hookText(summary)})`,
    `${kernel.frames} frames seen, ${kernel.long_header} with a QUIC long header: ${kernel.redirected} diverted, ${kernel.tapped} copied`,
    ...(egress
      ? [`${egress.frames} frames seen leaving, ${egress.long_header} with a QUIC long header: ${egress.tapped} copied`]
      : []),
    `${summary.captured} frames captured, ${lostFrames(lost)} lost${causesText(lost)}${unbalanced}`,
    ...(kernel.no_socket > 0
      ? [`${kernel.no_socket} frames were not diverted: their RX queues have no AF_XDP socket`]
      : []),
    ...(inBothDirections('unattended', summary) > 0
      ? [`${inBothDirections('unattended', summary)} frames were not captured: quic-top did not run, and let them pass`]
      : []),
    ...(inBothDirections('over_budget', summary) > 0
      ? [`${inBothDirections('over_budget', summary)} frames were not captured: more than --budget came`]
      : []),
    ...(inBothDirections('short_header_unread', summary) > 0
      ? [
          `${inBothDirections('short_header_unread', summary)} packets with a short header were not read: how long their connection IDs are was not known`,
        ]
      : []),
    ...(inBothDirections('backend_not_counted', summary) > 0
      ? [
          `${inBothDirections('backend_not_counted', summary)} packets were not counted under their backend: there are more than ${LIMITS.BACKEND_COUNTER_ENTRIES}`,
        ]
      : []),
    ...(nic && lostByNic(nic) > 0
      ? [`${lostByNic(nic)} frames were lost by the network card, and reached no program${causesText(nic)}`]
      : []),
    ...(summary.not_decoded > 0 ? [`${summary.not_decoded} packets were not decoded: they came too fast`] : []),
    ...(summary.initials_over_budget > 0
      ? [`${summary.initials_over_budget} Initials were not opened: others took the time for it`]
      : []),
    ...(summary.connection_events_lost > 0
      ? [`${summary.connection_events_lost} events of connections were not written: there were too many`]
      : []),
    ...(summary.cids_not_opened > 0
      ? [`${summary.cids_not_opened} packets were of connection IDs that were not opened: too many new ones came`]
      : []),
    ...written,
    ...(summary.interface_changes ?? []).map((change) => `not as before: ${changeText(change)}`),
  ].join('\n');
}
