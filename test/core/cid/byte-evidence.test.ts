// What each byte of connection IDs looks like.
import { expect, it } from 'vitest';
import { byteEvidence, distinctCids, MOST_CIDS } from '../../../src/core/cid/byte-evidence.js';
import { chanceOfValues } from '../../../src/core/cid/chance-of-values.js';
import { type Bytes, concat, u8, u16 } from '../../support/packets.js';
import { random } from '../../support/random.js';

const evidence = (cids: readonly Bytes[]) => byteEvidence(distinctCids(cids));
const kinds = (cids: readonly Bytes[]) => evidence(cids)[0]?.bytes.map(({ kind }) => kind);
const next = random(1);
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

it('tells what is constant, of few values, counting and random', () => {
  const cids = many(300, (i) => concat(u8(0x45, 16 * next(6), next(256)), u16(i), u8(next(256))));
  const [found] = evidence(cids);
  expect(found).toMatchObject({ length: 6, cids: 300, firstBits: { bits: 3, value: 2 } });
  expect(found?.bytes.map(({ kind, distinct, value }) => [kind, distinct, value])).toEqual([
    ['constant', 1, 0x45],
    ['few', 6, null],
    ['random', expect.any(Number), null],
    ['counter', 2, null],
    ['counter', 256, null],
    ['random', expect.any(Number), null],
  ]);
  expect(found?.bytes[3]?.counter).toEqual({ from: 3, to: 5, order: 'big' });
});

it('servers that take turns are no counter', () => {
  expect(kinds(many(200, (i) => u8(i % 6, next(256), next(256))))).toEqual(['few', 'random', 'random']);
});

it('finds a number whose least byte is the first', () => {
  const [found] = evidence(many(600, (i) => concat(u8(i & 255, i >> 8), u8(next(256)))));
  expect(found?.bytes[0]?.counter).toEqual({ from: 0, to: 2, order: 'little' });
});

it('two first bits that never change, while the third does', () => {
  const [found] = evidence(many(100, () => u8(0x80 | next(64), next(256), next(256))));
  expect(found?.firstBits).toEqual({ bits: 2, value: 2 });
});

it('the most common length comes first', () => {
  const cids = [...many(40, () => u8(...many(4, () => next(256)))), ...many(80, () => u8(...many(9, () => next(256))))];
  expect(evidence(cids).map(({ length, cids }) => [length, cids])).toEqual([
    [9, 80],
    [4, 40],
  ]);
});

it('says nothing of a few', () => {
  expect(kinds([u8(1, 2), u8(1, 3)])).toEqual(['unclear', 'unclear']);
  expect(evidence([])).toEqual([]);
});

it('takes each once, no empty ones, none that are too long, and not more than it holds', () => {
  const cids = [u8(1, 2), u8(1, 2), u8(), new Uint8Array(21), u8(3)];
  expect(distinctCids(cids)).toEqual([u8(1, 2), u8(3)]);
  expect(distinctCids(many(MOST_CIDS + 100, (i) => u16(i)))).toHaveLength(MOST_CIDS);
});

it.each([
  [4, 1],
  [5, 2],
  [3, 3],
])('the chance of at most %i of %i values is no less than it is', (cids, distinct) => {
  // Of numbers of two bits, all of them.
  let found = 0;
  for (let all = 0; all < 4 ** cids; all++) {
    const values = new Set(many(cids, (i) => (all >> (2 * i)) & 3));
    if (values.size <= distinct) found++;
  }
  expect(chanceOfValues(distinct, cids, 2)).toBeGreaterThanOrEqual(found / 4 ** cids);
});
