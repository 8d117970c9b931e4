// What a hostile sender can flood a server with, as UDP payloads that are made before any of them is sent.
import { randomBytes } from 'node:crypto';
import { type Bytes, concat, u8, u32 } from './packets.js';
import { clientHello, cryptoFrame, initial } from './quic-client.js';

const many = (count: number, make: (i: number) => Bytes): Bytes[] => Array.from({ length: count }, (_, i) => make(i));

/** First Initials of as many connections, each with these frames. */
const initials = (count: number, payload: Bytes): Bytes[] =>
  many(count, () => initial({ dcid: randomBytes(8), scid: randomBytes(8), payload }));

/**
 * A ClientHello with 540 names of one byte in its ALPN extension: as many as an Initial of the usual size holds. None of
 * them is printable, so that each becomes four characters.
 */
export function alpnFlood(count: number): Bytes[] {
  const names = Array.from({ length: 540 }, (_, i) => String.fromCharCode(1 + (i % 31)));
  return initials(count, cryptoFrame(0, clientHello(null, names)));
}

/** 230 CRYPTO frames of one byte that do not touch, the last at the end of what is put together of a stream. */
export function piecesFlood(count: number): Bytes[] {
  const offsets = Array.from({ length: 230 }, (_, i) => 16_383 - 2 * i);
  return initials(count, concat(...offsets.map((offset) => cryptoFrame(offset, u8(0)))));
}

/** Initials that ask for an ordinary name. */
export const helloFlood = (count: number): Bytes[] =>
  initials(count, concat(cryptoFrame(0, clientHello('www.example.com')), new Uint8Array(900)));

/** Long headers of a random version and with random connection IDs of 20 bytes; nothing in them can be opened. */
export const headerFlood = (count: number): Bytes[] =>
  many(count, (i) =>
    concat(u8(0xc0), u32(0xf000_0000 + i), u8(20), randomBytes(20), u8(20), randomBytes(20), randomBytes(20)),
  );
