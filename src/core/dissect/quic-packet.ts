// QUIC packets of one datagram, field by field: long headers of every version (RFC 8999), of those that are known all of
// it (RFC 9000 section 17), short headers, and padding.
import type { CidLayout } from '../cid/layout.js';
import { type ServerId, serverIdText } from '../cid/server-id.js';
import { PACKET_TYPE, QUIC_LIMITS } from '../native/abi.gen.js';
import { loadAddon } from '../native/addon.js';
import { isReserved, TYPE_TITLES } from '../quic/packet-types.js';
import { GUESSED_VERSION } from '../quic/protection.js';
import { hex, versionName, versionText } from '../text/format.js';
import type { GrowingField } from './field.js';
import { type FieldReader, hexText } from './field-reader.js';
import type { OpenedAgain } from './initial.js';

const { TYPE_UNKNOWN, TYPE_INITIAL, TYPE_0RTT, TYPE_HANDSHAKE, TYPE_RETRY, TYPE_VERSION_NEGOTIATION } = PACKET_TYPE;
const { AEAD_TAG, LONG_FORM_BIT } = QUIC_LIMITS;

const FIXED_BIT = 0x40;
const SPIN_BIT = 0x20;
const PROTECTED = 'Packet Number and Payload, protected';

/** One of PACKET_TYPE, as in records. */
const packetType = (version: number, first: number) => loadAddon().packetType(version, first);

const versionLabel = (version: number) => {
  if (packetType(version, 0) !== TYPE_UNKNOWN) return `${versionName(version)} (${versionText(version)})`;
  return isReserved(version) ? `GREASE (${versionText(version)})` : versionText(version);
};
const sizeText = (bytes: Uint8Array) => `${bytes.length} bytes`;

/** What is known of a packet beyond its bytes. */
export interface Known {
  /** Header and payload without their protection; null when it was not opened. */
  opened: OpenedAgain | null;
  /** The backend, null without one; by what layout it was read. */
  backend: ServerId | null;
  worker: number | null;
  process: number | null;
  layout: CidLayout | null;
  /** Hex digits of the CID that it was read from, and which of the two that is. */
  backendCid: string | null;
  backendSide: 'DCID' | 'SCID';
  /** Bytes of the datagram that were not captured. */
  missing: number;
}

export interface PacketFields {
  packet: GrowingField;
  dcid: Uint8Array;
  /** What an opened payload hangs on. */
  payload: GrowingField | null;
}

function dissectFirstByte(reader: FieldReader, type: number, header: Uint8Array | undefined): void {
  const first = reader.u8();
  reader.mark('Header Form', 'Long (1)', 1);
  if (type === TYPE_UNKNOWN || type === TYPE_VERSION_NEGOTIATION) return;
  reader.mark('Fixed Bit', (first & FIXED_BIT) >> 6, 1);
  reader.mark('Packet Type', `${TYPE_TITLES[type]} (${(first >> 4) & 3})`, 1);
  if (type === TYPE_RETRY) {
    reader.mark('Unused', first & 15, 1);
  } else if (header) {
    const opened = header[0] as number;
    reader.mark('Reserved', (opened >> 2) & 3, 1);
    reader.mark('Packet Number Length', (opened & 3) + 1, 1);
  } else {
    reader.mark('Protected Bits', first & 15, 1);
  }
}

/** A connection ID of `length` bytes. */
function dissectCid(reader: FieldReader, side: 'DCID' | 'SCID', length: number, known: Known): Uint8Array {
  const cid = reader.peek(length);
  const text = hexText(cid);
  const { layout } = known;
  if (!layout || side !== known.backendSide || text !== known.backendCid) {
    reader.take(length, side);
    return cid;
  }
  reader.begin(side, text);
  for (const { role, from, to } of layout.parts) {
    const size = to - from;
    if (role === 'free') {
      reader.take(size, size === 1 ? 'Free Byte' : 'Free Bytes');
      continue;
    }
    reader.take(size);
    if (role === 'selector') reader.mark(layout.scheme.selector, cid[from] as number, size, 'cidVersion');
    else if (role === 'backend' && known.backend !== null)
      reader.mark('Backend ID', serverIdText(known.backend), size, 'cidBackend');
  }
  for (const [name, place, value] of [
    ['Worker', layout.worker, known.worker],
    ['Process', layout.process, known.process],
  ] as const) {
    if (!place || value === null) continue;
    // All bytes that it is in, of which some are another's too.
    const [from, to] = [place.bit >> 3, (place.bit + place.bits + 7) >> 3];
    reader.mark(name, value, to - from, 'plain', (layout.parts.at(-1)?.to ?? 0) - to);
  }
  reader.take(Math.max(0, length - (layout.parts.at(-1)?.to ?? 0)), 'Rest');
  reader.end();
  return cid;
}

/** Length, packet number and payload; returns the payload's field when it was opened. */
function dissectProtected(reader: FieldReader, opened: OpenedAgain | null): GrowingField | null {
  const length = reader.varint('Length');
  if (!opened || length > reader.left) {
    reader.take(length, PROTECTED, sizeText);
    return null;
  }
  const numberLength = ((opened.header[0] as number) & 3) + 1;
  reader.take(numberLength);
  reader.mark('Packet Number', opened.packetNumber, numberLength);
  const payload = reader.begin('Payload', `${length - numberLength} bytes, opened`);
  reader.take(Math.max(0, length - numberLength - AEAD_TAG), 'Ciphertext', sizeText);
  reader.take(AEAD_TAG, 'Authentication Tag');
  reader.end();
  return payload;
}

/** Reads a long header packet, to its end. */
export function dissectLongPacket(reader: FieldReader, known: Known): PacketFields {
  const [first = 0, a = 0, b = 0, c = 0, d = 0] = reader.peek(5);
  const version = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const type = packetType(version, first);
  // Of a version that is not known, only what opened is known: all before the payload is authenticated with it.
  const isGuess = type === TYPE_UNKNOWN && known.opened !== null;
  const readAs = isGuess ? TYPE_INITIAL : type;
  const start = reader.offset;
  const packet = reader.begin('QUIC', null, 'summary');
  let payload: GrowingField | null = null;

  dissectFirstByte(reader, readAs, known.opened?.header);
  reader.u32('Version', versionLabel);
  const dcid = dissectCid(reader, 'DCID', reader.u8('DCID Length'), known);
  dissectCid(reader, 'SCID', reader.u8('SCID Length'), known);
  if (readAs === TYPE_INITIAL) reader.take(reader.varint('Token Length'), 'Token');
  if (readAs === TYPE_INITIAL || type === TYPE_0RTT || type === TYPE_HANDSHAKE) {
    payload = dissectProtected(reader, known.opened);
  } else if (type === TYPE_RETRY) {
    reader.take(Math.max(0, reader.left + known.missing - AEAD_TAG), 'Retry Token');
    reader.take(AEAD_TAG, 'Retry Integrity Tag');
  } else if (type === TYPE_VERSION_NEGOTIATION) {
    while (reader.left > 0) reader.u32('Supported Version', versionLabel);
  }
  if (type === TYPE_UNKNOWN && reader.left > 0) reader.rest('Version-Specific Data', sizeText);
  reader.end();
  const versionTitle = type === TYPE_VERSION_NEGOTIATION ? '' : ` ${versionName(version)}`;
  packet.name = `QUIC ${TYPE_TITLES[type]}${versionTitle}`;
  if (isGuess) packet.name += `, opened as ${versionName(GUESSED_VERSION)}`;
  packet.label = `${packet.name}, ${packet.to - start} bytes`;
  return { packet, dcid, payload };
}

/**
 * Reads a short header packet (RFC 9000 section 17.3.1), which is the last of its datagram.
 * @param dcidLength null: nobody knows it
 */
export function dissectShortPacket(reader: FieldReader, dcidLength: number | null, known: Known): PacketFields {
  const packet = reader.begin('QUIC 1-RTT', null, 'summary');
  packet.label += `, short header, ${reader.left} bytes`;
  const first = reader.u8();
  reader.mark('Header Form', 'Short (0)', 1);
  reader.mark('Fixed Bit', (first & FIXED_BIT) >> 6, 1);
  reader.mark('Spin Bit', (first & SPIN_BIT) >> 5, 1);
  reader.mark('Protected Bits', first & 31, 1);
  const dcid = dissectCid(reader, 'DCID', dcidLength ?? 0, known);
  reader.rest(dcidLength === null ? `DCID, ${PROTECTED}` : PROTECTED, sizeText);
  reader.end();
  return { packet, dcid, payload: null };
}

/**
 * What stands behind long header packets: a short header packet, or padding. Whether it was a packet.
 * @param dcid of the packets before it, which it has to share (RFC 9000 section 12.2)
 */
export function dissectTail(reader: FieldReader, dcid: Uint8Array, known: Known): boolean {
  const bytes = reader.peek(reader.left);
  if (bytes.every((byte) => byte === 0)) {
    reader.skip(0, 'Zeros behind the last packet');
    return false;
  }
  const isShared = dcid.length > 0 && hex(bytes.subarray(1, 1 + dcid.length)) === hex(dcid);
  dissectShortPacket(reader, isShared ? dcid.length : null, known);
  return true;
}

/** Whether a long header begins here. */
export const isLong = (first: number) => first >= LONG_FORM_BIT;
