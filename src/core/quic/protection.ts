// Takes the protection off Initial packets (RFC 9001 section 5) and checks the tag of Retry packets.
import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';
import type { PacketKeys, RetryKeys } from './keys.js';

const TAG_LENGTH = 16;
const SAMPLE_LENGTH = 16;
/** Of a long header's first byte: what header protection covers, what of it must be zero, and the number's length. */
const PROTECTED_BITS = 0x0f;
const RESERVED_BITS = 0x0c;
const NUMBER_LENGTH_BITS = 0x03;

export interface OpenedPacket {
  packetNumber: number;
  /** The header without its protection, up to and with the packet number. */
  header: Uint8Array;
  payload: Uint8Array;
  /** The header had bits that must be zero. */
  reservedBits: boolean;
}

/** AEAD nonce of a packet: its number, right-aligned, over the IV (RFC 9001 section 5.3). */
export function packetNonce(iv: Uint8Array, packetNumber: number): Buffer {
  const nonce = Buffer.from(iv);
  for (let i = nonce.length - 1, rest = packetNumber; rest > 0; i--, rest = Math.floor(rest / 256)) {
    nonce[i] = (nonce[i] as number) ^ (rest % 256);
  }
  return nonce;
}

/** Header protection mask of a sample (RFC 9001 section 5.4.3). */
export function headerMask(hp: Uint8Array, sample: Uint8Array): Buffer {
  return createCipheriv('aes-128-ecb', hp, null).update(sample);
}

/** RFC 9000 appendix A.3. `largest` is -1 as long as there was none. */
export function decodePacketNumber(largest: number, truncated: number, length: number): number {
  const expected = largest + 1;
  const window = 256 ** length;
  const candidate = expected - (expected % window) + truncated;
  if (candidate <= expected - window / 2 && candidate < 2 ** 62 - window) return candidate + window;
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window;
  return candidate;
}

/**
 * Opens one whole QUIC packet with a long header.
 * @param numberOffset where its packet number begins
 * @param largest the largest packet number from this side so far, or -1
 * @returns null when it is too short or does not authenticate
 */
export function openPacket(
  keys: PacketKeys,
  packet: Uint8Array,
  numberOffset: number,
  largest: number,
): OpenedPacket | null {
  const sampleOffset = numberOffset + 4;
  if (packet.length < sampleOffset + SAMPLE_LENGTH) return null;
  const mask = headerMask(keys.hp, packet.subarray(sampleOffset, sampleOffset + SAMPLE_LENGTH));
  const first = (packet[0] as number) ^ ((mask[0] as number) & PROTECTED_BITS);
  const numberLength = (first & NUMBER_LENGTH_BITS) + 1;
  const payloadOffset = numberOffset + numberLength;
  const header = Buffer.from(packet.subarray(0, payloadOffset));
  header[0] = first;
  let truncated = 0;
  for (let i = 0; i < numberLength; i++) {
    const byte = (packet[numberOffset + i] as number) ^ (mask[1 + i] as number);
    header[numberOffset + i] = byte;
    truncated = truncated * 256 + byte;
  }
  const packetNumber = decodePacketNumber(largest, truncated, numberLength);

  const decipher = createDecipheriv('aes-128-gcm', keys.key, packetNonce(keys.iv, packetNumber), {
    authTagLength: TAG_LENGTH,
  });
  decipher.setAAD(header);
  decipher.setAuthTag(packet.subarray(packet.length - TAG_LENGTH));
  const payload = decipher.update(packet.subarray(payloadOffset, packet.length - TAG_LENGTH));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return { packetNumber, header, payload, reservedBits: (first & RESERVED_BITS) !== 0 };
}

/** The integrity tag that belongs behind these bytes of a Retry (RFC 9001 section 5.8). */
export function retryTag(keys: RetryKeys, originalDcid: Uint8Array, retry: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-gcm', keys.key, keys.nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(Buffer.concat([Buffer.from([originalDcid.length]), originalDcid, retry]));
  cipher.final();
  return cipher.getAuthTag();
}

/** Whether a whole Retry packet ends with the tag that answers an Initial with this DCID. */
export function isRetryAuthentic(keys: RetryKeys, originalDcid: Uint8Array, packet: Uint8Array): boolean {
  const end = packet.length - TAG_LENGTH;
  return end > 0 && timingSafeEqual(retryTag(keys, originalDcid, packet.subarray(0, end)), packet.subarray(end));
}
