import { describe, expect, it } from 'vitest';
import { MovingRates } from '../../../src/core/stats/moving-rates.js';

/** One look each second, from 0 on. */
function looked(counts: readonly Record<string, number>[], whole = true): MovingRates<string> {
  const rates = new MovingRates<string>();
  for (const [i, each] of counts.entries()) rates.look(i * 1000, new Map(Object.entries(each)), whole);
  return rates;
}

describe('the mean', () => {
  it('is of the last ten seconds', () => {
    // One packet every other second, and a hundred before.
    const rates = looked(Array.from({ length: 30 }, (_, i) => ({ a: 100 + Math.floor(i / 2) })));
    expect(rates.mean('a')).toBeCloseTo(0.5);
    expect(rates.last('a')).toBe(0);
    expect(rates.count('a')).toBe(114);
  });

  it('is since a key was first seen, from 0 where all keys were looked at', () => {
    const counts = [{ a: 5 }, { a: 6 }, { a: 8, b: 10 }, { a: 8, b: 20 }];
    expect(looked(counts).mean('b')).toBe(10);
    expect(looked(counts).mean('a')).toBe(1);
    expect(looked(counts, false).mean('b')).toBe(10);
    expect(looked(counts.slice(0, 3)).mean('b')).toBe(10);
    expect(looked(counts.slice(0, 3), false).mean('b')).toBeNull();
  });

  it('is not known of one look, of no look, or of another key', () => {
    expect(looked([{ a: 5 }]).mean('a')).toBeNull();
    expect(looked([]).mean('a')).toBeNull();
    expect(looked([{ a: 5 }, { a: 6 }]).mean('b')).toBeNull();
  });

  it('goes back to the look before, however long ago that was, and is never negative', () => {
    const rates = looked([{ a: 10 }]);
    rates.look(60_000, new Map([['a', 130]]));
    expect(rates.mean('a')).toBe(2);
    rates.look(61_000, new Map([['a', 3]]));
    expect(rates.mean('a')).toBe(0);
  });
});

describe('an active key', () => {
  it('is one that had something in the last minute', () => {
    const rates = looked(Array.from({ length: 70 }, (_, i) => ({ a: 7, b: Math.min(i, 9), c: 0 })));
    // The count of a is of the first look, 69 s ago; b last grew 60 s ago.
    expect(['a', 'b', 'c', 'd'].map((key) => rates.isActive(key))).toEqual([false, true, false, false]);
    rates.look(70_000, new Map(Object.entries({ a: 8, b: 9, c: 0 })));
    expect(['a', 'b'].map((key) => rates.isActive(key))).toEqual([true, false]);
  });
});
