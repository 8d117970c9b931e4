// The values in a filter: text to numbers, bytes and addresses.
import { isIPv4, isIPv6 } from 'node:net';
import { LIMITS } from '../native/abi.gen.js';
import type { AddressField, CidField, FilterNumber, IssuesField, NumberField } from './fields.js';
import { FilterError } from './filter-error.js';
import { isHex, type Token } from './lexer.js';
import type { RangeNode } from './parser.js';

/** All from `low` to `high`, both included. */
export interface Range<T> {
  readonly low: T;
  readonly high: T;
}

/** The part of the text that a range takes. */
const spanOf = ({ low, high }: RangeNode) => ({ ...low, to: (high ?? low).to });

function checkOrder(node: RangeNode, inOrder: boolean): void {
  if (!inOrder)
    throw new FilterError(spanOf(node), 'a range that ends before it begins', 'the lower one first: 10..20');
}

/** A value where there are no ranges. */
function single(node: RangeNode, expected: string): Token {
  if (node.high) throw new FilterError(spanOf(node), 'ranges are for numbers and addresses', expected);
  return node.low;
}

/** Digits, decimal or hexadecimal, as large as they are. */
function parseDigits(word: string): FilterNumber | null {
  if (!/^(\d+|0x[0-9a-f]+)$/.test(word)) return null;
  const value = Number(word);
  return Number.isSafeInteger(value) ? value : BigInt(word);
}

function parseNumber(field: NumberField, token: Token): FilterNumber {
  const { text } = token;
  const word = text.toLowerCase();
  const named = field.names.find(({ name, others }) => name === word || others?.includes(word));
  if (named) return named.value;
  const value = field.parse?.(word) ?? parseDigits(word);
  if (field.max === null || value === null || value > field.max) {
    throw new FilterError(token, `${field.name} "${text}" is not ${field.value}`, field.value);
  }
  return value;
}

/** @throws FilterError */
export function parseNumbers(field: NumberField, node: RangeNode): Range<FilterNumber> {
  const low = parseNumber(field, node.low);
  const high = node.high ? parseNumber(field, node.high) : low;
  if (node.high && !field.operators.includes('<')) single(node, field.value);
  checkOrder(node, low <= high);
  return { low, high };
}

/** Bytes in hex, two digits for each, also with colons between them or 0x before them; null: it is something else. */
export function cidBytes(text: string): Uint8Array | null {
  return isHex(text) ? Buffer.from(text.replace(/^0x/i, '').replaceAll(':', ''), 'hex') : null;
}

/** Bytes in hex, as many as a record holds of a CID. @throws FilterError */
export function parseCid(token: Token, expected: string): Uint8Array {
  const bytes = cidBytes(token.text);
  if (!bytes) {
    throw new FilterError(token, `"${token.text}" is not a connection ID in hex (two digits for each byte)`, expected);
  }
  if (bytes.length > LIMITS.CID_MAX) {
    throw new FilterError(
      token,
      `only the first ${LIMITS.CID_MAX} bytes of a connection ID are kept`,
      `at most ${LIMITS.CID_MAX} bytes, by themselves: a CID that starts with them`,
    );
  }
  return bytes;
}

/** @throws FilterError */
export function parseCids(field: CidField, node: RangeNode): Uint8Array {
  return parseCid(single(node, field.value), field.value);
}

/** @throws FilterError */
export function parseText(node: RangeNode, expected: string): string {
  return single(node, expected).text;
}

/** Issues by their name, or by a part of it. Never empty. @throws FilterError */
export function parseIssues(field: IssuesField, node: RangeNode, part: boolean): string[] {
  const { text, ...span } = single(node, field.value);
  const word = text.toLowerCase();
  const found = field.names.map(({ name }) => name).filter((name) => (part ? name.includes(word) : name === word));
  if (found.length === 0) {
    throw new FilterError(
      span,
      `there is no issue "${text}"`,
      `one of ${field.names.map(({ name }) => name).join(', ')}`,
    );
  }
  return found;
}

/** The bytes of an IPv6 address that isIPv6 takes. */
function ipv6Bytes(text: string): Uint8Array {
  const hex = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = hex.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = new Array<string>(8 - first.length - last.length).fill('0');
  return Uint8Array.from(
    [...first, ...zeros, ...last].flatMap((group) => [
      Number.parseInt(group, 16) >> 8,
      Number.parseInt(group, 16) & 0xff,
    ]),
  );
}

/** An address, or a prefix of addresses: its first and its last one. */
function parseAddress(field: AddressField, token: Token): Range<Uint8Array> {
  const fail = () => {
    throw new FilterError(token, `"${token.text}" is not ${field.value}`, field.value);
  };
  const [address = '', prefix, ...rest] = token.text.split('/');
  const family = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('%') ? 6 : fail();
  if (rest.length > 0 || (field.family !== null && field.family !== family)) fail();
  const bytes = family === 4 ? Uint8Array.from(address.split('.'), Number) : ipv6Bytes(address);
  const bits = prefix === undefined ? 8 * bytes.length : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(bits <= 8 * bytes.length)) fail();
  /** Of each byte, the bits that the prefix leaves open. */
  const open = bytes.map((_, i) => 0xff >> Math.min(8, Math.max(0, bits - 8 * i)));
  return {
    low: bytes.map((byte, i) => byte & ~(open[i] as number)),
    high: bytes.map((byte, i) => byte | (open[i] as number)),
  };
}

/** @throws FilterError */
export function parseAddresses(field: AddressField, node: RangeNode): Range<Uint8Array> {
  const { low, high } = parseAddress(field, node.low);
  if (!node.high) return { low, high };
  const last = parseAddress(field, node.high).high;
  if (low.length !== last.length) {
    throw new FilterError(spanOf(node), 'a range from IPv4 to IPv6', 'two addresses of the same kind');
  }
  checkOrder(node, Buffer.compare(low, last) <= 0);
  return { low, high: last };
}
