// Every packet shape the XDP program must tell apart, with its fate. Rows for all BPF tests, seeds for the mutations.
import { constants, type Fate } from '../support/harness.js';
import {
  arpRequest,
  authHeader,
  type Bytes,
  cidv1,
  coalesce,
  concat,
  ethernet,
  extension,
  filler,
  invariantHeader,
  ipv4,
  ipv6,
  longHeader,
  PROTOCOL,
  QUIC_V2,
  SERVER,
  shortHeader,
  tcp,
  u8,
  udp,
  versionNegotiation,
} from '../support/packets.js';

export interface Shape {
  name: string;
  frame: Bytes;
  fate: Fate;
  /** Watched ports when not the default. */
  ports?: number[];
  /** Long headers to a watched port: the DCID on the wire. Absent: the packet comes from one. */
  dcid?: Bytes;
  /** When the DCID is valid CIDv1. */
  backend?: number;
  /** Bytes follow that the packet does not need, so a cut frame may still be whole. */
  padded?: true;
}

const QUIC = longHeader();
const CID = cidv1(17);
const HOP = extension(PROTOCOL.hopByHop);
const DEST = extension(PROTOCOL.destOptions, 16);
const chainOf = (length: number) => [HOP, ...Array(length - 1).fill(DEST)];
const reply = { srcPort: SERVER.port, dstPort: 50000 };
const elsewhere = { srcPort: 50000, dstPort: 443 };

/** QUIC with the default CIDv1 DCID, to the watched port. */
const toBackend17 = (name: string, frame: Bytes, more: Partial<Shape> = {}): Shape => {
  return { name, frame, fate: 'long_header', dcid: CID, backend: 17, ...more };
};

/** A long header with this DCID, whatever it means. */
const withDcid = (name: string, dcid: Bytes, backend?: number): Shape => {
  const frame = ethernet(ipv4(udp(longHeader({ dcid }))));
  return { name, frame, fate: 'long_header', dcid, ...(backend !== undefined && { backend }) };
};

const withVersionByte = (version: number) => concat(u8(version), CID.subarray(1));

const encapsulations: Shape[] = [
  toBackend17('IPv4', ethernet(ipv4(udp(QUIC)))),
  toBackend17('IPv6', ethernet(ipv6(udp(QUIC)))),
  toBackend17('one VLAN tag', ethernet(ipv4(udp(QUIC)), { vlans: [7] })),
  toBackend17('QinQ', ethernet(ipv6(udp(QUIC)), { vlans: [7, 8] })),
  toBackend17('QinQ before 802.1ad', ethernet(ipv4(udp(QUIC)), { vlans: [7, 8], outerTag: 0x9100 })),
  { name: 'three VLAN tags', frame: ethernet(ipv4(udp(QUIC)), { vlans: [7, 8, 9] }), fate: 'not_ip' },
  toBackend17('IPv4 with 4 bytes of options', ethernet(ipv4(udp(QUIC), { options: 4 }))),
  toBackend17('IPv4 with 40 bytes of options', ethernet(ipv4(udp(QUIC), { options: 40 }))),
  toBackend17('Ethernet padding', ethernet(ipv4(udp(QUIC)), { padding: 20 }), { padded: true }),
];

const extensionHeaders: Shape[] = [
  toBackend17('IPv6 hop-by-hop', ethernet(ipv6(udp(QUIC), { extensions: [HOP] }))),
  toBackend17('IPv6 routing', ethernet(ipv6(udp(QUIC), { extensions: [extension(PROTOCOL.routing, 24)] }))),
  toBackend17('IPv6 destination options', ethernet(ipv6(udp(QUIC), { extensions: [DEST] }))),
  toBackend17('IPv6 authentication header', ethernet(ipv6(udp(QUIC), { extensions: [authHeader(24)] }))),
  toBackend17('IPv6 authentication header of 12 bytes', ethernet(ipv6(udp(QUIC), { extensions: [authHeader(12)] }))),
  toBackend17('IPv6 atomic fragment', ethernet(ipv6(udp(QUIC), { fragment: {} }))),
  toBackend17(
    'IPv6 with five extension headers of all kinds',
    ethernet(
      ipv6(udp(QUIC), { extensions: [HOP, extension(PROTOCOL.routing), authHeader(), DEST], fragment: { to: 40 } }),
    ),
  ),
  toBackend17(
    'IPv6 with as many extension headers as we follow',
    ethernet(ipv6(udp(QUIC), { extensions: chainOf(constants.QT_IPV6_EXT_MAX_CHAIN) })),
  ),
  {
    name: 'IPv6 with one more extension header than we follow',
    frame: ethernet(ipv6(udp(QUIC), { extensions: chainOf(constants.QT_IPV6_EXT_MAX_CHAIN + 1) })),
    fate: 'not_udp',
  },
];

const fragments: Shape[] = [
  toBackend17('IPv4 first fragment', ethernet(ipv4(udp(QUIC), { fragment: { to: 32 } }))),
  toBackend17('IPv6 first fragment', ethernet(ipv6(udp(QUIC), { fragment: { to: 32 } }))),
  { name: 'IPv4 later fragment', frame: ethernet(ipv4(udp(QUIC), { fragment: { from: 32 } })), fate: 'fragment' },
  { name: 'IPv6 later fragment', frame: ethernet(ipv6(udp(QUIC), { fragment: { from: 32 } })), fate: 'fragment' },
  {
    name: 'IPv4 middle fragment',
    frame: ethernet(ipv4(udp(QUIC), { fragment: { from: 16, to: 32 } })),
    fate: 'fragment',
  },
  {
    name: 'IPv4 first fragment that ends inside the QUIC header',
    frame: ethernet(ipv4(udp(QUIC), { fragment: { to: 16 } })),
    fate: 'truncated',
  },
];

const notQuic: Shape[] = [
  { name: 'ARP', frame: ethernet(arpRequest()), fate: 'not_ip' },
  { name: 'TCP over IPv4', frame: ethernet(ipv4(tcp())), fate: 'not_udp' },
  { name: 'TCP over IPv6', frame: ethernet(ipv6(tcp(), { extensions: [HOP] })), fate: 'not_udp' },
  { name: 'another UDP port', frame: ethernet(ipv4(udp(QUIC, elsewhere))), fate: 'other_port' },
  { name: 'no port watched', frame: ethernet(ipv4(udp(QUIC))), ports: [], fate: 'other_port' },
  { name: 'IHL below 5', frame: ethernet(ipv4(udp(QUIC), { ihl: 4 })), fate: 'truncated' },
  { name: 'IHL beyond the packet', frame: ethernet(ipv4(udp(u8()), { ihl: 15 })), fate: 'truncated' },
  { name: 'IPv4 with version 5', frame: ethernet(ipv4(udp(QUIC), { version: 5 })), fate: 'truncated' },
  { name: 'IPv6 with version 4', frame: ethernet(ipv6(udp(QUIC), { version: 4 })), fate: 'truncated' },
  {
    name: 'IPv4 total length beyond the frame',
    frame: ethernet(ipv4(udp(QUIC), { totalLength: 1400 })),
    fate: 'truncated',
  },
  {
    name: 'IPv4 total length below its header',
    frame: ethernet(ipv4(udp(QUIC), { totalLength: 19 })),
    fate: 'truncated',
  },
  {
    name: 'IPv6 payload length beyond the frame',
    frame: ethernet(ipv6(udp(QUIC), { payloadLength: 1400 })),
    fate: 'truncated',
  },
  { name: 'UDP length beyond the packet', frame: ethernet(ipv4(udp(QUIC, { length: 1400 }))), fate: 'truncated' },
  { name: 'UDP length below its header', frame: ethernet(ipv4(udp(QUIC, { length: 7 }))), fate: 'truncated' },
  { name: 'UDP length that ends the QUIC header', frame: ethernet(ipv6(udp(QUIC, { length: 16 }))), fate: 'truncated' },
  {
    name: 'UDP length beyond the packet in Ethernet padding',
    frame: ethernet(ipv4(udp(QUIC, { length: 8 + QUIC.length + 4 })), { padding: 40 }),
    fate: 'truncated',
  },
  { name: 'empty UDP payload', frame: ethernet(ipv4(udp(u8()))), fate: 'truncated' },
  {
    name: 'empty UDP payload with Ethernet padding that looks like QUIC',
    frame: concat(ethernet(ipv4(udp(u8()))), QUIC),
    fate: 'truncated',
    padded: true,
  },
];

const headers: Shape[] = [
  { name: 'short header', frame: ethernet(ipv4(udp(shortHeader()))), fate: 'short_header' },
  { name: 'short header of one byte', frame: ethernet(ipv4(udp(u8(0x40)))), fate: 'short_header' },
  { name: 'short header with fixed bit 0', frame: ethernet(ipv6(udp(u8(0)))), fate: 'short_header' },
  toBackend17('fixed bit 0', ethernet(ipv4(udp(longHeader({ fixedBit: false }))))),
  toBackend17('version 2 Handshake', ethernet(ipv4(udp(longHeader({ version: QUIC_V2, type: 'handshake' }))))),
  toBackend17('an unknown version', ethernet(ipv4(udp(invariantHeader({ version: 0x1a2a3a4a }))))),
  toBackend17('version 0', ethernet(ipv4(udp(versionNegotiation())))),
  toBackend17('Retry', ethernet(ipv4(udp(longHeader({ type: 'retry', token: filler(16) }))))),
  toBackend17('0-RTT', ethernet(ipv6(udp(longHeader({ type: '0rtt' }))))),
  toBackend17('Initial with a token', ethernet(ipv4(udp(longHeader({ token: filler(100) }))))),
  toBackend17('coalesced', ethernet(ipv4(udp(coalesce(QUIC, longHeader({ type: 'handshake' }), shortHeader()))))),
  toBackend17('nothing behind the SCID', ethernet(ipv4(udp(invariantHeader({ rest: u8() }))))),
  toBackend17('an empty SCID', ethernet(ipv4(udp(longHeader({ scid: u8() }))))),
  toBackend17('a SCID of 255 bytes', ethernet(ipv4(udp(longHeader({ scid: filler(255) }))))),
];

const cids: Shape[] = [
  withDcid('CIDv1 of 4 bytes, the least', cidv1(17, 4), 17),
  withDcid('CIDv1 of 20 bytes, the most', cidv1(17, 20), 17),
  withDcid('CIDv1 of backend 0', cidv1(0), 0),
  withDcid('CIDv1 of backend 65535', cidv1(65535), 65535),
  withDcid('CIDv1 with its bytes in order', u8(1, 0xff, 0x12, 0x34), 0x1234),
  withDcid('3 bytes are too few for CIDv1', cidv1(17, 3)),
  withDcid('1 byte is too few for CIDv1', cidv1(17, 1)),
  withDcid('CID version 0', withVersionByte(0)),
  withDcid('CID version 2', withVersionByte(2)),
  withDcid('CID version 255', withVersionByte(255)),
  withDcid('empty DCID', u8()),
  withDcid('DCID of 21 bytes, too long for a key', cidv1(17, 21)),
  withDcid('DCID of 128 bytes', cidv1(17, 128)),
  withDcid('DCID of 255 bytes', cidv1(17, 255)),
];

const directions: Shape[] = [
  { name: 'from the watched port', frame: ethernet(ipv4(udp(QUIC, reply))), fate: 'long_header' },
  { name: 'from the watched port, IPv6', frame: ethernet(ipv6(udp(QUIC, reply))), fate: 'long_header' },
  {
    name: 'short header from the watched port',
    frame: ethernet(ipv4(udp(shortHeader(), reply))),
    fate: 'short_header',
  },
  toBackend17(
    'both ports watched: it is to one',
    ethernet(ipv4(udp(QUIC, { srcPort: SERVER.port, dstPort: SERVER.port }))),
  ),
  toBackend17('one of several ports', ethernet(ipv4(udp(QUIC, elsewhere))), { ports: [1, 443, 4433, 65535] }),
  toBackend17('port 65535', ethernet(ipv4(udp(QUIC, { dstPort: 65535 }))), { ports: [65535] }),
  toBackend17('port 0', ethernet(ipv4(udp(QUIC, { dstPort: 0 }))), { ports: [0] }),
];

export const SHAPES: Shape[] = [
  ...encapsulations,
  ...extensionHeaders,
  ...fragments,
  ...notQuic,
  ...headers,
  ...cids,
  ...directions,
];
