// Takes the protection off Initial packets (RFC 9001 section 5) and checks the tag of Retry packets.
import { createCipheriv, timingSafeEqual } from 'node:crypto';
import { QUIC_LIMITS } from '../native/abi.gen.js';
import { loadAddon } from '../native/addon.js';
import type { InitialKeys, RetryKeys } from './keys.js';

const { AEAD_TAG } = QUIC_LIMITS;
/** Of a long header's first byte: what must be zero, and the packet number's length, less one. */
const RESERVED_BITS = 0x0c;
const NUMBER_LENGTH_BITS = 0x03;

export interface OpenedPacket {
  packetNumber: number;
  /** The header without its protection, up to and with the packet number, then the frames. */
  bytes: Uint8Array;
  payloadOffset: number;
  end: number;
  /** The header had bits that must be zero. */
  reservedBits: boolean;
}

/**
 * Opens one whole QUIC packet with a long header.
 * @param numberOffset where its packet number begins
 * @param largest the largest packet number from this side so far, or -1
 * @param bytes room for what is opened, as long as the packet at least
 * @returns null when it is too short or does not authenticate
 */
export function openPacket(
  keys: InitialKeys,
  packet: Uint8Array,
  numberOffset: number,
  largest: number,
  bytes: Uint8Array = Buffer.allocUnsafe(packet.length),
): OpenedPacket | null {
  const packetNumber = loadAddon().openInitial(keys, packet, numberOffset, largest, bytes);
  if (packetNumber < 0) return null;
  const first = bytes[0] as number;
  return {
    packetNumber,
    bytes,
    payloadOffset: numberOffset + (first & NUMBER_LENGTH_BITS) + 1,
    end: packet.length - AEAD_TAG,
    reservedBits: (first & RESERVED_BITS) !== 0,
  };
}

/** The integrity tag that belongs behind these bytes of a Retry (RFC 9001 section 5.8). */
export function retryTag(keys: RetryKeys, originalDcid: Uint8Array, retry: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-gcm', keys.key, keys.nonce, { authTagLength: AEAD_TAG });
  cipher.setAAD(Buffer.concat([Buffer.from([originalDcid.length]), originalDcid, retry]));
  cipher.final();
  return cipher.getAuthTag();
}

/** Whether a whole Retry packet ends with the tag that answers an Initial with this DCID. */
export function isRetryAuthentic(keys: RetryKeys, originalDcid: Uint8Array, packet: Uint8Array): boolean {
  const end = packet.length - AEAD_TAG;
  return end > 0 && timingSafeEqual(retryTag(keys, originalDcid, packet.subarray(0, end)), packet.subarray(end));
}
