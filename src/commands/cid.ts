// `quic-top cid HEX...`: what connection IDs mean under every scheme that they can be of. Needs neither root nor an interface.
import { createInterface } from 'node:readline';
import { queueOf } from '../core/cid/queue.js';
import { type CidDecoding, readCid } from '../core/cid/read-cid.js';
import { NAMED_SCHEMES } from '../core/cid/schemes.js';
import { serverIdText } from '../core/cid/server-id.js';
import { cidBytes } from '../core/filter/literals.js';
import { UsageError } from '../core/text/errors.js';
import { hex } from '../core/text/format.js';
import { paintCid, spacedCid } from '../ui/capture/table/cid-text.js';
import { type THEMES, Theme } from '../ui/theme/theme.js';

interface CidOptions {
  /** Hex digits; none: a CID on each line of stdin. */
  cids: readonly string[];
  json: boolean;
  theme: (typeof THEMES)[number];
}

const decodingsOf = (cid: Uint8Array): CidDecoding[] =>
  NAMED_SCHEMES.flatMap((scheme) => {
    const decoding = readCid(scheme, cid);
    return decoding ? [decoding] : [];
  });

/** One object. */
function jsonLine(cid: Uint8Array): string {
  const decodings = decodingsOf(cid).map(({ layout, serverId, backend, worker, process }) => ({
    cid_scheme: layout.scheme.name,
    server_id: hex(serverId),
    backend: typeof backend === 'number' ? backend : serverIdText(backend),
    worker,
    process,
  }));
  return `${JSON.stringify({ cid: hex(cid), decodings })}\n`;
}

const numbers = ({ backend, worker, process }: CidDecoding) =>
  [
    `backend ${serverIdText(backend)}`,
    `queue ${queueOf(backend)}`,
    ...(worker === null ? [] : [`worker ${worker}`]),
    ...(process === null ? [] : [`process ${process}`]),
  ].join(', ');

/** The CID, then a line for each scheme: its parts set apart, and what they say. @param theme null: without colours */
function textLines(cid: Uint8Array, theme: Theme | null): string {
  const digits = hex(cid);
  const rows = decodingsOf(cid).map((decoding) => {
    const { layout } = decoding;
    return { title: layout.scheme.title, parted: spacedCid(digits, layout), decoding };
  });
  const wide = Math.max(...rows.map(({ title }) => title.length));
  const long = Math.max(...rows.map(({ parted }) => parted.length));
  const lines = rows.map(({ title, parted, decoding }) => {
    const painted = theme ? paintCid(parted, decoding.layout, theme) : parted;
    return `  ${title.padEnd(wide)}  ${painted}${' '.repeat(long - parted.length)}  ${numbers(decoding)}`;
  });
  const none = '  of no scheme that is known here without a configuration';
  return [theme ? theme.paint('strong', digits) : digits, ...(lines.length > 0 ? lines : [none]), ''].join('\n');
}

/** @throws UsageError */
function parse(text: string): Uint8Array {
  const bytes = cidBytes(text);
  if (bytes && bytes.length > 0) return bytes;
  throw new UsageError(
    `"${text}" is not a connection ID in hex (two digits for each byte)`,
    'quic-top cid 01330011aabbccdd',
  );
}

/** Prints what the CIDs mean, in their order. @throws UsageError at the first that is none */
export async function explainCids({ cids, json, theme: choice }: CidOptions): Promise<void> {
  const theme = process.stdout.isTTY ? Theme.of(process.env, choice) : null;
  const print = (text: string) => {
    const cid = parse(text.trim());
    process.stdout.write(json ? jsonLine(cid) : textLines(cid, theme));
  };
  if (cids.length > 0) return cids.forEach(print);
  if (process.stdin.isTTY)
    throw new UsageError('no connection ID given', 'quic-top cid 01330011aabbccdd, or one on each line of stdin');
  for await (const line of createInterface(process.stdin)) if (line.trim() !== '') print(line);
}
