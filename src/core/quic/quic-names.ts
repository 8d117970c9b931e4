// Names of QUIC's code points (RFC 9000 sections 12.4 and 20.1, RFC 9368).
import { hex8, type Names, nameAndCode } from './code-names.js';
import { alertName } from './tls-names.js';

/** Those that an Initial may have. */
export const FRAME = { padding: 0, ping: 1, ack: 2, ackEcn: 3, crypto: 6, connectionClose: 28 } as const;
const FRAMES: Names = {
  [FRAME.padding]: 'PADDING',
  [FRAME.ping]: 'PING',
  [FRAME.ack]: 'ACK',
  [FRAME.ackEcn]: 'ACK_ECN',
  4: 'RESET_STREAM',
  5: 'STOP_SENDING',
  [FRAME.crypto]: 'CRYPTO',
  7: 'NEW_TOKEN',
  16: 'MAX_DATA',
  17: 'MAX_STREAM_DATA',
  18: 'MAX_STREAMS (bidirectional)',
  19: 'MAX_STREAMS (unidirectional)',
  20: 'DATA_BLOCKED',
  21: 'STREAM_DATA_BLOCKED',
  22: 'STREAMS_BLOCKED (bidirectional)',
  23: 'STREAMS_BLOCKED (unidirectional)',
  24: 'NEW_CONNECTION_ID',
  25: 'RETIRE_CONNECTION_ID',
  26: 'PATH_CHALLENGE',
  27: 'PATH_RESPONSE',
  [FRAME.connectionClose]: 'CONNECTION_CLOSE',
  29: 'CONNECTION_CLOSE (application)',
  30: 'HANDSHAKE_DONE',
};

const frame = (type: number) => (type >= 0x08 && type <= 0x0f ? 'STREAM' : FRAMES[type]);
export const frameName = (type: number) => frame(type) ?? `Unknown frame ${hex8(type)}`;
export const frameType = nameAndCode(frame, hex8);

/** Those of Google's QUIC that a client begins with. */
export const GOOGLE_FRAME = { padding: 0, ping: 7, crypto: 8 } as const;
const GOOGLE_FRAMES: Names = {
  [GOOGLE_FRAME.padding]: 'PADDING',
  [GOOGLE_FRAME.ping]: 'PING',
  [GOOGLE_FRAME.crypto]: 'CRYPTO',
};
const googleFrame = (type: number) => GOOGLE_FRAMES[type];
export const googleFrameName = (type: number) => googleFrame(type) ?? `Frame ${hex8(type)}`;
export const googleFrameType = nameAndCode(googleFrame, hex8);

const ERRORS: Names = {
  0: 'NO_ERROR',
  1: 'INTERNAL_ERROR',
  2: 'CONNECTION_REFUSED',
  3: 'FLOW_CONTROL_ERROR',
  4: 'STREAM_LIMIT_ERROR',
  5: 'STREAM_STATE_ERROR',
  6: 'FINAL_SIZE_ERROR',
  7: 'FRAME_ENCODING_ERROR',
  8: 'TRANSPORT_PARAMETER_ERROR',
  9: 'CONNECTION_ID_LIMIT_ERROR',
  10: 'PROTOCOL_VIOLATION',
  11: 'INVALID_TOKEN',
  12: 'APPLICATION_ERROR',
  13: 'CRYPTO_BUFFER_EXCEEDED',
  14: 'KEY_UPDATE_ERROR',
  15: 'AEAD_LIMIT_REACHED',
  16: 'NO_VIABLE_PATH',
  17: 'VERSION_NEGOTIATION_ERROR',
};

/** Of a transport error that comes from TLS, which is 0x100 and the alert. */
export const tlsAlert = (code: number) => (code >= 0x100 && code <= 0x1ff ? alertName(code & 0xff) : undefined);

/** A transport error, without its alert. */
export const errorName = (code: number) => (tlsAlert(code) === undefined ? ERRORS[code] : 'CRYPTO_ERROR');

/** A transport error (RFC 9000 section 20.1), with its alert. */
export const errorCode = nameAndCode((code) => {
  const alert = tlsAlert(code);
  return alert === undefined ? errorName(code) : `${errorName(code)} ${alert}`;
}, hex8);
