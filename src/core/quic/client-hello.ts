// The TLS ClientHello (RFC 8446 section 4.1.2), as far as it says what a client wants and who it is.
import { ByteReader } from './byte-reader.js';

const EXTENSION = {
  serverName: 0x0000,
  signatureAlgorithms: 0x000d,
  alpn: 0x0010,
  supportedVersions: 0x002b,
  encryptedClientHello: 0xfe0d,
} as const;
const HOST_NAME = 0;

/** Names are bytes: nobody has checked what they hold. Lists are in the order of the wire, GREASE included. */
export interface ClientHello {
  legacyVersion: number;
  cipherSuites: number[];
  extensions: number[];
  sni: Uint8Array | null;
  /** Null without the extension. */
  alpn: Uint8Array[] | null;
  signatureAlgorithms: number[];
  supportedVersions: number[];
  /** It has the encrypted_client_hello extension: then `sni` is the outer name. */
  ech: boolean;
  /** Something in it was cut or left over; the fields are what could be read. */
  malformed: boolean;
}

function readServerName(body: ByteReader): Uint8Array | null {
  const list = body.vector16();
  body.whole &&= list.whole;
  while (list.left > 0) {
    const type = list.u8();
    const name = list.take(list.u16());
    if (list.whole && type === HOST_NAME) return name;
  }
  body.whole = false;
  return null;
}

function readAlpn(body: ByteReader): Uint8Array[] {
  const list = body.vector16();
  const names: Uint8Array[] = [];
  while (list.left > 0) {
    const name = list.take(list.u8());
    if (list.whole) names.push(name);
  }
  body.whole &&= list.whole;
  return names;
}

function readNumbers(body: ByteReader, list: ByteReader): number[] {
  const numbers = list.u16List();
  body.whole &&= list.whole;
  return numbers;
}

/** Whether the extension's body was read without a fault. */
function readExtension(type: number, body: ByteReader, hello: ClientHello): boolean {
  if (type === EXTENSION.serverName) hello.sni = readServerName(body);
  else if (type === EXTENSION.alpn) hello.alpn = readAlpn(body);
  else if (type === EXTENSION.signatureAlgorithms) hello.signatureAlgorithms = readNumbers(body, body.vector16());
  else if (type === EXTENSION.supportedVersions) hello.supportedVersions = readNumbers(body, body.vector8());
  else if (type === EXTENSION.encryptedClientHello) hello.ech = true;
  return body.whole;
}

/** Reads a ClientHello without its handshake header; never throws. */
export function readClientHello(message: Uint8Array): ClientHello {
  const reader = new ByteReader(message);
  const legacyVersion = reader.u16();
  reader.take(32); // random
  reader.vector8(); // session id
  const suites = reader.vector16();
  const hello: ClientHello = {
    legacyVersion,
    cipherSuites: suites.u16List(),
    extensions: [],
    sni: null,
    alpn: null,
    signatureAlgorithms: [],
    supportedVersions: [],
    ech: false,
    malformed: !suites.whole,
  };
  reader.vector8(); // compression methods
  if (reader.left > 0) {
    const extensions = reader.vector16();
    const seen = new Set<number>();
    while (extensions.left > 0) {
      const type = extensions.u16();
      const body = extensions.vector16();
      if (!extensions.whole) break;
      hello.extensions.push(type);
      // No type may come twice: of those that do, the first is read.
      if (seen.has(type) || !readExtension(type, body, hello)) hello.malformed = true;
      seen.add(type);
    }
    if (!extensions.whole || reader.left > 0) hello.malformed = true;
  }
  if (!reader.whole) hello.malformed = true;
  return hello;
}
