// The frames of an Initial packet (RFC 9000 sections 12.4 and 19), and of Google's QUIC.
import { printableBytes } from '../text/format.js';
import { ByteReader } from './byte-reader.js';
import type { DecodedIssue } from './issues.js';
import {
  errorCode,
  FRAME,
  frameName,
  frameType,
  GOOGLE_FRAME,
  googleFrameName,
  googleFrameType,
} from './quic-names.js';

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
  reader.varint('Largest Acknowledged');
  reader.varint('ACK Delay');
  const ranges = reader.varint('ACK Range Count');
  reader.varint('First ACK Range');
  // A count that the packet does not hold ends with the packet.
  for (let i = 0; i < ranges && reader.whole; i++) {
    reader.varint('Gap');
    reader.varint('ACK Range Length');
  }
  if (!ecn) return;
  reader.varint('ECT(0) Count');
  reader.varint('ECT(1) Count');
  reader.varint('ECN-CE Count');
}

/** Behind the type; both kinds of QUIC have it alike. */
function readCrypto(reader: ByteReader, crypto: CryptoFrame[]): void {
  const offset = reader.varint('Offset');
  const data = reader.take(reader.varint('Length'), 'Crypto Data');
  if (reader.whole) crypto.push({ offset, data });
}

/**
 * Reads frames up to the first that is cut or has no place in an Initial; never throws.
 * @param reader reads the payload, and may make fields of it
 */
export function readFrames(payload: Uint8Array, reader = new ByteReader(payload)): Frames {
  const crypto: CryptoFrame[] = [];
  const issues: DecodedIssue[] = payload.length === 0 ? ['no_frames'] : [];
  while (reader.left > 0) {
    if (reader.skip(FRAME.padding, 'PADDING') > 0) continue;
    reader.begin('Frame');
    const type = reader.varint('Frame Type', frameType);
    reader.title(frameName, type);
    if (type === FRAME.ack || type === FRAME.ackEcn) {
      readAck(reader, type === FRAME.ackEcn);
    } else if (type === FRAME.crypto) {
      readCrypto(reader, crypto);
    } else if (type === FRAME.connectionClose) {
      reader.varint('Error Code', errorCode);
      reader.varint('Error Frame Type', frameType);
      reader.take(reader.varint('Reason Phrase Length'), 'Reason Phrase', printableBytes);
    } else if (type !== FRAME.ping && reader.whole) {
      issues.push('frame_not_allowed');
      reader.rest('Not read');
      break;
    }
    reader.end();
  }
  if (!reader.whole) issues.push('frame_malformed');
  return { crypto, issues };
}

/** The same of Google's QUIC, as far as read_google_frames of the addon reads it. */
export function readGoogleFrames(payload: Uint8Array, reader = new ByteReader(payload)): Frames {
  const crypto: CryptoFrame[] = [];
  const issues: DecodedIssue[] = payload.length === 0 ? ['no_frames'] : [];
  while (reader.left > 0) {
    if (reader.skip(GOOGLE_FRAME.padding, 'PADDING') > 0) continue;
    reader.begin('Frame');
    const type = reader.u8('Frame Type', googleFrameType);
    reader.title(googleFrameName, type);
    if (type === GOOGLE_FRAME.crypto) {
      readCrypto(reader, crypto);
    } else if (type !== GOOGLE_FRAME.ping) {
      reader.rest('Not read');
      break;
    }
    reader.end();
  }
  if (!reader.whole) issues.push('frame_malformed');
  return { crypto, issues };
}
