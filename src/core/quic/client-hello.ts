// The TLS ClientHello (RFC 8446 section 4.1.2), as far as it says what a client wants and who it is.
import { printableBytes } from '../text/format.js';
import { ByteReader, type Show } from './byte-reader.js';
import { cipherSuite, EXTENSION, extensionName, extensionType, signatureAlgorithm, tlsVersion } from './tls-names.js';

const HOST_NAME = 0;

/**
 * Names are bytes: nobody has checked what they hold. Lists are in the order of the wire, GREASE included. The field tree
 * has no need of it: the tests compare it with what the addon reads (addon/quic/client_hello.h).
 */
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
  const list = body.vector16('Server Name List Length');
  body.whole &&= list.whole;
  while (list.left > 0) {
    const type = list.u8('Server Name Type');
    const name = list.take(list.u16('Server Name Length'), 'Server Name', printableBytes);
    if (list.whole && type === HOST_NAME) return name;
  }
  body.whole = false;
  return null;
}

function readAlpn(body: ByteReader): Uint8Array[] {
  const list = body.vector16('Protocol Name List Length');
  const names: Uint8Array[] = [];
  while (list.left > 0) {
    const name = list.take(list.u8('Protocol Name Length'), 'Protocol Name', printableBytes);
    if (list.whole) names.push(name);
  }
  body.whole &&= list.whole;
  return names;
}

function readNumbers(body: ByteReader, list: ByteReader, name: string, show: Show<number>): number[] {
  const numbers = list.u16List(name, show);
  body.whole &&= list.whole;
  return numbers;
}

/** Reads the body of an extension. */
export type ReadExtension = (type: number, body: ByteReader) => void;

/** Reads a list of extensions, of any TLS message. */
export function readExtensions(list: ByteReader, read: ReadExtension): void {
  while (list.left > 0) {
    list.begin('Extension');
    const type = list.u16('Type', extensionType);
    list.title(extensionName, type);
    const body = list.vector16('Length');
    if (body.whole) read(type, body);
    list.end();
  }
}

/** Whether the extension's body was read without a fault. `other` reads what a ClientHello does not need. */
function readExtension(type: number, body: ByteReader, hello: ClientHello, other: ReadExtension): boolean {
  if (type === EXTENSION.serverName) {
    hello.sni = readServerName(body);
  } else if (type === EXTENSION.alpn) {
    hello.alpn = readAlpn(body);
  } else if (type === EXTENSION.signatureAlgorithms) {
    const list = body.vector16('Signature Algorithms Length');
    hello.signatureAlgorithms = readNumbers(body, list, 'Signature Algorithm', signatureAlgorithm);
  } else if (type === EXTENSION.supportedVersions) {
    hello.supportedVersions = readNumbers(body, body.vector8('Versions Length'), 'Supported Version', tlsVersion);
  } else {
    if (type === EXTENSION.encryptedClientHello) hello.ech = true;
    other(type, body);
    return true;
  }
  return body.whole;
}

const nothing = () => {};

/**
 * Reads a ClientHello without its handshake header; never throws.
 * @param reader reads the message, and may make fields of it
 * @param other reads the extensions that nothing is taken from
 */
export function readClientHello(
  message: Uint8Array,
  reader = new ByteReader(message),
  other: ReadExtension = nothing,
): ClientHello {
  const legacyVersion = reader.u16('Legacy Version', tlsVersion);
  reader.take(32, 'Random');
  reader.take(reader.u8('Session ID Length'), 'Session ID');
  reader.begin('Cipher Suites');
  const suites = reader.vector16('Length');
  const hello: ClientHello = {
    legacyVersion,
    cipherSuites: suites.u16List('Cipher Suite', cipherSuite),
    extensions: [],
    sni: null,
    alpn: null,
    signatureAlgorithms: [],
    supportedVersions: [],
    ech: false,
    malformed: !suites.whole,
  };
  reader.end();
  reader.take(reader.u8('Compression Methods Length'), 'Compression Methods');
  if (reader.left > 0) {
    const extensions = reader.vector16('Extensions Length');
    const seen = new Set<number>();
    readExtensions(extensions, (type, body) => {
      hello.extensions.push(type);
      // No type may come twice: of those that do, the first is read.
      if (seen.has(type) || !readExtension(type, body, hello, other)) hello.malformed = true;
      seen.add(type);
      body.rest('Data');
    });
    if (!extensions.whole || reader.left > 0) hello.malformed = true;
  }
  if (!reader.whole) hello.malformed = true;
  return hello;
}
