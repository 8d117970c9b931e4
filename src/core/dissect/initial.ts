// An Initial that the decoder opened, opened once more, and what it holds: frames, and TLS messages in them.
import { PACKET_TYPE, QUIC_VERSION } from '../native/abi.gen.js';
import type { Decoded } from '../quic/decoder.js';
import { type CryptoFrame, readFrames, readGoogleFrames } from '../quic/frames.js';
import { GUESSED_VERSION, initialKeys, initialPlace, openPacket } from '../quic/protection.js';
import type { RecordView } from '../recorder/record.js';
import type { FieldTree, GrowingField } from './field.js';
import { FieldReader } from './field-reader.js';
import { dissectMessages } from './tls.js';

/** A packet without its protection. */
export interface OpenedAgain {
  packetNumber: number;
  /** Up to and with the packet number. */
  header: Uint8Array;
  /** Its frames. */
  payload: Uint8Array;
}

/** Null: it was not opened, or these are not its bytes. */
export function openAgain(view: RecordView, frame: Uint8Array, decoded: Decoded | null): OpenedAgain | null {
  if (typeof decoded?.keySource !== 'string' || decoded.packetNumber === null) return null;
  const side = view.fromServer ? 'server' : 'client';
  const version = view.type === PACKET_TYPE.TYPE_UNKNOWN ? GUESSED_VERSION : view.version;
  const keys = initialKeys(version, Buffer.from(decoded.keySource, 'hex'), side);
  const packet = frame.subarray(view.packetOffset, view.packetOffset + view.packetLength);
  const place = initialPlace(view, packet);
  if (!keys || !place) return null;
  const [numberOffset, packetEnd] = place;
  const opened = openPacket(keys, packet.subarray(0, packetEnd), numberOffset, decoded.packetNumber - 1);
  if (!opened) return null;
  const { packetNumber, bytes, payloadOffset, end } = opened;
  return { packetNumber, header: bytes.subarray(0, payloadOffset), payload: bytes.subarray(payloadOffset, end) };
}

/** Bytes of the CRYPTO stream from its beginning, as far as this packet alone has them. */
function beginning(crypto: readonly CryptoFrame[]): Uint8Array {
  // No more than all frames together can be contiguous. Bytes that come twice are those that came first.
  const stream = new Uint8Array(crypto.reduce((sum, { data }) => sum + data.length, 0));
  const isThere = new Uint8Array(stream.length);
  for (const { offset, data } of crypto) {
    for (let i = 0, at = offset; i < data.length && at < stream.length; i++, at++) {
      if (isThere[at] === 0) stream[at] = data[i] as number;
      isThere[at] = 1;
    }
  }
  const missing = isThere.indexOf(0);
  return missing === -1 ? stream : stream.subarray(0, missing);
}

const { QUIC_Q050, QUIC_T050, QUIC_T051 } = QUIC_VERSION;
/** Those that speak Google's frames. */
const GOOGLE = new Set<number>([QUIC_Q050, QUIC_T050, QUIC_T051]);

/** @param parent the encrypted payload's field */
export function dissectPayload(tree: FieldTree, parent: GrowingField, payload: Uint8Array, version: number): void {
  const source = tree.addSource('Decrypted Initial', payload);
  const read = GOOGLE.has(version) ? readGoogleFrames : readFrames;
  const { crypto } = read(payload, new FieldReader(tree, parent, source, payload));
  const frames = parent.children.filter((field) => field.source === source);
  for (const frame of frames) frame.label = [frame.label, ...frame.children.slice(1, 3).map(labelOf)].join(', ');
  // Its handshake is no TLS.
  if (version === QUIC_Q050) return;

  const whole = beginning(crypto);
  const first = crypto.find(({ offset }) => offset === 0);
  if (!first) {
    const text = 'The CRYPTO stream begins in another packet';
    if (crypto.length > 0) tree.add(parent.children, text, null, { source, from: 0, to: 0 }, 'plain');
  } else if (first.data.length >= whole.length) {
    const field = frames
      .flatMap(({ children }) => children)
      .find(({ from, to }) => isAt(payload, first.data, from, to));
    if (field) dissectMessages(new FieldReader(tree, field, source, first.data));
  } else {
    const stream = tree.addSource('CRYPTO stream of this packet', whole);
    const text = `${whole.length} bytes of this packet`;
    const place = { source: stream, from: 0, to: whole.length };
    const field = tree.add(parent.children, 'CRYPTO stream', text, place, 'plain');
    dissectMessages(new FieldReader(tree, field, stream, whole));
  }
}

const labelOf = ({ label }: GrowingField) => label;

const isAt = (source: Uint8Array, view: Uint8Array, from: number, to: number) =>
  view.byteOffset === source.byteOffset + from && view.length === to - from;
