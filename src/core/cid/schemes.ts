// The CID schemes: a new one is a row here. Where its parts are is data, by which the programs and the addon read.
import { CID_LAYOUT, CID_SCHEME } from '../native/abi.gen.js';

/** Fields of struct qt_cid_layout; those that are absent are 0. */
export type LayoutFields = Partial<Record<Exclude<keyof typeof CID_LAYOUT, 'SIZE' | 'scheme' | 'reserved'>, number>>;

export interface CidScheme {
  /** One of enum qt_cid_scheme. */
  id: number;
  /** As JSON and options spell it. */
  name: string;
  /** As a person reads it. */
  title: string;
  /** What byte 0 is called where it tells the scheme. */
  selector: string;
  /** What --cid and the filter say of it. Null: it cannot be chosen by its name alone. */
  help: string | null;
  /** Its layouts, tried in this order. None: the addon's default. */
  layouts: readonly LayoutFields[];
}

/** Byte 0 of mvfst's CIDs has the version in its first two bits (quic/codec/DefaultConnectionIdAlgo.cpp). */
const mvfst = (version: number, fields: LayoutFields): LayoutFields => ({
  most: 20,
  first_mask: 0xc0,
  first_value: version << 6,
  worker_bits: 8,
  process_bits: 1,
  ...fields,
});

const SCHEMES: readonly CidScheme[] = [
  {
    id: CID_SCHEME.CID_CIDV1,
    name: 'cidv1',
    title: 'CIDv1',
    selector: 'CID Version',
    help: 'byte 0 is 1, bytes 2-3 are the server id',
    layouts: [],
  },
  { id: CID_SCHEME.CID_OFFSET, name: 'offset', title: 'offset', selector: 'First Byte', help: null, layouts: [] },
  {
    id: CID_SCHEME.CID_MVFST,
    name: 'mvfst',
    title: 'mvfst',
    selector: 'Version Bits',
    help: 'mvfst and katran: host id, worker and process',
    layouts: [
      mvfst(1, { least: 4, id_bit: 2, id_bits: 16, worker_bit: 18, process_bit: 26 }),
      mvfst(2, { least: 6, id_bit: 8, id_bits: 24, worker_bit: 32, process_bit: 40 }),
      mvfst(3, { least: 7, id_bit: 8, id_bits: 32, worker_bit: 40, process_bit: 48 }),
    ],
  },
  {
    id: CID_SCHEME.CID_NGINX,
    name: 'nginx',
    title: 'nginx',
    selector: 'First Byte',
    help: 'bytes 0-7 are the cookie of the listening socket (SO_COOKIE)',
    // src/event/quic/ngx_event_quic_connid.c
    layouts: [{ least: 20, most: 20, id_bit: 0, id_bits: 64 }],
  },
  {
    id: CID_SCHEME.CID_AWS_NLB,
    name: 'aws-nlb',
    title: 'AWS NLB',
    selector: 'First Octet',
    help: 'AWS Network Load Balancer: bytes 1-8 are the QuicServerId',
    // QUIC-LB in the plain with configuration 0: a first octet, the id, a nonce of four bytes at least.
    layouts: [{ least: 13, most: 20, first_mask: 0xe0, first_value: 0, id_bit: 8, id_bits: 64 }],
  },
];

/** @param id one of enum qt_cid_scheme that is not CID_NONE @throws Error */
export function schemeOf(id: number): CidScheme {
  const scheme = SCHEMES.find((each) => each.id === id);
  if (!scheme) throw new Error(`there is no CID scheme ${id}`);
  return scheme;
}

/** @param name one of NAMED_SCHEMES @throws Error */
export function schemeNamed(name: string): CidScheme {
  const scheme = NAMED_SCHEMES.find((each) => each.name === name);
  if (!scheme) throw new Error(`there is no CID scheme ${name}`);
  return scheme;
}

/** Those that are chosen by their name alone. */
export const NAMED_SCHEMES: readonly CidScheme[] = SCHEMES.filter(({ help }) => help !== null);

/** The struct qt_cid_layout of a scheme, one behind the other; undefined: the addon's default. */
export function layoutsOf({ id, layouts }: CidScheme): Uint8Array | undefined {
  if (layouts.length === 0) return undefined;
  return Buffer.concat(layouts.map((fields) => layoutBytes(id, fields)));
}

function layoutBytes(scheme: number, fields: LayoutFields): Uint8Array {
  const bytes = new Uint8Array(CID_LAYOUT.SIZE);
  bytes[CID_LAYOUT.scheme] = scheme;
  for (const [name, value] of Object.entries(fields)) bytes[CID_LAYOUT[name as keyof LayoutFields]] = value;
  return bytes;
}
