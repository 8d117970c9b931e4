// Nothing is lost uncounted: what the generator sent, what the XDP program saw, what was captured and what was lost
// add up, at a rate that quic-top takes and at twice what it can take.
import { expect, it } from 'vitest';
import { flood, sum } from '../../bench/lib/flood.mjs';

const MIXED = { duration: 10, 'other-share': 0.2, 'short-share': 0.1, 'foreign-share': 0.1, dcids: 100_000 };

it('at 200,000 frames a second nothing is lost', async () => {
  const { sent, summary } = await flood({ generator: { rate: 200_000, ...MIXED } });
  const { kernel, captured, lost } = summary;
  expect(sent.dropped).toBe(0);
  expect(kernel).toMatchObject({
    long_header: sent.cidv1 + sent.other,
    short_header: sent.short,
    other_port: sent.foreign,
    redirected: sent.cidv1,
    tapped: sent.other,
    truncated: 0,
    fragment: 0,
  });
  expect(kernel.frames).toBe(sent.delivered);
  expect(sum(lost)).toBe(0);
  expect(captured).toBe(sent.cidv1 + sent.other);
  expect(summary.balanced).toBe(true);
  expect(sent.rate).toBeGreaterThan(150_000);
});

it('at twice what it can take, every loss has its cause', async () => {
  const { sent, summary } = await flood({ generator: MIXED, starve: true });
  const { kernel, captured, lost } = summary;
  const count = (counter: string) => kernel[counter] ?? Number.NaN;
  // The veth drops before the XDP program sees the frame; what it delivered was all seen.
  expect(kernel.frames).toBe(sent.delivered);
  const ours = count('long_header') + count('short_header') + count('other_port');
  expect(ours).toBe(sent.sent - sent.dropped);

  expect(count('redirected') + count('tapped')).toBe(count('long_header'));
  expect(captured + sum(lost)).toBe(count('long_header'));
  expect(summary.balanced).toBe(true);
  expect(sum(lost)).toBeGreaterThan(count('long_header') / 5);
  expect(lost.tap_buffer_full).toBeGreaterThan(0);
});
