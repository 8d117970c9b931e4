import { describe, expect, it } from 'vitest';
import type { KernelCounters, Losses } from '../../src/core/capture.js';
import { isBalanced } from '../../src/core/summary.js';

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
};
const LOST: Losses = { rx_ring_full: 1, fill_ring_empty: 1, invalid_descriptor: 0, tap_buffer_full: 1 };

describe('isBalanced', () => {
  it('holds when every frame has one fate, and what was chosen was captured or lost', () => {
    expect(isBalanced(KERNEL, 4, LOST)).toBe(true);
  });

  it.each(Object.keys(KERNEL) as (keyof KernelCounters)[])('fails when one more is in %s', (counter) => {
    expect(isBalanced({ ...KERNEL, [counter]: KERNEL[counter] + 1 }, 4, LOST)).toBe(false);
  });

  it.each(Object.keys(LOST) as (keyof Losses)[])('fails when one more is in %s', (cause) => {
    expect(isBalanced(KERNEL, 4, { ...LOST, [cause]: LOST[cause] + 1 })).toBe(false);
  });

  it('fails when a captured frame is missing', () => {
    expect(isBalanced(KERNEL, 3, LOST)).toBe(false);
  });
});
