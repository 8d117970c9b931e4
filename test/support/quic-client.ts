// Protects packets as QUIC endpoints do: what the tests send, and the way back of what the decoder opens.
import { createCipheriv, createHmac } from 'node:crypto';
import type { Side } from '../../src/core/quic/protection.js';
import { type Bytes, concat, QUIC_V1, QUIC_V2, u8, u16, u32, varint } from './packets.js';
import { type VersionKeys, versionKeys } from './version-keys.js';

/** Of AEAD_AES_128_GCM, and of header protection. */
export interface PacketKeys {
  key: Bytes;
  iv: Bytes;
  hp: Bytes;
}

const hmac = (key: Bytes, data: Bytes) => createHmac('sha256', key).update(data).digest();

/** HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context: of what fits one block. */
function expandLabel(secret: Bytes, label: string, length: number): Bytes {
  const name = Buffer.from(`tls13 ${label}`);
  return hmac(secret, concat(u16(length), u8(name.length), name, u8(0), u8(1))).subarray(0, length);
}

/** RFC 9001 section 5.2. */
export const initialSecret = ({ salt }: VersionKeys, dcid: Bytes): Bytes => hmac(salt, dcid);

export const sideSecret = (initial: Bytes, side: Side): Bytes => expandLabel(initial, `${side} in`, 32);

export function packetKeys({ prefix }: VersionKeys, secret: Bytes): PacketKeys {
  return {
    key: expandLabel(secret, `${prefix} key`, 16),
    iv: expandLabel(secret, `${prefix} iv`, 12),
    hp: expandLabel(secret, `${prefix} hp`, 16),
  };
}

export function protectionKeys(version: number, dcid: Bytes, side: Side = 'client'): PacketKeys {
  const parameters = versionKeys(version);
  if (!parameters) throw new Error(`version ${version}`);
  return packetKeys(parameters, sideSecret(initialSecret(parameters, dcid), side));
}

/** The packet number, right-aligned, over the IV (RFC 9001 section 5.3). */
function packetNonce(iv: Bytes, packetNumber: number): Bytes {
  const nonce = Uint8Array.from(iv);
  for (let i = nonce.length - 1, rest = packetNumber; rest > 0; i--, rest = Math.floor(rest / 256)) {
    nonce[i] = (nonce[i] as number) ^ (rest % 256);
  }
  return nonce;
}

/** Seals a payload behind an unprotected header that ends with the packet number (RFC 9001 sections 5.3 and 5.4). */
export function protect(keys: PacketKeys, header: Bytes, packetNumber: number, payload: Bytes): Bytes {
  const cipher = createCipheriv('aes-128-gcm', keys.key, packetNonce(keys.iv, packetNumber));
  cipher.setAAD(header);
  const sealed = concat(cipher.update(payload), cipher.final(), cipher.getAuthTag());
  const packet = concat(header, sealed);
  const numberLength = ((header[0] as number) & 3) + 1;
  const numberOffset = header.length - numberLength;
  const sample = packet.subarray(numberOffset + 4, numberOffset + 20);
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(sample);
  packet[0] = (packet[0] as number) ^ ((mask[0] as number) & 0x0f);
  for (let i = 0; i < numberLength; i++) {
    packet[numberOffset + i] = (packet[numberOffset + i] as number) ^ (mask[1 + i] as number);
  }
  return packet;
}

export interface InitialOptions {
  version?: number;
  dcid: Bytes;
  scid?: Bytes;
  token?: Bytes;
  packetNumber?: number;
  /** The version whose keys it has, when that is another. */
  keysOf?: number;
  /** What the keys are made of, when it is not the DCID. */
  keySource?: Bytes;
  side?: Side;
  payload: Bytes;
}

const fill = (payload: Bytes) => concat(payload, new Uint8Array(Math.max(0, 24 - payload.length)));

/** A protected Initial with a packet number of four bytes. */
export function initial(options: InitialOptions): Bytes {
  const { version = QUIC_V1, dcid, scid = u8(), token = u8(), packetNumber = 0, side = 'client' } = options;
  const payload = fill(options.payload);
  const isV2 = version === QUIC_V2 || version === 0x709a50c4;
  const header = concat(
    u8(isV2 ? 0xd3 : 0xc3),
    u32(version),
    u8(dcid.length),
    dcid,
    u8(scid.length),
    scid,
    varint(token.length),
    token,
    u16(0x4000 | (4 + payload.length + 16)),
    u32(packetNumber),
  );
  const keys = protectionKeys(options.keysOf ?? version, options.keySource ?? dcid, side);
  return protect(keys, header, packetNumber, payload);
}

/** A CRYPTO frame (RFC 9000 section 19.6). */
export const cryptoFrame = (offset: number, data: Bytes): Bytes =>
  concat(u8(6), varint(offset), varint(data.length), data);

/** A CONNECTION_CLOSE frame of the transport (RFC 9000 section 19.19). */
export const closeFrame = (errorCode: number | bigint, reason: string | Bytes = '', frameType = 0): Bytes => {
  const phrase = Buffer.from(reason as Bytes);
  return concat(u8(0x1c), varint(errorCode), varint(frameType), varint(phrase.length), phrase);
};

/** The same of Google's QUIC. */
export const googleCryptoFrame = (offset: number, data: Bytes): Bytes =>
  concat(u8(8), varint(offset), varint(data.length), data);

/** A CHLO of Google's own handshake: tags, each with where its value ends, then the values. */
export function googleHello(sni: string): Bytes {
  const names = ['PAD\0', 'SNI\0', 'VER\0'].map((name) => Buffer.from(name));
  const values = ['-'.repeat(100), sni, 'Q050'].map((value) => Buffer.from(value));
  const ends = names.map((_, i) => u32(concat(...values.slice(0, i + 1)).length).reverse());
  const tags = names.flatMap((name, i) => [name, ends[i] as Bytes]);
  return concat(Buffer.from('CHLO'), u8(names.length, 0, 0, 0), ...tags, ...values);
}

const vector16 = (...parts: Bytes[]) => {
  const body = concat(...parts);
  return concat(u16(body.length), body);
};
const vector8 = (...parts: Bytes[]) => {
  const body = concat(...parts);
  return concat(u8(body.length), body);
};
const extension = (type: number, ...body: Bytes[]) => concat(u16(type), vector16(...body));

/** A ClientHello with its handshake header: three suites, TLS 1.3, the name and protocols given. */
export function clientHello(sni: string | null, alpn: string[] = ['h3'], more: [number, Bytes][] = []): Bytes {
  const extensions = [
    ...(sni === null ? [] : [extension(0, vector16(u8(0), vector16(Buffer.from(sni))))]),
    ...(alpn.length > 0 ? [extension(16, vector16(...alpn.map((name) => vector8(Buffer.from(name)))))] : []),
    extension(13, vector16(u16(0x0403), u16(0x0804))),
    extension(43, vector8(u16(0x0304))),
    ...more.map(([type, body]) => extension(type, body)),
  ];
  const body = concat(
    u16(0x0303),
    new Uint8Array(32),
    u8(0),
    vector16(u16(0x1301), u16(0x1302), u16(0x1303)),
    u8(1, 0),
    vector16(...extensions),
  );
  return concat(u8(1, 0), u16(body.length), body);
}
