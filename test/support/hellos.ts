// What a client's Initials tell, by the addon, and by a slow reading of the same bytes in TypeScript.
import { INITIAL_VERDICT, OPENED_INITIAL, PACKET_TYPE, QUIC_VERSION, RECORD } from '../../src/core/native/abi.gen.js';
import { type HelloValues, loadAddon } from '../../src/core/native/addon.js';
import { readClientHello } from '../../src/core/quic/client-hello.js';
import { readFrames, readGoogleFrames } from '../../src/core/quic/frames.js';
import { type DecodedIssue, initialIssueNames } from '../../src/core/quic/issues.js';
import { ja4 } from './ja4.js';
import { type Bytes, concat, u8, u32 } from './packets.js';
import { protect, protectionKeys } from './quic-client.js';
import { T051 } from './version-keys.js';

/** Bytes of a CRYPTO stream that are put together. */
export const CRYPTO_WINDOW = 16 * 1024;
const HANDSHAKE_HEADER = 4;
const CLIENT_HELLO = 1;
const MAX_NAME = 255;
const MAX_ALPN_NAMES = 16;
const MAX_REASON = 128;

const DCID = u8(1, 2, 3, 4, 5, 6, 7, 8);
const KEYS = new Map([QUIC_VERSION.QUIC_V1, T051].map((version) => [version as number, protectionKeys(version, DCID)]));
/** Shared: each reader is a client of its own. */
const decoder = new (loadAddon().InitialDecoder)(16);
let clients = 0;

const latin1 = (bytes: Bytes) => Buffer.from(bytes).toString('latin1');
const named = ([sni, alpn, alpnMore, ja4, ech]: HelloValues) => ({ sni, alpn, alpnMore, ja4, ech });

/** Reads the payloads of one client's Initials, one after the other. @param version version 1, or T051 */
export function payloadReader(version: number = QUIC_VERSION.QUIC_V1) {
  const keys = KEYS.get(version);
  if (!keys) throw new Error(`version ${version}`);
  const opened = new DataView(new ArrayBuffer(OPENED_INITIAL.SIZE));
  const record = new Uint8Array(RECORD.SIZE);
  const fields = new DataView(record.buffer);
  fields.setUint32(RECORD.version, version, true);
  fields.setUint8(RECORD.type, PACKET_TYPE.TYPE_INITIAL);
  fields.setUint8(RECORD.dcid_length, DCID.length);
  fields.setUint32(RECORD.src, clients++, true);
  record.set(DCID, RECORD.dcid);
  let packetNumber = 0;
  return (payload: Bytes) => {
    const length = 4 + payload.length + 16;
    const header = concat(
      u8(0xc3),
      u32(version),
      u8(DCID.length),
      DCID,
      u8(0, 0),
      u32(0x80000000 + length),
      u32(packetNumber),
    );
    const packet = protect(keys, header, packetNumber++, payload);
    fields.setUint16(RECORD.packet_length, packet.length, true);
    const verdict = decoder.decode(record, packet, true, new Uint8Array(opened.buffer));
    if (verdict !== INITIAL_VERDICT.OPENED) throw new Error(`not opened: ${verdict}`);
    const varint = (at: number) => Number(opened.getBigUint64(at, true));
    const { reason } = OPENED_INITIAL;
    return {
      largestAcknowledged: opened.getUint8(OPENED_INITIAL.has_ack) ? varint(OPENED_INITIAL.largest_acknowledged) : null,
      close: opened.getUint8(OPENED_INITIAL.has_close)
        ? {
            errorCode: varint(OPENED_INITIAL.error_code),
            frameType: varint(OPENED_INITIAL.error_frame_type),
            reason: latin1(
              new Uint8Array(opened.buffer, reason).subarray(0, opened.getUint8(OPENED_INITIAL.reason_length)),
            ),
          }
        : null,
      issues: [...initialIssueNames(opened.getUint32(OPENED_INITIAL.issues, true))],
      hello: opened.getUint8(OPENED_INITIAL.has_hello) ? named(decoder.hello() as HelloValues) : null,
    };
  };
}

/** The frames of a payload in the addon's words: what is wrong with them. */
export const payloadIssues = (payload: Bytes) => payloadReader()(payload).issues;

/** What payloadReader() says of a connection's first payload, by other means. */
export function slowlyRead(payload: Bytes, version?: number): ReturnType<ReturnType<typeof payloadReader>> {
  const { crypto, largestAcknowledged, close, issues } = (version === T051 ? readGoogleFrames : readFrames)(payload);
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
  if (close && close.reason.length > MAX_REASON) issues.push('reason_too_long');
  const kept = close && { ...close, reason: latin1(close.reason.subarray(0, MAX_REASON)) };
  const said = { largestAcknowledged, close: kept, issues };
  return { ...said, hello: bytes.length < HANDSHAKE_HEADER ? null : helloOf(Buffer.from(bytes), issues) };
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
