// What a client's Initials tell, by the addon, and by a slow reading of the same bytes in TypeScript.
import { loadAddon } from '../../src/core/native/addon.js';
import { readClientHello } from '../../src/core/quic/client-hello.js';
import { readFrames } from '../../src/core/quic/frames.js';
import { type DecodedIssue, initialIssueNames } from '../../src/core/quic/issues.js';
import { ja4 } from './ja4.js';
import type { Bytes } from './packets.js';

/** Bytes of a CRYPTO stream that are put together. */
export const CRYPTO_WINDOW = 16 * 1024;
const HANDSHAKE_HEADER = 4;
const CLIENT_HELLO = 1;
const MAX_NAME = 255;
const MAX_ALPN_NAMES = 16;

/** Reads the opened payloads of one client's Initials, one after the other. */
export function payloadReader() {
  const reader = new (loadAddon().HelloReader)(1);
  reader.begin(0);
  return (payload: Bytes) => {
    const issues = initialIssueNames(reader.read(0, payload, 0, payload.length), false);
    return { issues, hello: reader.hello() };
  };
}

/** The frames of a payload in the addon's words: what is wrong with them. */
export const payloadIssues = (payload: Bytes) => payloadReader()(payload).issues;

/** What payloadReader() says of a connection's first payload, by other means. */
export function slowlyRead(payload: Bytes): ReturnType<ReturnType<typeof payloadReader>> {
  const { crypto, issues } = readFrames(payload);
  const stream = new Map<number, number>();
  let beyond = false;
  for (const { offset, data } of crypto) {
    if (offset + data.length > CRYPTO_WINDOW) beyond = true;
    else {
      for (const [i, byte] of data.entries()) if (!stream.has(offset + i)) stream.set(offset + i, byte);
    }
  }
  if (beyond) issues.push('crypto_beyond_limit');
  const bytes: number[] = [];
  while (stream.has(bytes.length)) bytes.push(stream.get(bytes.length) as number);
  return { issues, hello: bytes.length < HANDSHAKE_HEADER ? null : helloOf(Buffer.from(bytes), issues) };
}

function helloOf(bytes: Buffer, issues: DecodedIssue[]) {
  const end = HANDSHAKE_HEADER + bytes.readUIntBE(1, 3);
  if (bytes[0] !== CLIENT_HELLO) issues.push('no_client_hello');
  else if (end > CRYPTO_WINDOW) issues.push('client_hello_too_long');
  else if (bytes.length >= end) return textsOf(bytes.subarray(HANDSHAKE_HEADER, end), issues);
  return null;
}

function textsOf(message: Bytes, issues: DecodedIssue[]) {
  const hello = readClientHello(message);
  if (hello.malformed) issues.push('client_hello_malformed');
  if (hello.sni && hello.sni.length > MAX_NAME) issues.push('sni_too_long');
  const names = (hello.alpn ?? []).map((name) => Buffer.from(name).toString('latin1'));
  const kept = names.filter((_, i) => i < MAX_ALPN_NAMES && names.slice(0, i + 1).join('').length <= MAX_NAME);
  if (kept.length < names.length) issues.push('alpn_too_long');
  return {
    sni: hello.sni && Buffer.from(hello.sni.subarray(0, MAX_NAME)).toString('latin1'),
    alpn: hello.alpn && kept,
    alpnMore: names.length - kept.length,
    ja4: ja4(hello),
    ech: hello.ech,
  };
}
