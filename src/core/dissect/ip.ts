// IPv4, IPv6 and UDP headers (RFC 791, RFC 8200, RFC 768). The parser has found where each begins: xdp/parse.h.

import { IP_PROTOCOL, PARSE_LIMITS } from '../native/abi.gen.js';
import { hex16, hex32, nameAndCode } from '../quic/code-names.js';
import { addressText } from '../text/address.js';
import type { FieldReader } from './field-reader.js';

const PROTOCOLS: Readonly<Record<number, string>> = {
  [IP_PROTOCOL.IP_HOP_BY_HOP]: 'Hop-by-Hop Options',
  [IP_PROTOCOL.IP_UDP]: 'UDP',
  [IP_PROTOCOL.IP_ROUTING]: 'Routing',
  [IP_PROTOCOL.IP_FRAGMENT]: 'Fragment',
  [IP_PROTOCOL.IP_AUTH]: 'Authentication Header',
  [IP_PROTOCOL.IP_DEST_OPTIONS]: 'Destination Options',
  [IP_PROTOCOL.IP_MOBILITY]: 'Mobility',
  [IP_PROTOCOL.IP_HIP]: 'HIP',
  [IP_PROTOCOL.IP_SHIM6]: 'Shim6',
};
const protocol = nameAndCode((number) => PROTOCOLS[number], String);

/** RFC 2474 and RFC 3168. `size` bytes hold the two. */
function markTrafficClass(reader: FieldReader, value: number, size: number): void {
  reader.mark('DSCP', value >> 2, size);
  reader.mark('ECN', `${['Not-ECT', 'ECT(1)', 'ECT(0)', 'CE'][value & 3]} (${value & 3})`, size);
}

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;

function dissectIpv4Options(options: FieldReader): void {
  while (options.left > 0) {
    if (options.next === END_OF_OPTIONS) {
      options.rest('End of Options');
    } else if (options.next === NO_OPERATION) {
      options.take(1, 'No Operation');
    } else {
      options.begin(`Option ${options.next}`);
      options.u8('Type');
      options.take(Math.max(0, options.u8('Length') - 2), 'Data');
      options.end();
    }
  }
}

/** @returns the packet's length by its header */
export function dissectIpv4(reader: FieldReader): number {
  const first = reader.u8();
  reader.mark('Version', first >> 4, 1);
  reader.mark('Header Length', (first & 15) * 4, 1);
  markTrafficClass(reader, reader.u8(), 1);
  const length = reader.u16('Total Length');
  reader.u16('Identification', hex16);
  const fragment = reader.u16();
  reader.mark("Don't Fragment", (fragment >> 14) & 1, 2);
  reader.mark('More Fragments', (fragment >> 13) & 1, 2);
  reader.mark('Fragment Offset', (fragment & 0x1fff) * 8, 2);
  reader.u8('Time to Live');
  reader.u8('Protocol', protocol);
  reader.u16('Header Checksum', hex16);
  reader.take(4, 'Source Address', addressText);
  reader.take(4, 'Destination Address', addressText);
  if (reader.left > 0) {
    reader.begin('Options');
    dissectIpv4Options(reader.sub(reader.left));
    reader.end();
  }
  return length;
}

/** @returns the packet's length by its header */
export function dissectIpv6(reader: FieldReader): number {
  const first = reader.u32();
  reader.mark('Version', first >>> 28, 4);
  markTrafficClass(reader, (first >>> 20) & 0xff, 4);
  reader.mark('Flow Label', hex16(first & 0xfffff), 4);
  const length = reader.u16('Payload Length');
  let next = reader.u8('Next Header', protocol);
  reader.u8('Hop Limit');
  reader.take(16, 'Source Address', addressText);
  reader.take(16, 'Destination Address', addressText);
  while (reader.left > 0) next = dissectExtension(reader, next);
  return PARSE_LIMITS.IPV6_HEADER + length;
}

/** Reads an extension header of type `own`; returns what comes next. */
function dissectExtension(reader: FieldReader, own: number): number {
  reader.begin('Extension Header', PROTOCOLS[own] ?? own);
  const next = reader.u8('Next Header', protocol);
  if (own === IP_PROTOCOL.IP_FRAGMENT) {
    reader.take(1, 'Reserved');
    const place = reader.u16();
    reader.mark('Fragment Offset', place & 0xfff8, 2);
    reader.mark('More Fragments', place & 1, 2);
    reader.u32('Identification', hex32);
  } else {
    const length = reader.u8('Length');
    // RFC 4302 section 2.2: 4-byte units, minus 2.
    reader.take(own === IP_PROTOCOL.IP_AUTH ? length * 4 + 6 : length * 8 + 6, 'Data');
  }
  reader.end();
  return next;
}

/** @returns the datagram's length by its header */
export function dissectUdp(reader: FieldReader): number {
  reader.u16('Source Port');
  reader.u16('Destination Port');
  const length = reader.u16('Length');
  reader.u16('Checksum', hex16);
  return length;
}
