// The one packet builder: frames from the inside out, every length and checksum computed.
//
//   ethernet(ipv4(udp(longHeader({ dcid: cidv1(17) })), { options: 4 }), { vlans: [7] })
//
// A field that shall lie is given by name (`length`, `totalLength`, ...); nothing else is ever wrong.

export type Bytes = Uint8Array;

/** What an IP header carries; UDP needs the addresses for its checksum. */
export interface Transport {
  protocol: number;
  bytes(pseudoHeader: (length: number) => Bytes): Bytes;
}

/** What an Ethernet header carries. */
export interface Network {
  etherType: number;
  bytes: Bytes;
}

export const SERVER = { ipv4: '10.0.0.1', ipv6: 'fd00::1', port: 4433 };
export const CLIENT = { ipv4: '10.0.0.2', ipv6: 'fd00::2', port: 50000 };

export const PROTOCOL = { hopByHop: 0, tcp: 6, udp: 17, routing: 43, fragment: 44, auth: 51, destOptions: 60 } as const;

// ---- bytes

export function concat(...parts: Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

export const u8 = (...values: number[]): Bytes => Uint8Array.from(values);
export const u16 = (value: number): Bytes => u8(value >>> 8, value);
export const u32 = (value: number): Bytes => u8(value >>> 24, value >>> 16, value >>> 8, value);

/** `length` bytes that count up, so that a byte out of place is seen. */
export const filler = (length: number, first = 0x40): Bytes => Uint8Array.from({ length }, (_, i) => first + i);

export const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');
export const unhex = (digits: string): Bytes => Uint8Array.from(Buffer.from(digits.replace(/[^0-9a-f]/gi, ''), 'hex'));

/** RFC 1071. */
export function checksum(...parts: Bytes[]): number {
  const data = concat(...parts);
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum += ((data[i] ?? 0) << 8) | (data[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export function ipv4Address(address: string): Bytes {
  return Uint8Array.from(address.split('.').map(Number));
}

export function ipv6Address(address: string): Bytes {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = Array<number>(8 - left.length - right.length).fill(0);
  return concat(...[...left, ...zeros, ...right].map(u16));
}

// ---- link layer

export interface EthernetOptions {
  src?: Bytes;
  dst?: Bytes;
  /** VLAN ids, outermost first. Two or more: the outer ones carry the 802.1ad tag type, or this one. */
  vlans?: number[];
  outerTag?: number;
  /** Zero bytes after the packet, as Ethernet adds to short frames. */
  padding?: number;
}

export function ethernet(packet: Network, options: EthernetOptions = {}): Bytes {
  const {
    src = unhex('020000000002'),
    dst = unhex('020000000001'),
    vlans = [],
    outerTag = 0x88a8,
    padding = 0,
  } = options;
  const tags = vlans.map((id, i) => concat(u16(i === vlans.length - 1 ? 0x8100 : outerTag), u16(id)));
  return concat(dst, src, ...tags, u16(packet.etherType), packet.bytes, new Uint8Array(padding));
}

export function arpRequest(): Network {
  const [mac, asked] = [unhex('020000000002'), new Uint8Array(6)];
  const fixed = unhex('0001 0800 06 04 0001');
  return {
    etherType: 0x0806,
    bytes: concat(fixed, mac, ipv4Address(CLIENT.ipv4), asked, ipv4Address(SERVER.ipv4)),
  };
}

// ---- IP

/** Which bytes of the datagram this packet carries; `from` is a multiple of 8. */
export interface Piece {
  from?: number;
  to?: number;
}

function cut(datagram: Bytes, piece: Piece): { from: number; bytes: Bytes; more: boolean } {
  const { from = 0, to = datagram.length } = piece;
  return { from, bytes: datagram.subarray(from, to), more: to < datagram.length };
}

export interface Ipv4Options {
  src?: string;
  dst?: string;
  /** Bytes of options, a multiple of 4. */
  options?: number;
  fragment?: Piece;
  version?: number;
  ihl?: number;
  totalLength?: number;
}

export function ipv4(transport: Transport, options: Ipv4Options = {}): Network {
  const src = ipv4Address(options.src ?? CLIENT.ipv4);
  const dst = ipv4Address(options.dst ?? SERVER.ipv4);
  const datagram = transport.bytes((length) => concat(src, dst, u8(0, transport.protocol), u16(length)));
  const { from, bytes, more } = cut(datagram, options.fragment ?? {});
  const padding = new Uint8Array(options.options ?? 0).fill(1); // "no operation"
  const ihl = options.ihl ?? (20 + padding.length) / 4;
  const totalLength = options.totalLength ?? 20 + padding.length + bytes.length;

  const before = concat(u8(((options.version ?? 4) << 4) | ihl, 0), u16(totalLength), u16(1));
  const middle = concat(u16((more ? 0x2000 : 0) | (from / 8)), u8(64, transport.protocol));
  const after = concat(src, dst, padding);
  const sum = u16(checksum(before, middle, after));
  return { etherType: 0x0800, bytes: concat(before, middle, sum, after, bytes) };
}

/** An IPv6 extension header; `next` is filled in by ipv6(). */
export interface Extension {
  protocol: number;
  bytes(next: number): Bytes;
}

/** Hop-by-hop, routing or destination options of `length` bytes, a multiple of 8 (RFC 8200 section 4). */
export function extension(protocol: number, length = 8): Extension {
  return { protocol, bytes: (next) => concat(u8(next, length / 8 - 1), new Uint8Array(length - 2)) };
}

/** RFC 4302; `length` is a multiple of 4 and at least 12. */
export function authHeader(length = 24): Extension {
  return { protocol: PROTOCOL.auth, bytes: (next) => concat(u8(next, length / 4 - 2), new Uint8Array(length - 2)) };
}

export interface Ipv6Options {
  src?: string;
  dst?: string;
  /** Before the fragment header, if there is one. */
  extensions?: Extension[];
  fragment?: Piece;
  version?: number;
  payloadLength?: number;
}

export function ipv6(transport: Transport, options: Ipv6Options = {}): Network {
  const src = ipv6Address(options.src ?? CLIENT.ipv6);
  const dst = ipv6Address(options.dst ?? SERVER.ipv6);
  const datagram = transport.bytes((length) => concat(src, dst, u32(length), u32(transport.protocol)));
  const { from, bytes, more } = cut(datagram, options.fragment ?? {});
  const chain = [...(options.extensions ?? [])];
  if (options.fragment) {
    const place = u16(from | (more ? 1 : 0));
    chain.push({ protocol: PROTOCOL.fragment, bytes: (next) => concat(u8(next, 0), place, u32(1)) });
  }
  const headers = chain.map((header, i) => header.bytes(chain[i + 1]?.protocol ?? transport.protocol));
  const payload = concat(...headers, bytes);
  const next = chain[0]?.protocol ?? transport.protocol;
  const start = concat(u8((options.version ?? 6) << 4, 0, 0, 0), u16(options.payloadLength ?? payload.length));
  return { etherType: 0x86dd, bytes: concat(start, u8(next, 64), src, dst, payload) };
}

// ---- transport

export interface UdpOptions {
  srcPort?: number;
  dstPort?: number;
  length?: number;
}

export function udp(payload: Bytes, options: UdpOptions = {}): Transport {
  return {
    protocol: PROTOCOL.udp,
    bytes(pseudoHeader) {
      const ports = concat(u16(options.srcPort ?? CLIENT.port), u16(options.dstPort ?? SERVER.port));
      const length = u16(options.length ?? 8 + payload.length);
      const sum = checksum(pseudoHeader(8 + payload.length), ports, length, payload);
      return concat(ports, length, u16(sum === 0 ? 0xffff : sum), payload); // RFC 768: 0 means "no checksum"
    },
  };
}

/** A SYN, or bytes enough to be one. */
export function tcp(): Transport {
  return {
    protocol: PROTOCOL.tcp,
    bytes(pseudoHeader) {
      const start = concat(u16(CLIENT.port), u16(SERVER.port), u32(1), u32(0), u8(0x50, 0x02), u16(0xffff));
      return concat(start, u16(checksum(pseudoHeader(20), start, u32(0))), u16(0));
    },
  };
}

// ---- QUIC

export const QUIC_V1 = 1;
export const QUIC_V2 = 0x6b3343cf;

/** RFC 9000 section 17.2 and RFC 9369 section 3.2: the two type bits of each version. */
const LONG_TYPES = {
  v1: { initial: 0, '0rtt': 1, handshake: 2, retry: 3 },
  v2: { initial: 1, '0rtt': 2, handshake: 3, retry: 0 },
} as const;
export type LongType = keyof typeof LONG_TYPES.v1;

/** RFC 9000 section 16. */
export function varint(value: number | bigint): Bytes {
  if (value < 0x40) return u8(Number(value));
  if (value < 0x4000) return u16(0x4000 | Number(value));
  if (value < 2 ** 30) return u32(0x80000000 + Number(value));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE((3n << 62n) | BigInt(value));
  return bytes;
}

/** A CID of `length` bytes that names `backend` by CIDv1: version 1, a free byte, the id in big-endian. */
export function cidv1(backend: number, length = 8): Bytes {
  const cid = filler(length);
  cid.set(concat(u8(1, 0x33), u16(backend)).subarray(0, length));
  return cid;
}

export interface InvariantOptions {
  /** The first byte; its top bit is what makes the header long. */
  first?: number;
  version?: number;
  dcid?: Bytes;
  scid?: Bytes;
  rest?: Bytes;
}

/** A long header of any version, by what all versions share (RFC 8999 section 5.1). */
export function invariantHeader(options: InvariantOptions = {}): Bytes {
  const { first = 0xc0, version = QUIC_V1, dcid = cidv1(17), scid = filler(4), rest = filler(24) } = options;
  return concat(u8(first), u32(version), u8(dcid.length), dcid, u8(scid.length), scid, rest);
}

export interface LongHeaderOptions extends Omit<InvariantOptions, 'first' | 'rest'> {
  type?: LongType;
  /** Of an Initial or a Retry. */
  token?: Bytes;
  /** Packet number and protected payload; a Retry ends with its integrity tag instead. */
  payload?: Bytes;
  fixedBit?: boolean;
}

/** A long header packet of QUIC v1 or v2 (RFC 9000 section 17.2). */
export function longHeader(options: LongHeaderOptions = {}): Bytes {
  const { type = 'initial', version = QUIC_V1, token = u8(), payload = filler(24), fixedBit = true } = options;
  const bits = LONG_TYPES[version === QUIC_V2 ? 'v2' : 'v1'][type];
  const first = 0x80 | (fixedBit ? 0x40 : 0) | (bits << 4);
  const { dcid, scid } = options;
  const ids = { ...(dcid && { dcid }), ...(scid && { scid }) };
  if (type === 'retry') return invariantHeader({ first, version, ...ids, rest: concat(token, filler(16)) });
  const before = type === 'initial' ? concat(varint(token.length), token) : u8();
  return invariantHeader({ first, version, ...ids, rest: concat(before, varint(payload.length), payload) });
}

/** RFC 9000 section 17.2.1. */
export function versionNegotiation(options: { dcid?: Bytes; scid?: Bytes; versions?: number[] } = {}): Bytes {
  const { versions = [QUIC_V1, QUIC_V2], ...ids } = options;
  return invariantHeader({ first: 0x80, version: 0, ...ids, rest: concat(...versions.map(u32)) });
}

/** RFC 9000 section 17.3.1: the DCID's length is not on the wire. */
export function shortHeader(options: { dcid?: Bytes; payload?: Bytes } = {}): Bytes {
  const { dcid = cidv1(17), payload = filler(24) } = options;
  return concat(u8(0x40), dcid, payload);
}

/** Long header packets and at most one short one, last, in one datagram (RFC 9000 section 12.2). */
export const coalesce = concat;
