// What comes before the IP header, by the frame's link type (https://www.tcpdump.org/linktypes.html). The parser has
// found its end: addon/file/link_layer.cc.

import { ETHERTYPE, LINK_TYPE } from '../native/abi.gen.js';
import { hex8, hex16, nameAndCode } from '../quic/code-names.js';
import { hex } from '../text/format.js';
import type { FieldReader } from './field-reader.js';

const LINK_NAMES: Readonly<Record<number, string>> = {
  [LINK_TYPE.LINK_NULL]: 'NULL loopback',
  [LINK_TYPE.LINK_ETHERNET]: 'Ethernet',
  [LINK_TYPE.LINK_PPP]: 'PPP',
  [LINK_TYPE.LINK_RAW_BSD]: 'Raw IP',
  [LINK_TYPE.LINK_RAW_OPENBSD]: 'Raw IP',
  [LINK_TYPE.LINK_PPP_HDLC]: 'PPP in HDLC framing',
  [LINK_TYPE.LINK_RAW]: 'Raw IP',
  [LINK_TYPE.LINK_CISCO_HDLC]: "Cisco's HDLC",
  [LINK_TYPE.LINK_LOOP]: 'OpenBSD loopback',
  [LINK_TYPE.LINK_SLL]: 'Linux cooked',
  [LINK_TYPE.LINK_IPV4]: 'Raw IPv4',
  [LINK_TYPE.LINK_IPV6]: 'Raw IPv6',
  [LINK_TYPE.LINK_SLL2]: 'Linux cooked 2',
};

export const linkName = (type: number) => LINK_NAMES[type] ?? `Link type ${type}`;

const ETHER_TYPES: Readonly<Record<number, string>> = {
  [ETHERTYPE.ETH_IPV4]: 'IPv4',
  [ETHERTYPE.ETH_8021Q]: '802.1Q VLAN',
  [ETHERTYPE.ETH_IPV6]: 'IPv6',
  [ETHERTYPE.ETH_8021AD]: '802.1ad VLAN',
  [ETHERTYPE.ETH_QINQ]: 'QinQ VLAN',
};
const etherType = nameAndCode((type) => ETHER_TYPES[type], hex16);
const pppProtocol = nameAndCode((protocol) => ({ 33: 'IPv4', 87: 'IPv6' })[protocol], hex16);
const packetKind = nameAndCode((type) => ['to us', 'broadcast', 'multicast', 'to others', 'from us'][type], hex8);

const mac = (bytes: Uint8Array) => hex(bytes).replace(/..(?=.)/g, '$&:');

/** The tags between a link header and the IP header. */
function dissectTags(reader: FieldReader): void {
  while (reader.left >= 4) {
    reader.begin('VLAN tag');
    const tag = reader.u16();
    reader.mark('Priority', tag >> 13, 2);
    reader.mark('DEI', (tag >> 12) & 1, 2);
    reader.mark('VLAN ID', tag & 0xfff, 2);
    reader.title((id) => `VLAN ${id}`, tag & 0xfff);
    reader.u16('Type', etherType);
    reader.end();
  }
}

function dissectEthernet(reader: FieldReader): void {
  reader.take(6, 'Destination', mac);
  reader.take(6, 'Source', mac);
  reader.u16('Type', etherType);
  dissectTags(reader);
}

function dissectCooked(reader: FieldReader): void {
  reader.u16('Packet Type', packetKind);
  reader.u16('Device Type');
  const length = reader.u16('Address Length');
  readAddress(reader, length);
  reader.u16('Protocol', etherType);
  dissectTags(reader);
}

function dissectCooked2(reader: FieldReader): void {
  reader.u16('Protocol', etherType);
  reader.take(2, 'Reserved');
  reader.u32('Interface Index');
  reader.u16('Device Type');
  reader.u8('Packet Type', packetKind);
  const length = reader.u8('Address Length');
  readAddress(reader, length);
  dissectTags(reader);
}

/** Eight bytes, of which `length` are used. */
function readAddress(reader: FieldReader, length: number): void {
  const used = Math.min(length, 8);
  reader.take(used, 'Source', mac);
  reader.take(8 - used, 'Unused');
}

/** RFC 1661, RFC 1662; Cisco's HDLC begins with another address, and has an EtherType. */
function dissectPpp(reader: FieldReader): void {
  const cisco = reader.next === 0x0f || reader.next === 0x8f;
  if (cisco || reader.next === 0xff) {
    reader.u8('Address', hex8);
    reader.u8('Control', hex8);
  }
  if (cisco) reader.u16('Protocol', etherType);
  else if (reader.next & 1) reader.u8('Protocol', pppProtocol);
  else reader.u16('Protocol', pppProtocol);
}

function dissectFamily(reader: FieldReader): void {
  reader.take(4, 'Address Family');
}

const LINK_READERS: Readonly<Record<number, (reader: FieldReader) => void>> = {
  [LINK_TYPE.LINK_ETHERNET]: dissectEthernet,
  [LINK_TYPE.LINK_SLL]: dissectCooked,
  [LINK_TYPE.LINK_SLL2]: dissectCooked2,
  [LINK_TYPE.LINK_PPP]: dissectPpp,
  [LINK_TYPE.LINK_PPP_HDLC]: dissectPpp,
  [LINK_TYPE.LINK_CISCO_HDLC]: dissectPpp,
  [LINK_TYPE.LINK_NULL]: dissectFamily,
  [LINK_TYPE.LINK_LOOP]: dissectFamily,
};

/** @param reader reads the bytes before the IP header */
export function dissectLink(linkType: number, reader: FieldReader): void {
  LINK_READERS[linkType]?.(reader);
  reader.rest('Not read');
}
