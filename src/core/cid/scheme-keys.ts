// The keys by which connection IDs are opened, from the files of the software that encrypts them. Errors never show what
// is in such a file.
import { createHash, createHmac, hkdfSync } from 'node:crypto';

/** Bytes of an AES-128 key. */
export const KEY_LENGTH = 16;

/** A key, and byte 0 of the CIDs that it opens, as far as that tells. */
export interface CidKey {
  first: number;
  key: Uint8Array;
}

/** Lines of nghttpx's secret file that count. */
const NGHTTPX_LINES = 8;
/** Tickets that h2o keeps, at most: a rotation has a few. */
const H2O_TICKETS = 16;

/** @param text 32 hex digits; white space around them does not matter @throws RangeError */
export function keyOf(text: string): Uint8Array {
  const digits = text.trim();
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new RangeError('a key is 32 hex digits (AES-128), and nothing else');
  return usable(Buffer.from(digits, 'hex'));
}

/** A key of zeros stands for none in the addon; nobody should encrypt with it. */
function usable(key: Uint8Array): Uint8Array {
  if (key.every((byte) => byte === 0)) throw new RangeError('a key must not be all zeros');
  return key;
}

/** Of several for the same CIDs the first is used. */
const firstOfEach = (keys: readonly CidKey[]): CidKey[] =>
  keys.filter(({ first }, i) => keys.findIndex((each) => each.first === first) === i);

/** Digits of a line of nghttpx: 4 reserved bytes, 32 of a secret, 32 of a salt. */
const NGHTTPX_DIGITS = 2 * (4 + 32 + 32);

/**
 * nghttpx --frontend-quic-secret-file: on each line 4 reserved bytes, whose first three bits are the key's id, 32 bytes of a
 * secret and 32 of a salt, in hex (nghttp2 src/shrpx_config.cc, which takes no blanks and no carriage returns). The first
 * line encrypts, the first eight decrypt. @throws RangeError
 */
export function nghttpxKeys(text: string): CidKey[] {
  const lines = text
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new RangeError('no line has a secret');
  const keys = lines.slice(0, NGHTTPX_LINES).map(({ line, number }) => {
    if (line.length !== NGHTTPX_DIGITS)
      throw new RangeError(`line ${number} has ${line.length} characters instead of ${NGHTTPX_DIGITS} hex digits`);
    if (!/^[0-9a-f]+$/i.test(line)) throw new RangeError(`line ${number} has other characters than hex digits`);
    const bytes = Buffer.from(line, 'hex');
    const key = hkdfSync(
      'sha256',
      bytes.subarray(4, 36),
      bytes.subarray(36),
      'connection id encryption key',
      KEY_LENGTH,
    );
    return { first: (bytes[0] as number) & 0xe0, key: new Uint8Array(key) };
  });
  return firstOfEach(keys);
}

/** HKDF-Expand-Label (RFC 8446 section 7.1) for one block of SHA-256, without the prefix "tls13 ", as picotls can. */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const info = Buffer.concat([
    Buffer.from([length >> 8, length & 0xff, label.length]),
    Buffer.from(label),
    // No context; the first block.
    Buffer.from([0, 1]),
  ]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

/**
 * h2o's session tickets, a list of name and key in hex (src/ssl.c, quicly lib/defaults.c); byte 0 of a CID is that of the
 * ticket's name. @param tickets what is in its file, all scalars as text @throws RangeError
 */
export function h2oKeys(tickets: unknown): CidKey[] {
  if (!Array.isArray(tickets) || tickets.length === 0) throw new RangeError('it is not a list of session tickets');
  const keys = tickets.slice(0, H2O_TICKETS).map((ticket: unknown, i) => {
    const { name, key } = (ticket ?? {}) as { name?: unknown; key?: unknown };
    const [nameDigits, keyDigits] = [String(name), String(key)];
    if (!/^([0-9a-f]{2})+$/i.test(nameDigits) || !/^([0-9a-f]{2})+$/i.test(keyDigits)) {
      throw new RangeError(`ticket ${i + 1} has no name and key in hex`);
    }
    const secret = Buffer.from(keyDigits, 'hex');
    // HMAC hashes what is longer than a block, too; between 32 bytes and that it makes a difference.
    const material = secret.length > 32 ? createHash('sha256').update(secret).digest() : secret;
    return { first: Number.parseInt(nameDigits.slice(0, 2), 16), key: expandLabel(material, 'cid', KEY_LENGTH) };
  });
  return firstOfEach(keys);
}
