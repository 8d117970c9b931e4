// Which scheme a server makes its connection IDs by, as far as they tell without a key: only what chance cannot explain.
import { CIDV1 } from '../native/abi.gen.js';
import { hex } from '../text/format.js';
import { type ByteColumn, byLength, columnsOf, ENOUGH_CIDS } from './byte-evidence.js';
import { chanceOfValues, isRuledOut } from './chance-of-values.js';
import { chanceOf } from './evidence.js';
import { isUdpgrm } from './udpgrm.js';

type Value = number | { mask: number; value: number };

export interface Guess {
  /** CidScheme.name. */
  scheme: string;
  parameters: Readonly<Record<string, Value>>;
  /** As it stands under `schemes:` in the configuration. */
  yaml: string;
  /** On how many connection IDs it rests. */
  cids: number;
  /** How likely, at most, random connection IDs would look so; of the parts of the proof the weakest. */
  chance: number;
  /** A sentence without its full stop. */
  why: string;
}

export interface Verdict {
  /** `other`: they are not random, but of no scheme that can be told without a key. */
  kind: 'guess' | 'random' | 'too-few' | 'other';
  /** The best one first; none unless `kind` is guess. */
  guesses: readonly Guess[];
  /** The same for a person. */
  text: string;
}

/** Connection IDs that may all be of one scheme. */
interface Sample {
  cids: readonly Uint8Array[];
  /** The length of the shortest one, and of all if they have the same; else null. */
  least: number;
  length: number | null;
  columns: readonly ByteColumn[];
}

type Part = Omit<Guess, 'yaml'>;
type Hypothesis = (sample: Sample) => Part | null;

/** Of a server's connection IDs so many at least have to be of its scheme: it may have others, as in a change. */
const SHARE = 0.9;
/** Lengths that are looked at by themselves when all together are of no scheme: the most common ones. */
const LENGTHS = 3;
/** Guesses that are worth a look. */
const MOST_GUESSES = 3;
/** draft-ietf-quic-load-balancers section 5.1. */
const LEAST_NONCE = 4;
const MOST_NONCE = 18;
const MOST_SERVER_ID = 15;

function sampleOf(cids: readonly Uint8Array[]): Sample {
  const lengths = cids.map(({ length }) => length);
  const least = lengths.reduce((a, b) => Math.min(a, b), lengths[0] ?? 0);
  const length = lengths.every((each) => each === least) ? least : null;
  return { cids, least, length, columns: columnsOf(cids) };
}

/** Those that fit, where they are nearly all and chance is ruled out. @param tries patterns of which this is one */
function fitting({ cids }: Sample, chance: number, fits: (cid: Uint8Array) => boolean, tries = 1) {
  const found = cids.filter(fits);
  if (found.length < SHARE * cids.length) return null;
  const bound = tries * chanceOf(found.length, cids.length, chance);
  return isRuledOut(bound) ? { ...sampleOf(found), chance: bound } : null;
}

/** Those whose first bits have the value that most have. */
function sameFirstBits(sample: Sample, bits: 2 | 3) {
  const counts = new Array<number>(2 ** bits).fill(0);
  const of = (cid: Uint8Array) => (cid[0] as number) >> (8 - bits);
  for (const cid of sample.cids) (counts[of(cid)] as number)++;
  const value = counts.indexOf(Math.max(...counts));
  const same = fitting(sample, 2 ** -bits, (cid) => of(cid) === value, 2 ** bits);
  return same && { ...same, value };
}

/** Whether it is one of few values, or the only one. */
const isLow = (column: ByteColumn | undefined) => column?.kind === 'constant' || column?.kind === 'few';

/** Where those end that begin at a byte: each of few values, and in every connection ID. */
function lowUntil({ columns, least }: Sample, from: number): number {
  let to = from;
  while (to < least && isLow(columns[to])) to++;
  return to;
}

/** The values of what may be a server id: so few that servers are told apart by it. Null: it is none. */
function serversIn({ cids }: Sample, bits: number, of: (cid: Uint8Array) => number | string) {
  const values = new Set(cids.map(of)).size;
  const chance = chanceOfValues(values, cids.length, bits);
  // Texts have few values in each byte, too, but all of them together do not come again.
  return 2 * values <= cids.length && isRuledOut(chance) ? { values, chance } : null;
}

const serversAt = (sample: Sample, from: number, to: number) =>
  to > from && to <= sample.least ? serversIn(sample, 8 * (to - from), (cid) => hex(cid, from, to)) : null;

const valuesText = (values: number) => (values === 1 ? 'one value' : `${values} values`);
const bytesText = (from: number, to: number) => (to - from === 1 ? `byte ${from} has` : `bytes ${from}-${to - 1} have`);

/** How many values the low bits of the first byte have, and whether that is what random ones have. */
function lowBits({ cids }: Sample, bits: number) {
  const distinct = new Set(cids.map((cid) => (cid[0] as number) & (2 ** bits - 1))).size;
  return { distinct, random: !isRuledOut(chanceOfValues(distinct, cids.length, bits)) };
}

const udpgrm: Hypothesis = (sample) => {
  const found = fitting(sample, 2 ** -11, (cid) => cid.length >= 8 && isUdpgrm(cid));
  if (!found) return null;
  const { cids, columns, chance } = found;
  const cookies = new Set(cids.map((cid) => hex(cid, 1, 3))).size;
  // The same cookie again proves nothing more; few of them hold by chance, where a server id may be.
  if (!isRuledOut(8 ** -cookies) && isLow(columns[3])) return null;
  const why = `byte 0 is 1, and the checksum holds of bytes 1-2, which have ${valuesText(cookies)}; max_apps is not told by them`;
  return { scheme: 'udpgrm', parameters: {}, cids: cids.length, chance, why };
};

const cidv1: Hypothesis = (sample) => {
  const found = fitting(sample, 1 / 256, (cid) => cid.length >= CIDV1.CIDV1_LEAST && cid[0] === CIDV1.CIDV1_FIRST);
  if (!found || lowUntil(found, 2) !== 4) return null;
  const servers = serversAt(found, 2, 4);
  if (!servers) return null;
  const chance = Math.max(found.chance, servers.chance);
  const why = `byte 0 is 1, and bytes 2-3 have ${valuesText(servers.values)}`;
  return { scheme: 'cidv1', parameters: {}, cids: found.cids.length, chance, why };
};

/** Envoy's worker is the last byte, and not in the length that the first octet tells. */
const envoy: Hypothesis = (sample) => {
  const { length } = sample;
  if (length === null || length < 2 + 1 + LEAST_NONCE) return null;
  const told = fitting(sample, 1 / 32, (cid) => ((cid[0] as number) & 31) === length - 2);
  const config = told && sameFirstBits(told, 3);
  if (!config || config.value === 7 || !isLow(config.columns[length - 1])) return null;
  const to = Math.min(lowUntil(config, 1), length - 1 - LEAST_NONCE, 1 + MOST_SERVER_ID);
  const servers = serversAt(config, 1, to);
  const nonce_length = length - 1 - to;
  if (!servers || nonce_length > 16) return null;
  const chance = Math.max(told.chance, config.chance, servers.chance);
  const why = `byte 0 tells a length that is 2 less than theirs, ${bytesText(1, to)} ${valuesText(servers.values)}, the last byte ${config.columns[length - 1]?.distinct}`;
  const parameters = { config_id: config.value, server_id_length: to - 1, nonce_length };
  return { scheme: 'envoy', parameters, cids: config.cids.length, chance, why };
};

const awsNlb: Hypothesis = (sample) => {
  const config = sameFirstBits(sample, 3);
  if (config?.value !== 0 || config.least < 13 || lowUntil(config, 1) !== 9) return null;
  const servers = serversAt(config, 1, 9);
  if (!servers) return null;
  const chance = Math.max(config.chance, servers.chance);
  const why = `the first three bits are 0, and bytes 1-8, no more, have ${valuesText(servers.values)}`;
  return { scheme: 'aws-nlb', parameters: {}, cids: config.cids.length, chance, why };
};

const quicLb: Hypothesis = (sample) => {
  const config = sameFirstBits(sample, 3);
  if (!config || config.value === 7) return null;
  const told = fitting(config, 1 / 32, (cid) => ((cid[0] as number) & 31) === cid.length - 1);
  if (!told && !lowBits(config, 5).random) return null;
  const found = told ?? config;
  const to = Math.min(lowUntil(found, 1), found.least - LEAST_NONCE, 1 + MOST_SERVER_ID);
  const servers = serversAt(found, 1, to);
  if (!servers) return null;
  const chance = Math.max(config.chance, told?.chance ?? 0, servers.chance);
  const parameters = {
    config_id: config.value,
    server_id_length: to - 1,
    nonce_length: Math.min(found.least - to, MOST_NONCE),
  };
  const length = told ? 'the other five tell the length' : 'the other five are random';
  const counts = found.columns[to]?.kind === 'counter' ? '; bytes before the counter may belong to it' : '';
  const why = `the first three bits are ${config.value}, ${length}, and ${bytesText(1, to)} ${valuesText(servers.values)}${counts}`;
  return { scheme: 'quic-lb', parameters, cids: found.cids.length, chance, why };
};

/** Of each version of mvfst: the shortest connection ID, and where the host is. */
const MVFST = [
  { version: 1, least: 4, place: 'bits 2-17', bits: 16 },
  { version: 2, least: 6, place: 'bytes 1-3', bits: 24 },
  { version: 3, least: 7, place: 'bytes 1-4', bits: 32 },
];

const mvfst: Hypothesis = (sample) => {
  const found = sameFirstBits(sample, 2);
  const layout = MVFST.find(({ version }) => version === found?.value);
  if (!found || !layout || found.least < layout.least) return null;
  const { version, place, bits } = layout;
  // The rest of byte 0 is the host's in version 1, else random.
  if (version === 1 ? lowBits(found, 5).random : !lowBits(found, 6).random || sameFirstBits(found, 3)) return null;
  const end = 1 + bits / 8;
  if (version > 1 && lowUntil(found, 1) < end) return null;
  const servers =
    version === 1
      ? serversIn(found, bits, ([a = 0, b = 0, c = 0]) => ((a & 0x3f) << 10) | (b << 2) | (c >> 6))
      : serversAt(found, 1, end);
  if (!servers) return null;
  const chance = Math.max(found.chance, servers.chance);
  const why = `the first two bits are ${version}, and ${place} have ${valuesText(servers.values)}`;
  return { scheme: 'mvfst', parameters: {}, cids: found.cids.length, chance, why };
};

/** Cookies of sockets count up from the start of the host: their first bytes are 0. */
const nginx: Hypothesis = (sample) => {
  const found = fitting(sample, 2 ** -16, (cid) => cid.length === 20 && cid[0] === 0 && cid[1] === 0);
  if (!found || lowUntil(found, 0) !== 8) return null;
  const servers = serversAt(found, 0, 8);
  if (!servers) return null;
  const chance = Math.max(found.chance, servers.chance);
  const why = `they have 20 bytes, bytes 0-1 are 0, and bytes 0-7, no more, have ${valuesText(servers.values)}`;
  return { scheme: 'nginx', parameters: {}, cids: found.cids.length, chance, why };
};

const msquic: Hypothesis = (sample) => {
  const { length, columns } = sample;
  if (length !== 14 || isLow(columns[0]) || lowUntil(sample, 1) !== 5) return null;
  const servers = serversAt(sample, 1, 5);
  if (!servers) return null;
  // Small numbers end in zeros, the first byte being the least; addresses do not.
  const load_balancing_mode = columns[4]?.value === 0 ? 2 : 1;
  const why = `they have 14 bytes, byte 0 is random, and bytes 1-4, no more, have ${valuesText(servers.values)}`;
  return {
    scheme: 'msquic',
    parameters: { load_balancing_mode },
    cids: sample.cids.length,
    chance: servers.chance,
    why,
  };
};

/** The longest run of bytes that tell servers apart. */
const offset: Hypothesis = (sample) => {
  const { cids, columns, least, length } = sample;
  const first = columns[0]?.kind === 'constant' ? (columns[0].value as number) : null;
  // Bits that say a configuration or a version make few values of byte 0, too, where the rest of it is random.
  const skipsFirst = first !== null || [5, 6, 7].some((bits) => lowBits(sample, bits).random);
  let best: { at: number; to: number } | null = null;
  for (let at = skipsFirst ? 1 : 0; at < least; at++) {
    const to = Math.min(lowUntil(sample, at), at + MOST_SERVER_ID);
    if (to - at > (best ? best.to - best.at : 0) && columns.slice(at, to).some(({ kind }) => kind === 'few')) {
      best = { at, to };
    }
  }
  const servers = best && serversAt(sample, best.at, best.to);
  if (!best || !servers) return null;
  const parameters = {
    at: best.at,
    length: best.to - best.at,
    ...(length !== null && { cid_length: length }),
    ...(first !== null && { first_byte: { mask: 0xff, value: first } }),
  };
  const why = `${bytesText(best.at, best.to)} ${valuesText(servers.values)}, and no scheme with a name fits`;
  return { scheme: 'offset', parameters, cids: cids.length, chance: servers.chance, why };
};

/** Those that more speaks for come first. */
const NAMED: readonly Hypothesis[] = [udpgrm, cidv1, envoy, awsNlb, quicLb, mvfst, nginx, msquic];

function yamlOf({ scheme, parameters }: Part): string {
  const byte = (value: number) => `0x${value.toString(16).padStart(2, '0')}`;
  const text = (value: Value) =>
    typeof value === 'number' ? String(value) : `{mask: ${byte(value.mask)}, value: ${byte(value.value)}}`;
  const all = Object.entries(parameters).map(([name, value]) => `${name}: ${text(value)}`);
  return all.length === 0 ? `- ${scheme}` : `- ${scheme}: {${all.join(', ')}}`;
}

function guessesOf(sample: Sample): Guess[] {
  const named = NAMED.flatMap((hypothesis) => hypothesis(sample) ?? []);
  const parts = named.length > 0 ? named.slice(0, MOST_GUESSES) : [offset(sample)];
  return parts.flatMap((part) => (part ? { ...part, yaml: yamlOf(part) } : []));
}

/** Whether more of them begin or end alike, or have four bytes in common elsewhere, than chance explains. */
const hasRepeats = (sample: Sample) =>
  sample.columns.some((_, at) => {
    const cids = sample.cids.filter(({ length }) => length >= at + 4);
    const values = new Set(cids.map((cid) => hex(cid, at, at + 4))).size;
    return cids.length > 0 && isRuledOut(chanceOfValues(values, cids.length, 32));
  });

function otherText(sample: Sample, counted: string): string {
  const { columns } = sample;
  const isPlain = ({ kind }: ByteColumn) => kind === 'random' || kind === 'unclear';
  if (columns.every((column, at) => isPlain(column) === at > 0) && !hasRepeats(sample)) {
    return `byte 0 is not random, the others are: nothing is encoded, or it is encrypted (${counted})`;
  }
  return `not random, but of no scheme that can be told without a key (${counted})`;
}

/** @param cids distinct (see distinctCids), in order of arrival, all of one server or of several that share a scheme */
export function guessScheme(cids: readonly Uint8Array[]): Verdict {
  const groups = byLength(cids);
  const all = sampleOf(cids);
  const samples = [all, ...(groups.length > 1 ? groups.slice(0, LENGTHS).map(sampleOf) : [])];
  for (const sample of samples) {
    const guesses = guessesOf(sample);
    if (guesses.length > 0) {
      const text = guesses.map(({ scheme, cids, why }) => `${scheme} (${cids} connection IDs): ${why}`).join('\n');
      return { kind: 'guess', guesses, text };
    }
  }
  const none = (kind: Verdict['kind'], text: string): Verdict => ({ kind, guesses: [], text });
  const most = cids.reduce((length, cid) => Math.max(length, cid.length), 0);
  const lengths = all.length === null ? `${all.least} to ${most} bytes` : most === 1 ? '1 byte' : `${most} bytes`;
  const counted = `${cids.length} connection IDs of ${lengths}`;
  const stands = samples.some(
    (sample) =>
      sample.columns.some(({ kind }) => kind !== 'random' && kind !== 'unclear') ||
      sameFirstBits(sample, 2) !== null ||
      hasRepeats(sample),
  );
  if (cids.length < ENOUGH_CIDS) {
    return none('too-few', `too few connection IDs to tell (${cids.length}; ${ENOUGH_CIDS} are needed)`);
  }
  if (stands) return none('other', otherText(all, counted));
  return none('random', `random, nothing encoded (${counted}); encrypted ones look the same`);
}
