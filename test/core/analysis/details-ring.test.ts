// What is kept of packets of which there is more to tell: never more than its memory, and never another packet's.
import { expect, it } from 'vitest';
import { DetailsRing, parseDetails } from '../../../src/core/analysis/details-ring.js';
import { NOT_DECODED } from '../../../src/core/quic/decoded.js';
import { FakeRecorder } from '../../support/fake-recorder.js';

const opened = (packetNumber: number, sni: string) => ({ ...NOT_DECODED, decrypted: true, packetNumber, sni });

it('gives what was written, by lane and record, to the other thread too', () => {
  const { recorder } = new FakeRecorder({ lanes: 2 }, 64);
  const ring = new DetailsRing(recorder);
  const other = new DetailsRing(recorder, ring.memory);
  const close = { errorCode: 2n ** 62n - 1n, frameType: 6, reason: '' };
  const details = [
    { ...opened(1, 'a.example'), close },
    {
      ...opened(2 ** 40, 'back\\x5cslash "quoted"'),
      largestAcknowledged: 0,
      close: { ...close, reason: 'a reason = one' },
    },
  ] as const;
  ring.set(0, 5, details[0]);
  ring.set(1, 5, details[1]);
  expect([0, 1].map((lane) => parseDetails(other.get(lane, 5) as string))).toEqual(details);
});

it('keeps the newest in memory of one size, and nothing that is half overwritten', () => {
  const { recorder } = new FakeRecorder({}, 4096, 4096);
  const ring = new DetailsRing(recorder);
  const size = ring.memory.byteLength;
  expect(size).toBeLessThan(recorder.memory.byteLength / 4 + 4 * 4096 + 64);
  // Of lengths that do not divide the ring's.
  const of = (i: number) => opened(i, 'x'.repeat((i * 37) % 1021));
  for (let i = 0; i < 4096; i++) {
    ring.set(0, i, of(i));
    if (i % 97 > 0) continue;
    const known = Array.from({ length: Math.min(i + 1, 300) }, (_, back) => ring.get(0, i - back));
    const gone = known.indexOf(null);
    const kept = known.slice(0, gone < 0 ? undefined : gone) as string[];
    expect(kept.map(parseDetails)).toEqual(kept.map((_, back) => of(i - back)));
    expect(known.slice(kept.length).every((text) => text === null)).toBe(true);
    if (i > 1000) expect(kept.length).toBeGreaterThan(100);
  }
  expect(ring.memory.byteLength).toBe(size);
});
