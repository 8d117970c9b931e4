import { describe, expect, it, vi } from 'vitest';
import { writeSummary } from '../../../src/commands/stdout.js';
import type { KernelCounters, Losses } from '../../../src/core/capture/capture.js';
import { isBalanced, type Summary, summaryText } from '../../../src/core/capture/summary.js';
import type { Options } from '../../../src/options.js';

const KERNEL: KernelCounters = {
  frames: 28,
  not_ip: 1,
  not_udp: 2,
  other_port: 3,
  fragment: 4,
  truncated: 5,
  short_header: 6,
  long_header: 7,
  redirected: 4,
  tapped: 3,
  no_socket: 3,
  unattended: 0,
  over_budget: 2,
  short_header_read: 4,
  short_header_unread: 2,
  short_header_over_budget: 4,
  short_header_recorded: 2,
  backend_not_counted: 11,
};
const EGRESS: KernelCounters = { ...KERNEL, redirected: 0, no_socket: 0, unattended: 4 };
const LOST: Losses = { rx_ring_full: 1, fill_ring_empty: 1, invalid_descriptor: 0, tap_buffer_full: 1 };

describe('isBalanced', () => {
  it('holds when every frame has one fate, and what was chosen was captured or lost', () => {
    expect(isBalanced({ kernel: KERNEL, egress: null, lost: LOST }, 4)).toBe(true);
    expect(isBalanced({ kernel: KERNEL, egress: EGRESS, lost: LOST }, 7)).toBe(true);
  });

  it.each(Object.keys(KERNEL) as (keyof KernelCounters)[])('fails when one more is in %s', (counter) => {
    const changed = (counters: KernelCounters) => ({ ...counters, [counter]: counters[counter] + 1 });
    expect(isBalanced({ kernel: changed(KERNEL), egress: null, lost: LOST }, 4)).toBe(false);
    if (counter === 'redirected' || counter === 'no_socket') return; // nothing is redirected on its way out
    expect(isBalanced({ kernel: KERNEL, egress: changed(EGRESS), lost: LOST }, 7)).toBe(false);
  });

  it('holds when what nobody attended to was let pass', () => {
    const kernel = { ...KERNEL, long_header: 9, frames: 30, unattended: 2 };
    expect(isBalanced({ kernel, egress: null, lost: LOST }, 4)).toBe(true);
  });

  it.each(Object.keys(LOST) as (keyof Losses)[])('fails when one more is in %s', (cause) => {
    expect(isBalanced({ kernel: KERNEL, egress: null, lost: { ...LOST, [cause]: LOST[cause] + 1 } }, 4)).toBe(false);
  });

  it('fails when a captured frame is missing', () => {
    expect(isBalanced({ kernel: KERNEL, egress: null, lost: LOST }, 3)).toBe(false);
  });
});

it('tells a person what was not diverted, what the network card lost, and what is not as before', () => {
  const summary = {
    interface: 'eth0',
    mode: 'divert',
    xdp: 'native',
    seconds: 1,
    kernel: KERNEL,
    egress: null,
    captured: 4,
    lost: LOST,
    nic: { rx_missed_errors: 5, rx_fifo_errors: 5, rx_over_errors: 0, driver: 2 },
    interface_changes: [{ what: 'rx-lro', before: 'on', after: 'off', restore: 'sudo ethtool -K eth0 rx-lro on' }],
    balanced: true,
    write: null,
  };
  const lines = summaryText(summary as unknown as Summary).split('\n');
  expect(lines).toContain('3 frames were not diverted: their RX queues have no AF_XDP socket');
  expect(lines).toContain(
    '7 frames were lost by the network card, and reached no program (rx_missed_errors 5, rx_fifo_errors 5, driver 2)',
  );
  expect(lines.at(-1)).toBe('not as before: rx-lro was on and is off; to restore it: sudo ethtool -K eth0 rx-lro on');
  const asBefore = { ...summary, kernel: { ...KERNEL, no_socket: 0 }, nic: null, interface_changes: [] };
  expect(summaryText(asBefore as unknown as Summary)).not.toMatch(/not diverted|network card|not as before/);
});

it('tells a person how many packets were not decoded, and how many Initials not opened', () => {
  const counts = { not_decoded: 144_000, initials_over_budget: 12, write: null };
  const of = (output: object) =>
    summaryText({
      interface: 'eth0',
      hook: 'socket',
      kernel: KERNEL,
      lost: LOST,
      balanced: true,
      ...output,
    } as Summary);
  const lines = of(counts).split('\n');
  expect(lines).toContain('144000 packets were not decoded: they came too fast');
  expect(lines).toContain('12 Initials were not opened: others took the time for it');
  expect(of({ ...counts, not_decoded: 0, initials_over_budget: 0 })).not.toMatch(/not decoded|not opened/);
});

it('is ASCII as JSON, whatever the names in it are', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const summary = { interface: 'eth\u009b0', mode_reason: '\u009b2Jé (812) listens on :4433' };
    writeSummary({ json: true } as Options, summary as Summary);
    const [line] = write.mock.calls[0] as [string];
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(line)).toEqual(summary);
  } finally {
    write.mockRestore();
  }
});
