// UMEM frames go round: the kernel takes them from the FILL ring, hands them out, and gets them back. It says only some time
// later what it has taken; no frame may be in two places, or in none.
import { expect, it } from 'vitest';
import { FillRing } from '../support/harness.js';
import { random } from '../support/random.js';

const FRAMES = 64;
const ALL = Array.from({ length: FRAMES }, (_, frame) => frame);

it.each([1, 2, 3, 4, 5])('keeps every frame once, however late the kernel speaks (%i)', (seed) => {
  const below = random(seed);
  const ring = new FillRing(FRAMES);
  ring.giveBack(ALL);
  const out: number[] = [];
  let mostWaiting = 0;
  let twice = false;
  for (let round = 0; round < 5000; round++) {
    const taken = ring.take(below(FRAMES + 1));
    out.push(...taken);
    twice ||= new Set(out).size < out.length;
    ring.giveBack(out.splice(0, below(out.length + 1)));
    mostWaiting = Math.max(mostWaiting, ring.waiting);
    if (below(8) === 0) ring.publish();
  }
  expect(twice).toBe(false);
  // Nobody spoke for so long that frames had to wait.
  expect(mostWaiting).toBeGreaterThan(0);
  ring.publish();
  ring.giveBack([]);
  expect([...out, ...ring.take(FRAMES)].sort((a, b) => a - b)).toEqual(ALL);
});

it('has room for all frames while the kernel has not said that it took them', () => {
  const ring = new FillRing(FRAMES);
  ring.giveBack(ALL);
  ring.giveBack(ring.take(FRAMES));
  expect(ring.waiting).toBe(0);
  expect(ring.take(FRAMES)).toEqual(ALL);
});
