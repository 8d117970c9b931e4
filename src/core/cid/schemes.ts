// The CID schemes: a new one is a row here. Where its parts are is data, by which the programs and the addon read.
import { type CID_LAYOUT, CID_LAYOUT_FLAGS, CID_SCHEME, CIDV1, LIMITS, UNROUTABLE } from '../native/abi.gen.js';
import { type CidKey, h2oKeys, nghttpxKeys } from './scheme-keys.js';

/** Fields of struct qt_cid_layout; those that are absent are 0. */
export type FieldName = Exclude<keyof typeof CID_LAYOUT, 'SIZE' | 'scheme' | 'reserved' | 'check_masks'>;
export type LayoutFields = Partial<Record<FieldName, number>> & { check_masks?: readonly number[] };

/** A layout, and the key by which its CIDs are opened, where they are encrypted. */
export interface KeyedLayout {
  fields: LayoutFields;
  key?: Uint8Array;
  /** It takes what no other layout of any scheme takes: it is tried after them. */
  last?: boolean;
}

/** What a parameter of a scheme may be. Its `help` ends the sentence "it must be ...". */
export type Parameter =
  | { kind: 'number'; least: number; most: number; default?: number; help: string }
  | { kind: 'choice'; choices: readonly (number | string)[]; default?: number | string; help: string }
  | { kind: 'flag'; default: boolean; help: string }
  | { kind: 'first_byte'; help: string }
  /** A file that only its owner may read: 32 hex digits, or text or YAML that the scheme's own software has. */
  | { kind: 'key_file' | 'secret_file' | 'secret_yaml'; optional: boolean; help: string };

/** What was given for them: numbers, words, flags, the bytes of a key, what is in a secret file. */
// biome-ignore lint/suspicious/noExplicitAny: the kinds of parameters decide; whoever reads the configuration checks them
export type Given = Record<string, any>;

export interface CidScheme {
  /** One of enum qt_cid_scheme. */
  id: number;
  /** As JSON and options spell it. */
  name: string;
  /** As a person reads it. */
  title: string;
  /** What byte 0 is called where it tells the scheme. */
  selector: string;
  /** What --cid and the filter say of it. */
  help: string;
  parameters: Readonly<Record<string, Parameter>>;
  /** Its layouts, tried in this order. @throws RangeError: the parameters contradict each other */
  layouts(given: Given): readonly KeyedLayout[];
  /** `process` of its CIDs is a generation of processes. */
  hasGenerations?: boolean;
  /** CIDs tell by which of several configurations they were made. */
  hasConfigs?: boolean;
}

const { LAYOUT_LITTLE_ID, LAYOUT_LITTLE_WORKER, LAYOUT_LITTLE_PROCESS, LAYOUT_IN_RETRY } = CID_LAYOUT_FLAGS;
const { UNROUTABLE_RESERVED, UNROUTABLE_LENGTH } = UNROUTABLE;
const most = LIMITS.CID_MAX;

/** Byte 0 of mvfst's CIDs has the version in its first two bits (quic/codec/DefaultConnectionIdAlgo.cpp). */
const mvfst = (version: number, fields: LayoutFields): KeyedLayout => ({
  fields: { most, first_mask: 0xc0, first_value: version << 6, worker_bits: 8, process_bits: 1, ...fields },
});

/** QUIC-LB has a configuration in the first three bits (draft-ietf-quic-load-balancers section 3). */
const CONFIG_BITS = 0xe0;
const RESERVED_CONFIG = 7;
/** The longest server id and nonce together, and the shortest nonce (section 5.1). */
const MOST_SEALED = 19;
const LEAST_NONCE = 4;

const quicLbParameters = (mostNonce: number): Record<string, Parameter> => ({
  config_id: { kind: 'number', least: 0, most: RESERVED_CONFIG - 1, default: 0, help: 'a number from 0 to 6' },
  server_id_length: { kind: 'number', least: 1, most: LIMITS.SERVER_ID_MAX, help: 'a number of bytes from 1 to 15' },
  nonce_length: {
    kind: 'number',
    least: LEAST_NONCE,
    most: mostNonce,
    help: `a number of bytes from ${LEAST_NONCE} to ${mostNonce}`,
  },
  key_file: { kind: 'key_file', optional: true, help: 'a file of 32 hex digits' },
});

/** Server id and nonce, from byte 1 on. */
function quicLb(given: Given, longest: number): { fields: LayoutFields; sealed: number; key?: Uint8Array } {
  const { config_id, server_id_length, nonce_length, key_file: key } = given;
  const sealed: number = server_id_length + nonce_length;
  if (sealed > longest) {
    throw new RangeError(`server_id_length and nonce_length are ${sealed} bytes together: at most ${longest} fit`);
  }
  const fields = { config_id, id_bit: 8, id_bits: 8 * server_id_length, sealed: key ? sealed : 0 };
  return { fields, sealed, ...(key && { key }) };
}

/** Byte 0 is 1; two bytes: the socket's index, three bits of a checksum, five of a generation (udpgrm_internal.h). */
const UDPGRM_CHECKS = [0b1001_1001_0011_1001, 0b0010_0010_0100_0010, 0b0100_0100_1000_0100];

const SCHEMES: readonly CidScheme[] = [
  {
    id: CID_SCHEME.CID_CIDV1,
    name: 'cidv1',
    title: 'CIDv1',
    selector: 'CID Version',
    help: 'byte 0 is 1, bytes 2-3 are the server id',
    parameters: {},
    layouts: () => [
      {
        fields: {
          least: CIDV1.CIDV1_LEAST,
          most,
          first_mask: 0xff,
          first_value: CIDV1.CIDV1_FIRST,
          id_bit: CIDV1.CIDV1_ID_BIT,
          id_bits: CIDV1.CIDV1_ID_BITS,
          flags: LAYOUT_IN_RETRY,
        },
      },
    ],
  },
  {
    id: CID_SCHEME.CID_OFFSET,
    name: 'offset',
    title: 'offset',
    selector: 'First Byte',
    help: 'the server id is where the configuration says',
    parameters: {
      at: { kind: 'number', least: 0, most: most - 1, default: -1, help: 'the number of a byte, from 0' },
      length: {
        kind: 'number',
        least: 1,
        most: LIMITS.SERVER_ID_MAX,
        default: 0,
        help: 'a number of bytes from 1 to 15',
      },
      bit: { kind: 'number', least: 0, most: 8 * most - 1, default: -1, help: 'the number of a bit, from 0' },
      bits: {
        kind: 'number',
        least: 1,
        most: 8 * LIMITS.SERVER_ID_MAX,
        default: 0,
        help: 'a number of bits from 1 to 120',
      },
      cid_length: { kind: 'number', least: 1, most, default: 0, help: 'a number of bytes from 1 to 20' },
      first_byte: { kind: 'first_byte', help: 'a mask and a value, like {mask: 0xc0, value: 0x40}' },
      byte_order: { kind: 'choice', choices: ['big', 'little'], default: 'big', help: 'big or little' },
    },
    layouts(given) {
      const inBytes = given.at >= 0 && given.length > 0;
      const inBits = given.bit >= 0 && given.bits > 0;
      if (inBytes === inBits) throw new RangeError('either at and length are to be given (bytes), or bit and bits');
      const [bit, bits] = inBytes ? [8 * given.at, 8 * given.length] : [given.bit, given.bits];
      const least = Math.ceil((bit + bits) / 8);
      if (least > (given.cid_length || most)) {
        throw new RangeError(`the server id ends at byte ${least}: connection IDs have ${given.cid_length || most}`);
      }
      const little = given.byte_order === 'little';
      if (little && (bit % 8 !== 0 || bits % 8 !== 0 || bits > 32)) {
        throw new RangeError('byte_order: little is for whole bytes, at most four');
      }
      const { mask = 0, value = 0 } = given.first_byte ?? {};
      return [
        {
          fields: {
            least: given.cid_length || least,
            most: given.cid_length || most,
            first_mask: mask,
            first_value: value,
            id_bit: bit,
            id_bits: bits,
            flags: LAYOUT_IN_RETRY | (little ? LAYOUT_LITTLE_ID : 0),
          },
        },
      ];
    },
  },
  {
    id: CID_SCHEME.CID_MVFST,
    name: 'mvfst',
    title: 'mvfst',
    selector: 'Version Bits',
    help: 'mvfst and katran: host id, worker and process',
    parameters: {},
    layouts: () => [
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
    parameters: {},
    // src/event/quic/ngx_event_quic_connid.c
    layouts: () => [{ fields: { least: 20, most: 20, id_bit: 0, id_bits: 64 } }],
  },
  {
    id: CID_SCHEME.CID_AWS_NLB,
    name: 'aws-nlb',
    title: 'AWS NLB',
    selector: 'First Octet',
    help: 'AWS Network Load Balancer: bytes 1-8 are the QuicServerId',
    parameters: {},
    // QUIC-LB in the plain with configuration 0: a first octet, the id, a nonce of four bytes at least.
    layouts: () => [{ fields: { least: 13, most, first_mask: CONFIG_BITS, first_value: 0, id_bit: 8, id_bits: 64 } }],
  },
  {
    id: CID_SCHEME.CID_QUIC_LB,
    name: 'quic-lb',
    title: 'QUIC-LB',
    selector: 'First Octet',
    help: 'draft-ietf-quic-load-balancers: the configuration, then server id and nonce, in the plain or encrypted',
    hasConfigs: true,
    parameters: quicLbParameters(MOST_SEALED - 1),
    layouts(given) {
      const { fields, sealed, key } = quicLb(given, MOST_SEALED);
      const first = { first_mask: CONFIG_BITS, first_value: given.config_id << 5 };
      return [
        { fields: { ...fields, ...first, least: 1 + sealed, most }, ...(key && { key }) },
        {
          fields: { ...first, config_id: given.config_id, least: 1, most: sealed, unroutable: UNROUTABLE_LENGTH },
          last: true,
        },
        {
          fields: {
            first_mask: CONFIG_BITS,
            first_value: RESERVED_CONFIG << 5,
            config_id: RESERVED_CONFIG,
            least: 1,
            most,
            unroutable: UNROUTABLE_RESERVED,
          },
          last: true,
        },
      ];
    },
  },
  {
    id: CID_SCHEME.CID_ENVOY,
    name: 'envoy',
    title: 'Envoy',
    selector: 'First Octet',
    help: "QUIC-LB as Envoy's quic_lb has it: the last byte is the worker",
    hasConfigs: true,
    parameters: quicLbParameters(16),
    layouts(given) {
      // The first octet tells the length without itself and the worker.
      const { fields, sealed, key } = quicLb(given, MOST_SEALED - 1);
      const length = sealed + 2;
      const worker = { worker_bit: 8 * (length - 1), worker_bits: 8 };
      return [
        {
          fields: {
            ...fields,
            ...worker,
            first_mask: 0xff,
            first_value: (given.config_id << 5) | sealed,
            least: length,
            most: length,
          },
          ...(key && { key }),
        },
        // As long as it has no key: 0b111, and seven random bytes.
        {
          fields: {
            first_mask: 0xff,
            first_value: 0xe7,
            config_id: 7,
            least: 9,
            most: 9,
            unroutable: UNROUTABLE_RESERVED,
          },
          last: true,
        },
      ];
    },
  },
  {
    id: CID_SCHEME.CID_UDPGRM,
    name: 'udpgrm',
    title: 'udpgrm',
    selector: 'First Byte',
    help: "Cloudflare's udpgrm: the worker's socket and its generation; no server id",
    parameters: {
      max_apps: { kind: 'choice', choices: [1, 2, 4], default: 1, help: '1, 2 or 4' },
    },
    hasGenerations: true,
    layouts({ max_apps }) {
      // The first of the five bits are the application's (TO_WRK_GEN).
      const appBits = Math.log2(max_apps);
      return [
        {
          fields: {
            least: 8,
            most,
            first_mask: 0xff,
            first_value: 1,
            check_byte: 1,
            checks: 3,
            check_masks: UDPGRM_CHECKS,
            check_values: 0b100,
            worker_bit: 8,
            worker_bits: 8,
            process_bit: 19 + appBits,
            process_bits: 5 - appBits,
          },
        },
      ];
    },
  },
  {
    id: CID_SCHEME.CID_MSQUIC,
    name: 'msquic',
    title: 'MsQuic',
    selector: 'First Byte',
    help: 'the partition; with load balancing also the IPv4 address or the number of the server',
    parameters: {
      load_balancing_mode: {
        kind: 'choice',
        choices: [0, 1, 2],
        help: '0 (none), 1 (the IPv4 address) or 2 (FixedServerID)',
      },
      partitions: { kind: 'number', least: 1, most: 0xffff, default: 0, help: 'a number from 1 to 65535' },
    },
    // src/core/cid.h
    layouts({ load_balancing_mode: mode, partitions }) {
      const length = mode === 0 ? 9 : 14;
      const workers =
        partitions === 0 ? {} : { worker_mask: 2 ** Math.ceil(Math.log2(partitions + 1)) - 1, workers: partitions };
      return [
        {
          fields: {
            least: length,
            most: length,
            ...(mode > 0 && { id_bit: 8, id_bits: 32 }),
            worker_bit: mode === 0 ? 0 : 40,
            worker_bits: 16,
            ...workers,
            flags: LAYOUT_LITTLE_WORKER | (mode === 2 ? LAYOUT_LITTLE_ID : 0),
          },
        },
      ];
    },
  },
  {
    id: CID_SCHEME.CID_NGHTTPX,
    name: 'nghttpx',
    title: 'nghttpx',
    selector: 'Key Id',
    help: 'server id, worker process and thread, encrypted',
    hasConfigs: true,
    parameters: {
      secret_file: { kind: 'secret_file', optional: false, help: 'the file of --frontend-quic-secret-file' },
    },
    layouts({ secret_file }) {
      const keys = nghttpxKeys(secret_file);
      const layout = (first_mask: number, { first, key }: CidKey): KeyedLayout => ({
        fields: {
          first_mask,
          first_value: first & first_mask,
          config_id: first >> 5,
          least: 17,
          most: 17,
          sealed: 16,
          id_bit: 8,
          id_bits: 32,
          process_bit: 40,
          process_bits: 16,
          worker_bit: 56,
          worker_bits: 16,
          flags: LAYOUT_LITTLE_WORKER | LAYOUT_LITTLE_PROCESS,
        },
        key,
      });
      // By a key id that it does not know nghttpx opens with its first key.
      return [...keys.map((key) => layout(CONFIG_BITS, key)), { ...layout(0, keys[0] as CidKey), last: true }];
    },
  },
  {
    id: CID_SCHEME.CID_H2O,
    name: 'h2o',
    title: 'h2o',
    selector: 'Ticket',
    help: 'the node and the thread, encrypted',
    parameters: {
      ticket_file: { kind: 'secret_yaml', optional: false, help: 'the file of session tickets' },
      clustered: { kind: 'flag', default: true, help: 'true (quic-nodes has a self that is not 0) or false' },
    },
    layouts({ ticket_file, clustered }) {
      // Node (8 bytes), master (4), thread (3), path (1); not clustered: without the node.
      const length = clustered ? 17 : 9;
      return h2oKeys(ticket_file).map(({ first, key }) => ({
        fields: {
          first_mask: 0xff,
          first_value: first,
          least: length,
          most: length,
          sealed: length - 1,
          ...(clustered && { id_bit: 8, id_bits: 64 }),
          worker_bit: 8 * (length - 4),
          worker_bits: 24,
        },
        key,
      }));
    },
  },
];

/** @param id one of enum qt_cid_scheme that is not CID_NONE @throws Error */
export function schemeOf(id: number): CidScheme {
  const scheme = SCHEMES.find((each) => each.id === id);
  if (!scheme) throw new Error(`there is no CID scheme ${id}`);
  return scheme;
}

/** All schemes, in the order in which they came. */
export const ALL_SCHEMES: readonly CidScheme[] = SCHEMES;

/** The value of a parameter that is not given; undefined: it has to be. */
export function defaultOf(parameter: Parameter): unknown {
  if (parameter.kind === 'first_byte') return null;
  return 'default' in parameter ? parameter.default : undefined;
}

const isOptional = (parameter: Parameter) =>
  'optional' in parameter ? parameter.optional : defaultOf(parameter) !== undefined;

/** Parameters that have to be given. */
export const requiredOf = ({ parameters }: CidScheme): string[] =>
  Object.keys(parameters).filter((name) => !isOptional(parameters[name] as Parameter));

/** Those that can be chosen by their name alone. */
export const NAMED_SCHEMES: readonly CidScheme[] = SCHEMES.filter(
  (scheme) => requiredOf(scheme).length === 0 && scheme.id !== CID_SCHEME.CID_OFFSET,
);

/** @param name one of NAMED_SCHEMES @throws Error */
export function schemeNamed(name: string): CidScheme {
  const scheme = NAMED_SCHEMES.find((each) => each.name === name);
  if (!scheme) throw new Error(`there is no CID scheme ${name}`);
  return scheme;
}
