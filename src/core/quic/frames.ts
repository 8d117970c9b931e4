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

export interface CloseFrame {
  errorCode: number;
  frameType: number;
  reason: Uint8Array;
}

export interface Frames {
  /** In the order of the packet. */
  crypto: CryptoFrame[];
  /** Of all ACK frames. */
  largestAcknowledged: number | null;
  /** The first one. */
  close: CloseFrame | null;
  issues: DecodedIssue[];
}

const nothing = (payload: Uint8Array): Frames => ({
  crypto: [],
  largestAcknowledged: null,
  close: null,
  issues: payload.length === 0 ? ['no_frames'] : [],
});

function readAck(reader: ByteReader, ecn: boolean, frames: Frames): void {
  const largest = reader.varint('Largest Acknowledged');
  reader.varint('ACK Delay');
  const ranges = reader.varint('ACK Range Count');
  reader.varint('First ACK Range');
  // A count that the packet does not hold ends with the packet.
  for (let i = 0; i < ranges && reader.whole; i++) {
    reader.varint('Gap');
    reader.varint('ACK Range Length');
  }
  if (ecn) {
    reader.varint('ECT(0) Count');
    reader.varint('ECT(1) Count');
    reader.varint('ECN-CE Count');
  }
  if (reader.whole) frames.largestAcknowledged = Math.max(frames.largestAcknowledged ?? 0, largest);
}

function readClose(reader: ByteReader, frames: Frames): void {
  const code = reader.varint('Error Code', errorCode);
  const type = reader.varint('Error Frame Type', frameType);
  const reason = reader.take(reader.varint('Reason Phrase Length'), 'Reason Phrase', printableBytes);
  if (reader.whole) frames.close ??= { errorCode: code, frameType: type, reason };
}

/** Behind the type; both kinds of QUIC have it alike. */
function readCrypto(reader: ByteReader, { crypto }: Frames): void {
  const offset = reader.varint('Offset');
  const data = reader.take(reader.varint('Length'), 'Crypto Data');
  if (reader.whole) crypto.push({ offset, data });
}

/**
 * Reads frames up to the first that is cut or has no place in an Initial; never throws.
 * @param reader reads the payload, and may make fields of it
 */
export function readFrames(payload: Uint8Array, reader = new ByteReader(payload)): Frames {
  const frames = nothing(payload);
  while (reader.left > 0) {
    if (reader.skip(FRAME.padding, 'PADDING') > 0) continue;
    reader.begin('Frame');
    const type = reader.varint('Frame Type', frameType);
    reader.title(frameName, type);
    if (type === FRAME.ack || type === FRAME.ackEcn) {
      readAck(reader, type === FRAME.ackEcn, frames);
    } else if (type === FRAME.crypto) {
      readCrypto(reader, frames);
    } else if (type === FRAME.connectionClose) {
      readClose(reader, frames);
    } else if (type !== FRAME.ping && reader.whole) {
      frames.issues.push('frame_not_allowed');
      reader.rest('Not read');
      break;
    }
    reader.end();
  }
  if (!reader.whole) frames.issues.push('frame_malformed');
  return frames;
}

/** The same of Google's QUIC, as far as read_google_frames of the addon reads it. */
export function readGoogleFrames(payload: Uint8Array, reader = new ByteReader(payload)): Frames {
  const frames = nothing(payload);
  while (reader.left > 0) {
    if (reader.skip(GOOGLE_FRAME.padding, 'PADDING') > 0) continue;
    reader.begin('Frame');
    const type = reader.u8('Frame Type', googleFrameType);
    reader.title(googleFrameName, type);
    if (type === GOOGLE_FRAME.crypto) {
      readCrypto(reader, frames);
    } else if (type !== GOOGLE_FRAME.ping) {
      reader.rest('Not read');
      break;
    }
    reader.end();
  }
  if (!reader.whole) frames.issues.push('frame_malformed');
  return frames;
}
