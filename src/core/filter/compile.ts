// A filter's tree to one closure over records. Everything that can be wrong with a filter is found here or before.
import { LIMITS } from '../native/abi.gen.js';
import {
  type AddressField,
  CID_FIELD,
  type CidField,
  type CidPlace,
  type Field,
  type FilterNumber,
  type IssuesField,
  type NumberField,
  type NumberOf,
  type Test,
  type TextField,
} from './fields.js';
import { parseAddresses, parseCid, parseCids, parseIssues, parseNumbers, parseText, type Range } from './literals.js';
import type { Operator } from './operators.js';
import type { Node, RangeNode } from './parser.js';

export interface Compiled {
  readonly test: Test;
  readonly needsDecoded: boolean;
}

const never: Test = () => false;

/** Of the most common lengths each has its own closure: that is what a filter costs. */
function anyOf(tests: readonly Test[]): Test {
  const [first = never, second, third] = tests;
  if (!second) return first;
  if (!third) return (view, decodedOf) => first(view, decodedOf) || second(view, decodedOf);
  return (view, decodedOf) => {
    for (const test of tests) if (test(view, decodedOf)) return true;
    return false;
  };
}

function allOf(tests: readonly Test[]): Test {
  const [first = never, second, third] = tests;
  if (!second) return first;
  if (!third) return (view, decodedOf) => first(view, decodedOf) && second(view, decodedOf);
  return (view, decodedOf) => {
    for (const test of tests) if (!test(view, decodedOf)) return false;
    return true;
  };
}

const inverse =
  (test: Test): Test =>
  (view, decodedOf) =>
    !test(view, decodedOf);

/** Every pair of a place where a value is and a value that is looked for. */
function anyPair<P, V>(places: readonly P[], values: readonly V[], test: (place: P, value: V) => Test): Test {
  return anyOf(places.flatMap((place) => values.map((value) => test(place, value))));
}

// Numbers

function numberIn(of: NumberOf, ranges: readonly Range<FilterNumber>[]): Test {
  return (view, decodedOf) => {
    const number = of(view, decodedOf);
    if (number === null) return false;
    for (const { low, high } of ranges) if (number >= low && number <= high) return true;
    return false;
  };
}

const isNumber =
  (of: NumberOf): Test =>
  (view, decodedOf) =>
    of(view, decodedOf) !== null;

const plus = (number: FilterNumber, more: number): FilterNumber =>
  typeof number === 'number' ? number + more : number + BigInt(more);

/** What an operator makes of the number behind it. */
const ORDERED: Partial<Record<Operator, (number: FilterNumber) => Range<FilterNumber>>> = {
  '<': (number) => ({ low: 0, high: plus(number, -1) }),
  '<=': (number) => ({ low: 0, high: number }),
  '>': (number) => ({ low: plus(number, 1), high: Number.POSITIVE_INFINITY }),
  '>=': (number) => ({ low: number, high: Number.POSITIVE_INFINITY }),
};

function numberTest(field: NumberField, operator: Operator, nodes: readonly RangeNode[]): Test {
  const ranges = nodes.map((node) => parseNumbers(field, node));
  const order = ORDERED[operator];
  const wanted = order ? ranges.map(({ low }) => order(low)) : ranges;
  return anyOf(field.of.map((of) => numberIn(of, wanted)));
}

// Connection IDs

/** Whether the CID starts with these bytes, or is them when `whole`. */
function cidIs({ bytes: offset, length: lengthOffset }: CidPlace, wanted: Uint8Array, whole: boolean): Test {
  const { length } = wanted;
  return ({ bytes }) => {
    const have = bytes[lengthOffset] as number;
    if (whole ? have !== length : have < length) return false;
    for (let i = 0; i < length; i++) if (bytes[offset + i] !== wanted[i]) return false;
    return true;
  };
}

/** Whether these bytes are in what the record holds of the CID. */
function cidContains({ bytes: offset, length: lengthOffset }: CidPlace, wanted: Uint8Array): Test {
  const { length } = wanted;
  return ({ bytes }) => {
    const last = offset + Math.min(bytes[lengthOffset] as number, LIMITS.CID_MAX) - length;
    for (let start = offset; start <= last; start++) {
      let i = 0;
      while (i < length && bytes[start + i] === wanted[i]) i++;
      if (i === length) return true;
    }
    return false;
  };
}

const hasCid =
  ({ length }: CidPlace): Test =>
  ({ bytes }) =>
    bytes[length] !== 0;

function cidTest(field: CidField, operator: Operator, nodes: readonly RangeNode[]): Test {
  const cids = nodes.map((node) => parseCids(field, node));
  return anyPair(field.of, cids, operator === '~' ? cidContains : (place, cid) => cidIs(place, cid, true));
}

// Addresses

function compareBytes(bytes: Uint8Array, offset: number, other: Uint8Array): number {
  for (let i = 0; i < other.length; i++) {
    const difference = (bytes[offset + i] as number) - (other[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function addressIn(offset: number, { low, high }: Range<Uint8Array>): Test {
  const family = low.length === 4 ? 4 : 6;
  return (view) =>
    view.ipVersion === family &&
    compareBytes(view.bytes, offset, low) >= 0 &&
    compareBytes(view.bytes, offset, high) <= 0;
}

function hasAddress({ family }: AddressField): Test {
  return family === null ? () => true : (view) => view.ipVersion === family;
}

function addressTest(field: AddressField, nodes: readonly RangeNode[]): Test {
  return anyPair(
    field.of,
    nodes.map((node) => parseAddresses(field, node)),
    addressIn,
  );
}

// Texts

function someText({ of }: TextField, matches: (text: string) => boolean): Test {
  return (view, decodedOf) => {
    const texts = of(decodedOf(view));
    return texts !== null && (typeof texts === 'string' ? matches(texts) : texts.some(matches));
  };
}

function textTest(field: TextField, operator: Operator, nodes: readonly RangeNode[]): Test {
  const fold = field.foldCase ? (text: string) => text.toLowerCase() : (text: string) => text;
  const wanted = nodes.map((node) => fold(parseText(node, field.value)));
  return someText(field, (text) => {
    const folded = fold(text);
    return wanted.some((want) => (operator === '~' ? folded.includes(want) : folded === want));
  });
}

// Issues

const hasIssue: Test = (view, decodedOf) => view.issues !== 0 || decodedOf(view).issues.length > 0;

function issuesTest(field: IssuesField, operator: Operator, nodes: readonly RangeNode[]): Compiled {
  const wanted = new Set(nodes.flatMap((node) => parseIssues(field, node, operator === '~')));
  const named = field.names.filter(({ name }) => wanted.has(name));
  const bits = named.reduce((sum, { bit }) => sum | bit, 0);
  const inRecord: Test = (view) => (view.issues & bits) !== 0;
  if (named.every(({ bit }) => bit !== 0)) return { test: inRecord, needsDecoded: false };
  const inDecoded: Test = (view, decodedOf) => decodedOf(view).issues.some((issue) => wanted.has(issue));
  return { test: anyOf([inRecord, inDecoded]), needsDecoded: true };
}

// All of them

/** Whether the field has a value. */
function valued(field: Field): Compiled {
  switch (field.kind) {
    case 'number':
      return { test: anyOf(field.of.map(isNumber)), needsDecoded: field.needsDecoded };
    case 'cid':
      return { test: anyOf(field.of.map(hasCid)), needsDecoded: false };
    case 'address':
      return { test: hasAddress(field), needsDecoded: false };
    case 'text':
      return { test: someText(field, () => true), needsDecoded: true };
    case 'issues':
      return { test: hasIssue, needsDecoded: true };
  }
}

/** What a field says by itself. */
function present(field: Field): Compiled {
  const value = valued(field);
  return field.kind === 'number' && field.present ? { ...value, test: field.present } : value;
}

/** Whether any value of the field compares so with any that is written. */
function matching(field: Field, operator: Operator, ranges: readonly RangeNode[]): Compiled {
  switch (field.kind) {
    case 'number':
      return { test: numberTest(field, operator, ranges), needsDecoded: field.needsDecoded };
    case 'cid':
      return { test: cidTest(field, operator, ranges), needsDecoded: false };
    case 'address':
      return { test: addressTest(field, ranges), needsDecoded: false };
    case 'text':
      return { test: textTest(field, operator, ranges), needsDecoded: true };
    case 'issues':
      return issuesTest(field, operator, ranges);
  }
}

/** In an order that asks for what was decoded last, if at all. */
function combine(parts: readonly Compiled[], join: (tests: readonly Test[]) => Test): Compiled {
  const ordered = [...parts].sort((a, b) => Number(a.needsDecoded) - Number(b.needsDecoded));
  return { test: join(ordered.map(({ test }) => test)), needsDecoded: parts.some((part) => part.needsDecoded) };
}

/** @throws FilterError where a value does not go with its field */
export function compile(node: Node): Compiled {
  switch (node.kind) {
    case 'and':
      return combine(node.of.map(compile), allOf);
    case 'or':
      return combine(node.of.map(compile), anyOf);
    case 'not': {
      const { test, needsDecoded } = compile(node.of);
      return { test: inverse(test), needsDecoded };
    }
    case 'prefix': {
      const bytes = parseCid(node.hex, CID_FIELD.value);
      return { test: anyOf(CID_FIELD.of.map((place) => cidIs(place, bytes, false))), needsDecoded: false };
    }
    case 'present':
      return present(node.field);
    case 'compare': {
      const { field, operator, ranges } = node;
      const match = matching(field, operator, ranges);
      // What is absent is neither equal nor unequal.
      if (operator !== '!=') return match;
      return combine([valued(field), { ...match, test: inverse(match.test) }], allOf);
    }
  }
}
