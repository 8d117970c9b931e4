// The frames of an Initial packet (RFC 9000 sections 12.4 and 19).
import { ByteReader } from './byte-reader.js';
import type { DecodedIssue } from './issues.js';

const FRAME = { padding: 0x00, ping: 0x01, ack: 0x02, ackEcn: 0x03, crypto: 0x06, connectionClose: 0x1c } as const;

export interface CryptoFrame {
  offset: number;
  data: Uint8Array;
}

export interface Frames {
  /** In the order of the packet. */
  crypto: CryptoFrame[];
  issues: DecodedIssue[];
}

function readAck(reader: ByteReader, ecn: boolean): void {
  reader.varint(); // largest acknowledged
  reader.varint(); // delay
  const ranges = reader.varint();
  reader.varint(); // first range
  // A count that the packet does not hold ends with the packet.
  for (let i = 0; i < ranges && reader.whole; i++) {
    reader.varint();
    reader.varint();
  }
  for (let i = 0; ecn && i < 3; i++) reader.varint();
}

/** Reads frames up to the first that is cut or has no place in an Initial; never throws. */
export function readFrames(payload: Uint8Array): Frames {
  const reader = new ByteReader(payload);
  const crypto: CryptoFrame[] = [];
  const issues: DecodedIssue[] = payload.length === 0 ? ['no_frames'] : [];
  while (reader.left > 0) {
    if (reader.skip(FRAME.padding) > 0) continue;
    const type = reader.varint();
    if (type === FRAME.ack || type === FRAME.ackEcn) {
      readAck(reader, type === FRAME.ackEcn);
    } else if (type === FRAME.crypto) {
      const offset = reader.varint();
      const data = reader.take(reader.varint());
      if (reader.whole) crypto.push({ offset, data });
    } else if (type === FRAME.connectionClose) {
      reader.varint(); // error
      reader.varint(); // frame type
      reader.take(reader.varint()); // reason
    } else if (type !== FRAME.ping && reader.whole) {
      issues.push('frame_not_allowed');
      break;
    }
  }
  if (!reader.whole) issues.push('frame_malformed');
  return { crypto, issues };
}
