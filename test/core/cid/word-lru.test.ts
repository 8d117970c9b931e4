import { expect, it } from 'vitest';
import { CID_WORDS, WordLru } from '../../../src/core/cid/word-lru.js';
import { random } from '../../support/random.js';

const words = new Uint32Array(CID_WORDS);
const bytes = new Uint8Array(words.buffer);

function put(cid: Uint8Array): number {
  bytes.fill(0);
  bytes.set(cid);
  return cid.length;
}

it('holds the keys that were used last, whatever they are', () => {
  const next = random(3);
  const capacity = 64;
  const lru = new WordLru(capacity, CID_WORDS);
  /** Slots by CID, the one used last at the end. */
  const model = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    // Also those that differ in their length only.
    const cid = Uint8Array.from({ length: next(21) }, () => (next(3) === 0 ? next(4) : 0));
    const key = cid.join();
    const length = put(cid);
    expect(lru.find(words, 0, length)).toBe(model.get(key) ?? 0);
    if (next(3) === 0) continue;
    const known = model.get(key);
    let expected = known;
    if (known === undefined && model.size === capacity) {
      const [oldest, slot] = model.entries().next().value as [string, number];
      model.delete(oldest);
      expected = slot;
    }
    const slot = lru.use(words, 0, length);
    expect(slot).toBe(expected ?? model.size + 1);
    expect(lru.added).toBe(known === undefined);
    expect(lru.words(slot)).toEqual(words);
    expect(lru.number(slot)).toBe(length);
    model.delete(key);
    model.set(key, slot);
  }
  expect(lru.size).toBe(capacity);
});

it('takes keys of any number of words', () => {
  const lru = new WordLru(4, 1);
  const key = Uint32Array.of(0, 17, 17);
  expect(lru.use(key, 1, 1)).toBe(1);
  expect(lru.use(key, 2, 1)).toBe(1);
  expect(lru.use(key, 1, 2)).toBe(2);
  expect([lru.find(key, 0, 1), lru.words(2), lru.number(2)]).toEqual([0, Uint32Array.of(17), 2]);
});
