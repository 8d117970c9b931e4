// Takes the protection off one Initial packet (RFC 9001 section 5), for a look at what it holds.
import { QUIC_LIMITS, QUIC_VERSION } from '../native/abi.gen.js';
import { loadAddon } from '../native/addon.js';
import type { RecordView } from '../recorder/record.js';

const { AEAD_TAG } = QUIC_LIMITS;
/** Of a long header's first byte: the packet number's length, less one. */
const NUMBER_LENGTH_BITS = 0x03;

export type Side = 'client' | 'server';

/** Bytes of the addon's InitialKeys: what one side protects its Initials with. */
export type InitialKeys = Uint8Array;

export interface OpenedPacket {
  packetNumber: number;
  /** The header without its protection, up to and with the packet number, then the frames. */
  bytes: Uint8Array;
  payloadOffset: number;
  end: number;
}

/**
 * Keys of Initial packets (RFC 9001 section 5.2): whoever sees the client's first DCID has them. Null: nobody knows how
 * that version makes them.
 * @param dcid the client's first one, or the Retry's SCID once there was a Retry
 */
export function initialKeys(version: number, dcid: Uint8Array, side: Side): InitialKeys | null {
  return loadAddon().initialKeys(version, dcid, side === 'server');
}

/** The version whose keys are tried on packets of versions that are not known. */
export const GUESSED_VERSION = QUIC_VERSION.QUIC_DRAFTS * 256 + QUIC_VERSION.QUIC_GUESSED_DRAFT;

/**
 * Where an Initial's packet number begins, past the packet's end when the record and the bytes do not agree; and where the
 * Initial ends: of a version that is not known, only its bytes say that. Null: they are no Initial's.
 */
export function initialPlace(view: RecordView, packet: Uint8Array): [numberOffset: number, end: number] | null {
  return loadAddon().initialPlace(view.bytes, packet);
}

/**
 * Opens one whole QUIC packet with a long header.
 * @param numberOffset where its packet number begins
 * @param largest the largest packet number from this side so far, or -1
 * @returns null when it is too short or does not authenticate
 */
export function openPacket(
  keys: InitialKeys,
  packet: Uint8Array,
  numberOffset: number,
  largest: number,
): OpenedPacket | null {
  const bytes = Buffer.allocUnsafe(packet.length);
  const packetNumber = loadAddon().openInitial(keys, packet, numberOffset, largest, bytes);
  if (packetNumber < 0) return null;
  const payloadOffset = numberOffset + ((bytes[0] as number) & NUMBER_LENGTH_BITS) + 1;
  return { packetNumber, bytes, payloadOffset, end: packet.length - AEAD_TAG };
}
