// TLS messages (RFC 8446 section 4) in the CRYPTO frames of Initials.

import type { ByteReader } from '../quic/byte-reader.js';
import { readClientHello, readExtensions } from '../quic/client-hello.js';
import {
  cipherSuite,
  EXTENSION,
  group,
  HANDSHAKE,
  handshakeName,
  handshakeType,
  pskMode,
  tlsVersion,
} from '../quic/tls-names.js';
import { readTransportParameters } from '../quic/transport-parameters.js';
import { hex } from '../text/format.js';
import type { FieldReader } from './field-reader.js';

/** The random of a ServerHello that is a HelloRetryRequest (RFC 8446 section 4.1.3). */
const RETRY_REQUEST = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** RFC 9849 section 5. */
function readEncryptedClientHello(body: ByteReader): void {
  const inner = body.u8('ClientHello Type', (type) => ['outer', 'inner'][type] ?? String(type));
  if (inner !== 0) return;
  body.u16('KDF');
  body.u16('AEAD');
  body.u8('Config ID');
  body.take(body.u16('Encapsulated Key Length'), 'Encapsulated Key');
  body.take(body.u16('Payload Length'), 'Payload');
}

function readKeyShare(list: ByteReader): void {
  list.u16('Group', group);
  list.take(list.u16('Key Exchange Length'), 'Key Exchange');
}

function readClientExtension(type: number, body: ByteReader): void {
  if (type === EXTENSION.supportedGroups) {
    body.vector16('Groups Length').u16List('Supported Group', group);
  } else if (type === EXTENSION.keyShare) {
    const shares = body.vector16('Key Shares Length');
    while (shares.left > 0) readKeyShare(shares);
  } else if (type === EXTENSION.pskKeyExchangeModes) {
    const modes = body.vector8('Modes Length');
    while (modes.left > 0) modes.u8('Mode', pskMode);
  } else if (type === EXTENSION.quicTransportParameters || type === EXTENSION.quicTransportParametersDraft) {
    readTransportParameters(body);
  } else if (type === EXTENSION.encryptedClientHello) {
    readEncryptedClientHello(body);
  }
}

function readServerExtension(type: number, body: ByteReader): void {
  if (type === EXTENSION.supportedVersions) body.u16('Supported Version', tlsVersion);
  // A HelloRetryRequest has the group alone.
  else if (type === EXTENSION.keyShare && body.left === 2) body.u16('Group', group);
  else if (type === EXTENSION.keyShare) readKeyShare(body);
  body.rest('Data');
}

function readServerHello(message: FieldReader): void {
  message.u16('Legacy Version', tlsVersion);
  if (hex(message.take(32, 'Random')) === RETRY_REQUEST) message.mark('HelloRetryRequest', null, 32);
  message.take(message.u8('Session ID Length'), 'Session ID');
  message.u16('Cipher Suite', cipherSuite);
  message.u8('Compression Method');
  readExtensions(message.vector16('Extensions Length'), readServerExtension);
}

/** Messages one after another, from the beginning of one; the last may go on in another packet. */
export function dissectMessages(reader: FieldReader): void {
  while (reader.left > 0) {
    const field = reader.begin('TLS message', null, 'summary');
    const type = reader.u8('Handshake Type', handshakeType);
    reader.title(handshakeName, type);
    const length = reader.u24('Length');
    const here = Math.min(length, reader.left);
    const message = reader.on(field, here);
    const body = reader.take(here);
    if (reader.whole && here < length) {
      message.cutRole = 'plain';
      reader.note('Goes on in other packets', `${here} of ${length} bytes are here`);
    }
    if (type === HANDSHAKE.clientHello) readClientHello(body, message, readClientExtension);
    else if (type === HANDSHAKE.serverHello) readServerHello(message);
    message.rest('Data');
    reader.end();
  }
}
