// Packets as quic-top and tshark both tell them, so that their lists can be held against each other.
import { LIMITS } from '../../src/core/native/abi.gen.js';
import type { JsonPacket } from './quic-top.js';
import type { TsharkPacket } from './tshark.js';

/** A version nobody knows: servers answer with Version Negotiation. */
export const UNKNOWN_VERSION = '0x1a2a3a4a';

/** The backend by tshark's connection IDs: the server's own is the DCID on the way to it and the SCID on the way back. */
export function withTsharkBackend(packet: TsharkPacket) {
  const cid = Buffer.from(packet.src_port === LIMITS.DEFAULT_PORT ? packet.scid : packet.dcid, 'hex');
  const cidv1 = cid.length >= 4 && cid.length <= 20 && cid[0] === 1;
  return { ...packet, backend: cidv1 ? cid.readUInt16BE(2) : null };
}

/** The fields of a packet that both know, from either. */
export function comparable(packet: Omit<TsharkPacket, 'token_length'> & Pick<JsonPacket, 'token_length' | 'backend'>) {
  const { src, src_port, dst, dst_port, version, dcid, scid, backend } = packet;
  const common = { src, src_port, dst, dst_port, version, dcid, scid, backend };
  // tshark reads a version it does not know as if it were v1.
  if (version === UNKNOWN_VERSION) return { ...common, type: 'unknown' };
  const token_length = packet.type === 'initial' ? packet.token_length : null;
  return { ...common, type: packet.type, token_length, packet_length: packet.packet_length };
}

/** The packets of each frame, in the order in which they were shown. */
export function datagrams(packets: JsonPacket[]): JsonPacket[][] {
  const frames = new Map<number, JsonPacket[]>();
  for (const packet of packets) frames.set(packet.frame, [...(frames.get(packet.frame) ?? []), packet]);
  return [...frames.values()];
}

/** Two lists that hold the same items as often, in any order, are equal when sorted. */
export function sorted(items: unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}
