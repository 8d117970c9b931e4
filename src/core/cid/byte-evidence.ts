// What the bytes of connection IDs look like by themselves: at each position constant, of few values, counting, or random.
import { LIMITS } from '../native/abi.gen.js';
import { hex } from '../text/format.js';
import { chanceOfValues, isRuledOut } from './chance-of-values.js';
import { chanceOf } from './evidence.js';

/** Connection IDs that are looked at: the first ones. */
export const MOST_CIDS = 4096;
/** So many tell random bytes from those that have 16 values or fewer. */
export const ENOUGH_CIDS = 32;
/** Bytes of the largest number that is looked for. */
const COUNTER_BYTES = 4;

/** A number that mostly grew by one from each connection ID to the next. */
export interface Counter {
  from: number;
  to: number;
  order: 'big' | 'little';
}

export interface ByteColumn {
  /** `unclear`: nothing stands out, and there are too few connection IDs to call it random. */
  kind: 'constant' | 'few' | 'counter' | 'random' | 'unclear';
  /** How many values there were. */
  distinct: number;
  /** The only one; null: there were others. */
  value: number | null;
  /** The number that a counter's byte belongs to. */
  counter: Counter | null;
}

/** What all connection IDs of one length have in common. */
export interface LengthEvidence {
  length: number;
  cids: number;
  bytes: readonly ByteColumn[];
  /** The first three bits, or two, where they never change: QUIC-LB's configuration, mvfst's version. */
  firstBits: { bits: 2 | 3; value: number } | null;
}

/** Each once, in order of arrival, at most MOST_CIDS. The empty ones and those longer than QUIC's are left out. */
export function distinctCids(cids: Iterable<Uint8Array>): Uint8Array[] {
  const seen = new Map<string, Uint8Array>();
  for (const cid of cids) {
    if (seen.size >= MOST_CIDS) break;
    if (cid.length === 0 || cid.length > LIMITS.CID_MAX) continue;
    const key = hex(cid);
    if (!seen.has(key)) seen.set(key, cid);
  }
  return [...seen.values()];
}

/** By their length, the most common one first. */
export function byLength(cids: readonly Uint8Array[]): Uint8Array[][] {
  const groups = new Map<number, Uint8Array[]>();
  for (const cid of cids) {
    const group = groups.get(cid.length);
    if (group) group.push(cid);
    else groups.set(cid.length, [cid]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

/** @param cids distinct, in order of arrival @returns of each length, the most common one first */
export function byteEvidence(cids: readonly Uint8Array[]): LengthEvidence[] {
  return byLength(cids).map((group) => ({
    length: (group[0] as Uint8Array).length,
    cids: group.length,
    bytes: columnsOf(group),
    firstBits: firstBitsOf(group),
  }));
}

/** Of each byte that any of them has: what those that have it show. @param cids distinct, in order of arrival */
export function columnsOf(cids: readonly Uint8Array[]): ByteColumn[] {
  const length = cids.reduce((most, cid) => Math.max(most, cid.length), 0);
  const columns = Array.from({ length }, (_, at) => columnOf(cids, at));
  for (let at = 0; at < length; at++) {
    const counter = columns[at]?.counter ? null : counterAt(cids, at, columns);
    if (!counter) continue;
    for (let i = counter.from; i < counter.to; i++) {
      columns[i] = { ...(columns[i] as ByteColumn), kind: 'counter', counter };
    }
  }
  return columns;
}

function columnOf(cids: readonly Uint8Array[], at: number): ByteColumn {
  const values = cids.flatMap((cid) => cid[at] ?? []);
  const distinct = new Set(values).size;
  const value = distinct === 1 ? (values[0] as number) : null;
  const column = { distinct, value, counter: null };
  if (isRuledOut(chanceOfValues(distinct, values.length, 8))) {
    return { ...column, kind: value === null ? 'few' : 'constant' };
  }
  return { ...column, kind: values.length < ENOUGH_CIDS ? 'unclear' : 'random' };
}

/** A counter whose last byte is this one, and those of its bytes before or behind it that ever changed. */
function counterAt(cids: readonly Uint8Array[], at: number, columns: readonly ByteColumn[]): Counter | null {
  const all = cids.filter(({ length }) => length > at);
  // Servers that take turns count, too, but not on.
  if (2 * (columns[at] as ByteColumn).distinct < Math.min(256, all.length)) return null;
  const steps = stepsOf(all, { from: at, to: at + 1, order: 'big' });
  if (2 * steps < all.length - 1 || !isRuledOut(chanceOf(steps, all.length - 1, 1 / 256))) return null;
  let counter: Counter = { from: at, to: at + 1, order: 'big' };
  const widen = (order: Counter['order']) => {
    while (counter.to - counter.from < COUNTER_BYTES) {
      const next = order === 'big' ? counter.from - 1 : counter.to;
      const wider = { from: Math.min(counter.from, next), to: Math.max(counter.to, next + 1), order };
      if ((columns[next]?.distinct ?? 1) === 1 || stepsOf(all, wider) < 0.9 * steps) return;
      counter = wider;
    }
  };
  widen('big');
  if (counter.to - counter.from === 1) widen('little');
  return counter;
}

/** How many are one more than the one before them. */
function stepsOf(cids: readonly Uint8Array[], { from, to, order }: Counter): number {
  const numbers = cids.flatMap((cid) => {
    if (cid.length < to) return [];
    const bytes = cid.subarray(from, to);
    return (order === 'big' ? bytes : bytes.toReversed()).reduce((number, byte) => number * 256 + byte, 0);
  });
  const limit = 2 ** (8 * (to - from));
  return numbers.filter((number, i) => i > 0 && number === ((numbers[i - 1] as number) + 1) % limit).length;
}

function firstBitsOf(cids: readonly Uint8Array[]): LengthEvidence['firstBits'] {
  for (const bits of [3, 2] as const) {
    const values = new Set(cids.map((cid) => (cid[0] as number) >> (8 - bits)));
    const [value = 0] = values;
    if (values.size === 1 && isRuledOut(chanceOfValues(1, cids.length, bits))) return { bits, value };
  }
  return null;
}
