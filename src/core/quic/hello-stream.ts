// Takes the ClientHellos out of a client's CRYPTO frames: one, and a second after a HelloRetryRequest.
import { type ClientHello, readClientHello } from './client-hello.js';
import { CRYPTO_WINDOW, CryptoStream } from './crypto-stream.js';
import type { CryptoFrame } from './frames.js';
import type { DecodedIssue } from './issues.js';
import { HANDSHAKE } from './tls-names.js';

const HANDSHAKE_HEADER = 4;
const MAX_HELLOS = 2;

export class HelloStream {
  private stream: CryptoStream | null = new CryptoStream();
  private hellos = 0;
  private forgotten = false;

  /** Bytes of memory that wait for the rest of a ClientHello, about. */
  get size(): number {
    return this.stream?.size ?? 0;
  }

  /** Lets go of what came, and reads no more. */
  forget(): void {
    this.stream = null;
    this.forgotten = true;
  }

  /** Adds a packet's frames. Returns the ClientHello that they complete, if any; what is wrong goes to `issues`. */
  push(frames: readonly CryptoFrame[], issues: DecodedIssue[]): ClientHello | null {
    let whole = true;
    for (const { offset, data } of frames) whole = (this.stream?.write(offset, data) ?? true) && whole;
    if (!whole) issues.push('crypto_beyond_limit');
    if (this.forgotten && frames.length > 0) issues.push('client_hello_forgotten');
    return this.stream && frames.length > 0 ? this.read(this.stream, issues) : null;
  }

  private read(stream: CryptoStream, issues: DecodedIssue[]): ClientHello | null {
    const bytes = stream.contiguous;
    if (bytes.length < HANDSHAKE_HEADER) return null;
    const [type, high, middle, low] = bytes as unknown as [number, number, number, number];
    const end = HANDSHAKE_HEADER + high * 0x10000 + middle * 0x100 + low;
    if (type !== HANDSHAKE.clientHello || end > CRYPTO_WINDOW) {
      issues.push(type === HANDSHAKE.clientHello ? 'client_hello_too_long' : 'no_client_hello');
      this.stream = null; // nothing behind it can be told apart
      return null;
    }
    if (bytes.length < end) return null;
    const hello = readClientHello(bytes.slice(HANDSHAKE_HEADER, end));
    if (hello.malformed) issues.push('client_hello_malformed');
    this.hellos++;
    if (this.hellos === MAX_HELLOS) this.stream = null;
    else stream.consume(end);
    return hello;
  }
}
