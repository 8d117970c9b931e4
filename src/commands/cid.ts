// `quic-top cid HEX...`: what connection IDs mean under every scheme that they can be of. Needs neither root nor an interface.
import { createInterface } from 'node:readline';
import { UNROUTABLE_HELP } from '../core/cid/layout.js';
import { queueOf } from '../core/cid/queue.js';
import { type CidDecoding, readCid } from '../core/cid/read-cid.js';
import { type CidReading, readingOf } from '../core/cid/reading.js';
import { KEY_LENGTH } from '../core/cid/scheme-keys.js';
import { NAMED_SCHEMES } from '../core/cid/schemes.js';
import { serverIdText } from '../core/cid/server-id.js';
import { fullServerText } from '../core/cid/server-names.js';
import { cidBytes } from '../core/filter/literals.js';
import { CID_LAYOUT } from '../core/native/abi.gen.js';
import { UsageError } from '../core/text/errors.js';
import { hex } from '../core/text/format.js';
import { paintCid, spacedCid } from '../ui/capture/table/cid-text.js';
import { type THEMES, Theme } from '../ui/theme/theme.js';

interface CidOptions {
  /** Hex digits; none: a CID on each line of stdin. */
  cids: readonly string[];
  json: boolean;
  theme: (typeof THEMES)[number];
  /** The configured schemes, which then are all that count; null: whatever it can be. */
  configured: CidReading | null;
}

/** One for each scheme: those that can be chosen by their names, or those of the configuration. */
function readingsOf(configured: CidReading | null): CidReading[] {
  if (!configured) return NAMED_SCHEMES.map((scheme) => readingOf([{ scheme, given: {} }]));
  return partsOf(configured);
}

/** Of a reading by several schemes the part of each, in their order. */
function partsOf({ layouts, keys }: CidReading): CidReading[] {
  const { SIZE, scheme } = CID_LAYOUT;
  const places = new Map<number, number[]>();
  for (let i = 0; i < layouts.length / SIZE; i++) {
    const id = layouts[i * SIZE + scheme] as number;
    places.set(id, [...(places.get(id) ?? []), i]);
  }
  const of = (bytes: Uint8Array, size: number, indices: readonly number[]) =>
    Buffer.concat(indices.map((i) => bytes.subarray(i * size, (i + 1) * size)));
  return [...places.values()].map((indices) => ({
    layouts: of(layouts, SIZE, indices),
    keys: keys && of(keys, KEY_LENGTH, indices),
  }));
}

function decodingsOf(cid: Uint8Array, readings: readonly CidReading[]): CidDecoding[] {
  const all = readings.flatMap((reading) => readCid(reading, cid) ?? []);
  const routable = all.filter(({ unroutable }) => unroutable === null);
  // What one scheme leaves as unroutable may be of another: then that is what it is.
  return routable.length > 0 ? routable : all;
}

/** One object. */
function jsonLine(cid: Uint8Array, readings: readonly CidReading[]): string {
  const decodings = decodingsOf(cid, readings).map(({ layout, unroutable, serverId, backend, worker, process }) => {
    const { scheme, configId } = layout;
    return {
      cid_scheme: scheme.name,
      server_id: serverId && hex(serverId),
      backend: backend === null || typeof backend === 'number' ? backend : serverIdText(backend),
      worker,
      process: scheme.hasGenerations ? null : process,
      generation: scheme.hasGenerations ? process : null,
      config_id: scheme.hasConfigs ? configId : null,
      unroutable,
    };
  });
  return `${JSON.stringify({ cid: hex(cid), decodings })}\n`;
}

function numbers({ layout, unroutable, backend, worker, process }: CidDecoding): string {
  if (unroutable !== null) return `unroutable: ${UNROUTABLE_HELP[unroutable]}`;
  const facts: [name: string, value: number | string | null][] = [
    ['backend', backend === null ? null : fullServerText(backend)],
    ['queue', queueOf(backend)],
    ['worker', worker],
    [layout.scheme.hasGenerations ? 'generation' : 'process', process],
    ['configuration', layout.scheme.hasConfigs ? layout.configId : null],
  ];
  return facts.flatMap(([what, value]) => (value === null ? [] : [`${what} ${value}`])).join(', ');
}

/** The CID, then a line for each scheme: its parts set apart, and what they say. @param theme null: without colours */
function textLines(cid: Uint8Array, readings: readonly CidReading[], configured: boolean, theme: Theme | null): string {
  const digits = hex(cid);
  const rows = decodingsOf(cid, readings).map((decoding) => {
    const { layout } = decoding;
    return { title: layout.scheme.title, parted: spacedCid(digits, layout), decoding };
  });
  const wide = Math.max(...rows.map(({ title }) => title.length));
  const long = Math.max(...rows.map(({ parted }) => parted.length));
  const lines = rows.map(({ title, parted, decoding }) => {
    const painted = theme ? paintCid(parted, decoding.layout, theme) : parted;
    return `  ${title.padEnd(wide)}  ${painted}${' '.repeat(long - parted.length)}  ${numbers(decoding)}`;
  });
  const none = configured
    ? '  of none of the configured schemes'
    : '  of no scheme that can be read without a configuration (--config)';
  return [theme ? theme.paint('strong', digits) : digits, ...(lines.length > 0 ? lines : [none]), ''].join('\n');
}

/** @throws UsageError */
export function parseCid(text: string): Uint8Array {
  const bytes = cidBytes(text);
  if (bytes && bytes.length > 0) return bytes;
  throw new UsageError(
    `"${text}" is not a connection ID in hex (two digits for each byte)`,
    'quic-top cid 01330011aabbccdd',
  );
}

/** Prints what the CIDs mean, in their order. @throws UsageError at the first that is none */
export async function explainCids({ cids, json, theme: choice, configured }: CidOptions): Promise<void> {
  const readings = readingsOf(configured);
  const theme = process.stdout.isTTY ? Theme.of(process.env, choice) : null;
  const print = (text: string) => {
    const cid = parseCid(text.trim());
    process.stdout.write(json ? jsonLine(cid, readings) : textLines(cid, readings, configured !== null, theme));
  };
  if (cids.length > 0) return cids.forEach(print);
  if (process.stdin.isTTY)
    throw new UsageError('no connection ID given', 'quic-top cid 01330011aabbccdd, or one on each line of stdin');
  for await (const line of createInterface(process.stdin)) if (line.trim() !== '') print(line);
}
