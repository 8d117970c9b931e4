// The ledger at the end of a session, as the JSON summary and as text.

import type { Capture, KernelCounters, Losses } from './capture.js';
import { printable } from './format.js';

export interface Summary {
  event: 'summary';
  interface: string;
  mode: string;
  xdp: string;
  zero_copy: boolean;
  seconds: number;
  kernel: KernelCounters;
  captured: number;
  lost: Losses;
  recorder: { kept: number; overwritten: number };
  balanced: boolean;
}

/** The fates of which every frame has exactly one. */
const FATES = ['not_ip', 'not_udp', 'other_port', 'fragment', 'truncated', 'short_header', 'long_header'] as const;

/** Frames lost, whatever the cause. */
export function lostFrames(lost: Losses): number {
  return lost.rx_ring_full + lost.fill_ring_empty + lost.invalid_descriptor + lost.tap_buffer_full;
}

/**
 * Whether every frame is accounted for: the fates add up to the frames, and what the program chose was captured or
 * is in a loss counter.
 */
export function isBalanced(kernel: KernelCounters, captured: number, lost: Losses): boolean {
  const fates = FATES.reduce((sum, fate) => sum + kernel[fate], 0);
  return fates === kernel.frames && kernel.redirected + kernel.tapped === captured + lostFrames(lost);
}

/** @param seconds how long the capture ran. Meaningful after Capture.stop(). */
export function summarize(capture: Capture, seconds: number): Summary {
  const { kernel, lost } = capture.ledger();
  const { captured, overwritten } = capture.recorder;
  return {
    event: 'summary',
    interface: capture.options.interface,
    mode: capture.options.mode,
    xdp: capture.xdp,
    zero_copy: capture.zeroCopy,
    seconds: Math.round(seconds * 1000) / 1000,
    kernel,
    captured,
    lost,
    recorder: { kept: captured - overwritten, overwritten },
    balanced: isBalanced(kernel, captured, lost),
  };
}

/** The summary for people, in a few lines without a final line break. */
export function summaryText(summary: Summary): string {
  const { kernel, lost } = summary;
  const causes = Object.entries(lost).filter(([, count]) => count > 0);
  const loss = causes.length > 0 ? ` (${causes.map(([cause, count]) => `${cause} ${count}`).join(', ')})` : '';
  return [
    `${summary.seconds} s on ${printable(summary.interface)}, mode ${summary.mode} (${summary.xdp})`,
    `${kernel.frames} frames seen, ${kernel.long_header} with a QUIC long header: ${kernel.redirected} diverted, ${kernel.tapped} copied`,
    `${summary.captured} frames captured, ${lostFrames(lost)} lost${loss}${summary.balanced ? '' : ' - the ledger does not balance'}`,
  ].join('\n');
}
