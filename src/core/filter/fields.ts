// The fields of the filter language, as data: names, what they hold, where it is in a record. Completion and
// docs/filter.md come from here too.

import { UNROUTABLE_HELP, UNROUTABLES } from '../cid/layout.js';
import { queueOf } from '../cid/queue.js';
import { ALL_SCHEMES } from '../cid/schemes.js';
import { type ServerId, serverIdOf } from '../cid/server-id.js';
import { serverNamed } from '../cid/server-names.js';
import { TRUSTS, type Trust } from '../cid/trust.js';
import { ISSUE, LIMITS, PACKET_TYPE, QUIC_VERSION, RECORD } from '../native/abi.gen.js';
import { errorNames } from '../quic/close.js';
import type { Decoded, DecodedOf } from '../quic/decoded.js';
import { DECODED_ISSUES, issueNames } from '../quic/issues.js';
import { TYPE_NAMES } from '../quic/packet-types.js';
import type { RecordView } from '../recorder/record.js';
import { VENDOR_VERSIONS, versionText } from '../text/format.js';
import type { Operator } from './operators.js';

/** Whether a packet is one of those that are looked for. */
export type Test = (view: RecordView, decodedOf: DecodedOf) => boolean;
/** What is compared as a number: server ids may be too large for an exact `number`. */
export type FilterNumber = ServerId;
/** A number of a packet, or null when it has none. */
export type NumberOf = (view: RecordView, decodedOf: DecodedOf) => FilterNumber | null;

/** A value that is written by name. */
export interface Named {
  readonly name: string;
  readonly others?: readonly string[];
  readonly help: string;
}

interface CommonField {
  readonly name: string;
  /** Other names, as Wireshark has them. */
  readonly others: readonly string[];
  readonly help: string;
  readonly operators: readonly Operator[];
  /** What a value is, for errors: `a number from 0 to 65535`. */
  readonly value: string;
  readonly names: readonly Named[];
}

export interface NumberField extends CommonField {
  readonly kind: 'number';
  readonly names: readonly (Named & { readonly value: number })[];
  /** Where there are two, either may match. */
  readonly of: readonly NumberOf[];
  /** The greatest number that can be written; null when values have names only. */
  readonly max: FilterNumber | null;
  /** Reads names that are too many for a list. */
  readonly parse?: (word: string) => FilterNumber | null;
  /** What the field says by itself; without it, that there is a number. */
  readonly present?: Test;
  readonly needsDecoded: boolean;
}

export interface CidField extends CommonField {
  readonly kind: 'cid';
  readonly of: readonly CidPlace[];
}

/** Offsets in a record: the CID's bytes, and its length on the wire. */
export interface CidPlace {
  readonly bytes: number;
  readonly length: number;
}

export interface AddressField extends CommonField {
  readonly kind: 'address';
  /** Offsets in a record. */
  readonly of: readonly number[];
  /** Null: both. */
  readonly family: 4 | 6 | null;
}

export interface TextField extends CommonField {
  readonly kind: 'text';
  readonly of: (decoded: Decoded) => string | readonly string[] | null;
  /** Upper and lower case are the same. */
  readonly foldCase: boolean;
}

export interface IssuesField extends CommonField {
  readonly kind: 'issues';
  /** With the record's bit; without one it is an issue of the decoder. */
  readonly names: readonly (Named & { readonly bit: number })[];
}

export type Field = NumberField | CidField | AddressField | TextField | IssuesField;

type Options<T extends Field> = Partial<Omit<T, 'kind' | 'name' | 'help' | 'of'>>;

const EQUALITY = ['==', '!=', 'in'] as const;
const ORDER = ['==', '!=', '<', '<=', '>', '>=', 'in'] as const;
const CONTENT = ['==', '!=', '~', 'in'] as const;

const listed = (names: readonly Named[]) => `one of ${names.map(({ name }) => name).join(', ')}`;

function number(
  name: string,
  help: string,
  of: NumberOf | readonly NumberOf[],
  max: FilterNumber,
  options: Options<NumberField> = {},
): NumberField {
  const value = max > 2 ** 32 ? 'a whole number' : `a number from 0 to ${max}`;
  const rest = { others: [], names: [], operators: ORDER, value, needsDecoded: false, ...options };
  return { kind: 'number', name, help, of: typeof of === 'function' ? [of] : of, max, ...rest };
}

/** A number that is written by name only. */
function named(
  name: string,
  help: string,
  of: NumberOf,
  names: NumberField['names'],
  options: Options<NumberField> = {},
) {
  return { ...number(name, help, of, 0, { operators: EQUALITY, names, value: listed(names), ...options }), max: null };
}

const YES_NO = [
  { name: 'false', others: ['no', '0'], value: 0, help: 'it is not so' },
  { name: 'true', others: ['yes', '1'], value: 1, help: 'it is so' },
];

/** By itself it says that it is so. */
function flag(name: string, help: string, of: (decoded: Decoded) => boolean | null): NumberField {
  return named(
    name,
    help,
    (view, decodedOf) => {
      const set = of(decodedOf(view));
      return set === null ? null : Number(set);
    },
    YES_NO,
    { present: (view, decodedOf) => of(decodedOf(view)) === true, needsDecoded: true },
  );
}

function cid(name: string, help: string, of: readonly CidPlace[], others: readonly string[] = []): CidField {
  const value = 'a connection ID in hex';
  return { kind: 'cid', name, help, of, others, names: [], operators: CONTENT, value };
}

function address(name: string, help: string, of: readonly number[], family: 4 | 6 | null = null): AddressField {
  const value = `an IP${family === null ? '' : `v${family}`} address or prefix (${family === 6 ? 'fd00::/8' : '10.0.0.0/8'})`;
  return { kind: 'address', name, help, of, family, others: [], names: [], operators: EQUALITY, value };
}

function text(name: string, help: string, of: TextField['of'], options: Options<TextField> = {}): TextField {
  const rest = { others: [], names: [], operators: CONTENT, foldCase: false, value: 'a text', ...options };
  return { kind: 'text', name, help, of, ...rest };
}

const DIRECTIONS = [
  { name: 'in', value: 0, help: 'it arrived at the interface' },
  { name: 'out', value: 1, help: 'it was on its way out' },
];

/** Null for a packet of a file. */
const directionOf: NumberOf = (view) => (view.isEgress ? 1 : view.isIngress ? 0 : null);

/** The numbers are those of RFC 9000 table 5, as Wireshark has them. */
const TYPES: Record<keyof typeof PACKET_TYPE, Omit<Named, 'name'>> = {
  TYPE_UNKNOWN: { help: 'of a version whose types are not known' },
  TYPE_INITIAL: { others: ['init', '0'], help: 'the first packets of both sides' },
  TYPE_0RTT: { others: ['0-rtt', '1'], help: 'early data of a client that resumes' },
  TYPE_HANDSHAKE: { others: ['hs', '2'], help: 'the rest of the handshake' },
  TYPE_RETRY: { others: ['3'], help: 'a server asks for a proof of the address' },
  TYPE_VERSION_NEGOTIATION: { others: ['vn', 'versionneg'], help: 'a server lists its versions' },
  TYPE_1RTT: { others: ['1-rtt', 'short'], help: 'with a short header: all that follows the handshake' },
};

/** The numbers are the header form bit (RFC 8999 section 5), as Wireshark has it. */
const FORMS = [
  { name: 'short', others: ['0'], value: 0, help: 'a short header: 1-RTT' },
  { name: 'long', others: ['1'], value: 1, help: 'a long header: all other types' },
];
const formOf: NumberOf = ({ isShort }) => Number(!isShort);

const SCHEME_VALUES = ALL_SCHEMES.map(({ id, name, help }) => ({ name, value: id, help }));
const schemeOfView: NumberOf = (view) => view.backendLayout?.scheme.id ?? null;

const UNROUTABLE_VALUES = UNROUTABLES.map((name, value) => ({ name, value, help: UNROUTABLE_HELP[name] }));
const unroutableOf: NumberOf = ({ unroutable }) => (unroutable === null ? null : UNROUTABLES.indexOf(unroutable));

const TYPE_VALUES = Object.values(TYPES).map((type, value) => ({ name: TYPE_NAMES[value] as string, value, ...type }));

const TRUST_HELP: Record<Trust, string> = {
  server: 'the server chose the connection ID: the backend is meant',
  client: 'the client chose it: a backend is chance',
  echoed: 'the server kept what the client chose: a backend is chance',
  unknown: 'nobody can tell, or chance is not ruled out for this server',
};

const draftVersion = (draft: number) => QUIC_VERSION.QUIC_DRAFTS * 256 + draft;
const VERSIONS = [
  { name: 'v1', value: QUIC_VERSION.QUIC_V1, help: 'RFC 9000' },
  { name: 'v2', value: QUIC_VERSION.QUIC_V2, help: 'RFC 9369' },
  { name: 'draft-29', value: draftVersion(29), help: 'drafts by their number; d29 too' },
  ...[...VENDOR_VERSIONS].map(([value, name]) => ({ name: name.toLowerCase(), value, help: versionText(value) })),
  { name: 'vn', value: QUIC_VERSION.QUIC_NEGOTIATION, help: 'Version Negotiation' },
];

/** `draft-29`, `d29`. */
function parseDraft(word: string): number | null {
  const draft = Number(/^d(?:raft-?)?(\d{1,3})$/.exec(word)?.[1] ?? Number.NaN);
  return draft <= 255 ? draftVersion(draft) : null;
}

const RECORD_ISSUES: Record<keyof typeof ISSUE, string> = {
  ISSUE_CID_CUT: `a connection ID of which only the first ${LIMITS.CID_MAX} bytes are kept`,
  ISSUE_CID_TOO_LONG: 'a connection ID that is longer than its version allows',
  ISSUE_LENGTH_BEYOND_DATAGRAM: "a length that reaches past the datagram's end",
  ISSUE_HEADER_CUT: 'the datagram ends inside the header',
  ISSUE_FRAME_CUT: 'not all of the frame was captured',
  ISSUE_DCID_CHANGED: 'a coalesced packet with another DCID than the first',
  ISSUE_TOO_MANY_COALESCED: 'packets after this one were not looked at',
  ISSUE_TOO_MANY_BACKENDS: 'it names a server, but more are known than can be told apart',
  ISSUE_CID_NOT_OPENED: 'its connection ID takes a key, and too many came to open them',
  ISSUE_CID_LENGTH_UNKNOWN: 'a short header of which nobody knows how long its DCID is',
};
const ISSUES = [
  ...Object.entries(ISSUE).map(([key, bit]) => ({
    name: issueNames(bit)[0] as string,
    bit,
    help: RECORD_ISSUES[key as keyof typeof ISSUE],
  })),
  ...Object.entries(DECODED_ISSUES).map(([name, help]) => ({ name, bit: 0, help })),
];

const DCID = { bytes: RECORD.dcid, length: RECORD.dcid_length };
const SCID = { bytes: RECORD.scid, length: RECORD.scid_length };
const srcPort: NumberOf = (view) => view.srcPort;
const dstPort: NumberOf = (view) => view.dstPort;
const errorCodeOf = ({ close }: Decoded) => close?.errorCode ?? null;
const U16 = 0xffff;
const U32 = 0xffff_ffff;
/** RFC 9000 section 16. */
const MAX_VARINT = (1n << 62n) - 1n;
const MAX_SERVER_ID = (1n << BigInt(8 * LIMITS.SERVER_ID_MAX)) - 1n;

export const CID_FIELD = cid('cid', 'either connection ID', [DCID, SCID]);

export const FIELDS: readonly Field[] = [
  cid('dcid', 'destination connection ID', [DCID], ['quic.dcid']),
  cid('scid', 'source connection ID', [SCID], ['quic.scid']),
  CID_FIELD,
  number('backend', 'backend that the connection ID names', (view) => view.backend, MAX_SERVER_ID, {
    value: `a number of up to ${LIMITS.SERVER_ID_MAX} bytes, or a name of the configuration`,
    parse: serverNamed,
  }),
  number('server_id', 'the same as the bytes of its id', (view) => view.backend, MAX_SERVER_ID, {
    value: 'bytes in hex, two digits for each',
    // Other words are beyond all ids: they are not to be read as decimal numbers.
    parse: (word) => {
      const digits = word.replace(/^0x/, '');
      return /^(?:[\da-f]{2})+$/.test(digits) ? serverIdOf(Buffer.from(digits, 'hex')) : Number.POSITIVE_INFINITY;
    },
    operators: EQUALITY,
  }),
  number('worker', 'worker that the connection ID names', (view) => view.worker, U32),
  number('process', 'process that the connection ID names', (view) => view.process, U32),
  named('scheme', 'scheme by which the connection ID names a backend', schemeOfView, SCHEME_VALUES),
  named('unroutable', 'why the connection ID names no server', unroutableOf, UNROUTABLE_VALUES),
  number('queue', `logical queue: backend % ${LIMITS.QUEUES}`, (view) => queueOf(view.backend), LIMITS.QUEUES - 1),
  number('rx_queue', 'RX queue that the frame arrived by', (view) => view.rxQueue, U16),
  named('direction', 'which way the frame went', directionOf, DIRECTIONS),
  named('type', 'packet type', (view) => view.type, TYPE_VALUES, { others: ['quic.long.packet_type'] }),
  named('form', 'header form', formOf, FORMS, { others: ['quic.header_form'] }),
  number('version', 'QUIC version', (view) => (view.isShort ? null : view.version), U32, {
    others: ['quic.version'],
    names: VERSIONS,
    parse: parseDraft,
    value: 'a QUIC version: v1, v2, draft-29 or a number such as 0x00000001',
  }),
  address('src', 'source address', [RECORD.src]),
  address('dst', 'destination address', [RECORD.dst]),
  address('ip', 'either address', [RECORD.src, RECORD.dst]),
  address('ip.src', 'source address, IPv4 only', [RECORD.src], 4),
  address('ip.dst', 'destination address, IPv4 only', [RECORD.dst], 4),
  address('ip.addr', 'either address, IPv4 only', [RECORD.src, RECORD.dst], 4),
  address('ipv6.src', 'source address, IPv6 only', [RECORD.src], 6),
  address('ipv6.dst', 'destination address, IPv6 only', [RECORD.dst], 6),
  address('ipv6.addr', 'either address, IPv6 only', [RECORD.src, RECORD.dst], 6),
  number('port', 'either UDP port', [srcPort, dstPort], U16, { others: ['udp.port'] }),
  number('src_port', 'source UDP port', srcPort, U16, { others: ['udp.srcport'] }),
  number('dst_port', 'destination UDP port', dstPort, U16, { others: ['udp.dstport'] }),
  number('length', 'bytes of the QUIC packet', (view) => view.packetLength, U16, { others: ['quic.packet_length'] }),
  number('frame', "the frame's number, from 1", (view) => view.frame, Number.MAX_SAFE_INTEGER, {
    others: ['frame.number'],
  }),
  number('frame_length', 'bytes of the frame on the wire', (view) => view.frameLength, U32, { others: ['frame.len'] }),
  number(
    'token',
    'bytes of the token; by itself: there is one',
    (view) => (view.hasToken ? view.tokenLength : null),
    U16,
    {
      present: (view) => view.hasToken && view.tokenLength > 0,
    },
  ),
  number(
    'quic.token_length',
    'bytes of the token of an Initial',
    (view) => (view.type === PACKET_TYPE.TYPE_INITIAL ? view.tokenLength : null),
    U16,
  ),
  text('sni', 'server name that the client asks for', ({ sni }) => sni, {
    others: ['tls.handshake.extensions_server_name'],
    foldCase: true,
  }),
  text('alpn', 'application protocols that the client offers', ({ alpn }) => alpn, {
    others: ['tls.handshake.extensions_alpn_str'],
  }),
  text('ja4', 'JA4 fingerprint of the client', ({ ja4 }) => ja4, { others: ['tls.handshake.ja4'] }),
  flag('ech', 'the client encrypts its ClientHello', ({ ech }) => ech),
  text('error', 'why an endpoint closed the connection: name and code', ({ close }) => close && errorNames(close), {
    foldCase: true,
    value: 'the name of an error, or its code such as 0x178',
  }),
  text('reason', 'the same in words of the endpoint', ({ close }) => close?.reason ?? null, {
    others: ['quic.cc.reason_phrase'],
  }),
  number('quic.cc.error_code', 'the same as a number', (view, decodedOf) => errorCodeOf(decodedOf(view)), MAX_VARINT, {
    needsDecoded: true,
  }),
  named(
    'trust',
    'who chose the connection ID that the backend is read from',
    (view, decodedOf) => {
      const { trust } = decodedOf(view);
      return trust === null ? null : TRUSTS.indexOf(trust);
    },
    Object.entries(TRUST_HELP).map(([name, help]) => ({ name, value: TRUSTS.indexOf(name as Trust), help })),
    { needsDecoded: true },
  ),
  flag('decrypted', 'the Initial was opened', ({ decrypted }) => decrypted),
  {
    kind: 'issues',
    name: 'issues',
    others: [],
    help: 'what is wrong with the packet',
    operators: CONTENT,
    value: 'the name of an issue',
    names: ISSUES,
  },
];

const BY_NAME: ReadonlyMap<string, Field> = new Map(
  FIELDS.flatMap((field) => [field.name, ...field.others].map((name) => [name, field])),
);

/** The field of that name, Wireshark's included. */
export function fieldNamed(name: string): Field | undefined {
  return BY_NAME.get(name.toLowerCase());
}
