// Why an endpoint ended a connection: its CONNECTION_CLOSE (RFC 9000 section 19.19), and how that is written.
import { hex8 } from './code-names.js';
import { errorName, frameType, tlsAlert } from './quic-names.js';

export interface Close {
  /** A transport error code (RFC 9000 section 20.1), of up to 62 bits. */
  readonly errorCode: bigint;
  /** Of the frame that is to blame; 0: the endpoint does not say. */
  readonly frameType: number;
  /** The reason phrase, safe to print; of one that is too long the first bytes. */
  readonly reason: string;
}

const nameOf = ({ errorCode }: Close) => errorName(Number(errorCode));
const alertOf = ({ errorCode }: Close) => tlsAlert(Number(errorCode));

/** `CRYPTO_ERROR 0x178`, or `0x1234` where nobody named the code. */
export function errorText(close: Close): string {
  const [name, code] = [nameOf(close), hex8(close.errorCode)];
  return name === undefined ? code : `${name} ${code}`;
}

/** All that the error is called: its text, its name, its code in hex, its TLS alert. */
export function errorNames(close: Close): string[] {
  const parts = [nameOf(close), hex8(close.errorCode), alertOf(close)];
  return [errorText(close), ...parts.filter((part) => part !== undefined)];
}

/** The code in hex, and what the endpoint says of it; if nothing, what the code is called, or ''. */
export function closeTexts(close: Close): [code: string, why: string] {
  return [hex8(close.errorCode), close.reason || (alertOf(close) ?? nameOf(close) ?? '')];
}

/** All of it: `CRYPTO_ERROR 0x178 (no_application_protocol), by CRYPTO (0x06): no application protocol`. */
export function fullCloseText(close: Close): string {
  const alert = alertOf(close);
  const blamed = close.frameType === 0 ? '' : `, by ${frameType(close.frameType)}`;
  const reason = close.reason === '' ? '' : `: ${close.reason}`;
  return `${errorText(close)}${alert === undefined ? '' : ` (${alert})`}${blamed}${reason}`;
}
