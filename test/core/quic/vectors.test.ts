// RFC 9001 and RFC 9369, Appendix A: keys, packets both ways, Retry.
import { describe, expect, it } from 'vitest';
import { readClientHello } from '../../../src/core/quic/client-hello.js';
import { readFrames } from '../../../src/core/quic/frames.js';
import { initialKeys, type OpenedPacket, openPacket, type Side } from '../../../src/core/quic/protection.js';
import { readFixture } from '../../support/fixtures.js';
import { payloadReader } from '../../support/hellos.js';
import { concat, hex, u8, u32, unhex } from '../../support/packets.js';
import { initialSecret, packetKeys, protect, protectionKeys, sideSecret } from '../../support/quic-client.js';
import { MVFST_1, MVFST_2, Q050, retryTag, T050, T051, versionKeys } from '../../support/version-keys.js';

/** The frames of an opened packet. */
const payloadOf = (opened: OpenedPacket | null) =>
  opened?.bytes.subarray(opened.payloadOffset, opened.end) ?? new Uint8Array(0);

interface Secrets {
  secret: string;
  key: string;
  iv: string;
  hp: string;
}
interface Vector {
  rfc: string;
  version: string;
  client_dcid: string;
  initial_salt: string;
  initial_secret: string;
  client: Secrets;
  server: Secrets;
  client_initial: {
    crypto_frame: string;
    plaintext_length: number;
    packet_number: number;
    packet_number_length: number;
    header_unprotected: string;
    packet: string;
    expect: { sni: string; alpn: string[]; cipher_suites: string[] };
  };
  server_initial: {
    payload: string;
    packet_number: number;
    packet_number_length: number;
    header_unprotected: string;
    packet: string;
  };
  retry: { odcid: string; packet: string; tag: string; retry_key: string; retry_nonce: string };
}

function keysOf(version: number, dcid: Uint8Array, side: Side) {
  const keys = initialKeys(version, dcid, side);
  if (!keys) throw new Error('no such version');
  return keys;
}

const { vectors } = JSON.parse(readFixture('rfc-vectors.json').toString()) as { vectors: Vector[] };

describe.each(vectors)('$rfc', (vector) => {
  const parameters = versionKeys(Number(vector.version));
  if (!parameters) throw new Error('no such version');
  const dcid = unhex(vector.client_dcid);
  const version = Number(vector.version);
  const keys = { client: keysOf(version, dcid, 'client'), server: keysOf(version, dcid, 'server') };
  const sealing = {
    client: protectionKeys(Number(vector.version), dcid, 'client'),
    server: protectionKeys(Number(vector.version), dcid, 'server'),
  };

  it('keys', () => {
    expect(hex(parameters.salt)).toBe(vector.initial_salt);
    const initial = initialSecret(parameters, dcid);
    expect(hex(initial)).toBe(vector.initial_secret);
    for (const side of ['client', 'server'] as Side[]) {
      const { secret, key, iv, hp } = vector[side];
      expect(hex(keys[side])).toBe(key + iv + hp);
      expect(hex(sideSecret(initial, side))).toBe(secret);
      expect(hex(concat(sealing[side].key, sealing[side].iv, sealing[side].hp))).toBe(key + iv + hp);
    }
  });

  it("opens the client's Initial and reads its ClientHello", () => {
    const {
      packet,
      packet_number,
      header_unprotected,
      crypto_frame,
      plaintext_length,
      expect: said,
    } = vector.client_initial;
    const numberOffset = header_unprotected.length / 2 - vector.client_initial.packet_number_length;
    const opened = openPacket(keys.client, unhex(packet), numberOffset, -1);
    expect(opened).toMatchObject({ packetNumber: packet_number });
    const payload = payloadOf(opened);
    expect(hex(payload)).toBe(crypto_frame.padEnd(2 * plaintext_length, '0'));

    const { issues, hello } = payloadReader()(payload);
    expect(issues).toEqual([]);
    expect(hello).toMatchObject({ sni: said.sni, alpn: said.alpn });
    const [message] = readFrames(payload).crypto.map(({ data }) => data.subarray(4));
    expect(readClientHello(message as Uint8Array).cipherSuites).toEqual(said.cipher_suites.map(Number));
  });

  it("protects the client's Initial to the same bytes", () => {
    const { packet, packet_number, header_unprotected, crypto_frame, plaintext_length } = vector.client_initial;
    const payload = unhex(crypto_frame.padEnd(2 * plaintext_length, '0'));
    expect(hex(protect(sealing.client, unhex(header_unprotected), packet_number, payload))).toBe(packet);
  });

  it("opens the server's Initial, and protects it to the same bytes", () => {
    const { packet, packet_number, packet_number_length, header_unprotected, payload } = vector.server_initial;
    const numberOffset = header_unprotected.length / 2 - packet_number_length;
    const opened = openPacket(keys.server, unhex(packet), numberOffset, -1);
    expect(opened?.packetNumber).toBe(packet_number);
    expect(hex(payloadOf(opened))).toBe(payload);
    expect(readFrames(unhex(payload)).issues).toEqual([]);
    expect(hex(protect(sealing.server, unhex(header_unprotected), packet_number, unhex(payload)))).toBe(packet);
  });

  it('the Retry integrity tag', () => {
    const { odcid, packet, tag, retry_key, retry_nonce } = vector.retry;
    const { retry } = parameters;
    if (!retry) throw new Error('no retry keys');
    expect([hex(retry.key), hex(retry.nonce)]).toEqual([retry_key, retry_nonce]);
    expect(hex(retryTag(retry, unhex(odcid), unhex(packet).subarray(0, -16)))).toBe(tag);
  });

  it('does not open a packet of which any part was changed', () => {
    const { packet, header_unprotected, packet_number_length } = vector.server_initial;
    const numberOffset = header_unprotected.length / 2 - packet_number_length;
    for (let i = 0; i < packet.length / 2; i++) {
      const changed = unhex(packet);
      changed[i] = (changed[i] as number) ^ 1;
      expect(openPacket(keys.server, changed, numberOffset, -1)).toBeNull();
    }
  });
});

// The drafts have no vectors of the packets, but say what key and nonce of the Retry tag were made of.
it.each([
  [0xff000019, '656e61e336ae9417f7f0edd8d78d461e2aa7084aba7a14c1e9f726d55709169a'],
  [0xff00001d, '8b0d37eb8535022ebc8d76a207d80df22646ec06dc809642c30a8baa2baaff4c'],
  [0x709a50c4, '3425c20cf88779df2ff71e8abfa78249891e763bbed2f13c048343d348c060e2'],
])('Retry keys of version %i', (version, secret) => {
  const parameters = versionKeys(version);
  if (!parameters) throw new Error('no such version');
  const { key, iv } = packetKeys(parameters, unhex(secret));
  expect(parameters.retry).toEqual({ key, nonce: iv });
});

it('has keys for the versions whose types are known, and for no others', () => {
  const drafts = Array.from({ length: 10 }, (_, i) => 0xff000017 + i);
  const known = [1, 0x6b3343cf, 0x709a50c4, ...drafts, MVFST_1, MVFST_2, Q050, T050, T051];
  const dcid = u8(1, 2, 3, 4, 5, 6, 7, 8);
  for (const version of known) {
    const { key, iv, hp } = protectionKeys(version, dcid);
    expect(hex(keysOf(version, dcid, 'client'))).toBe(hex(concat(key, iv, hp)));
  }
  const unknown = [0, 2, 0x1a2a3a4a, 0xff000016, 0xff000021, 0xfaceb000, 0xfaceb003, 0x51303436, 0x54303532];
  expect(unknown.filter((version) => initialKeys(version, dcid, 'client'))).toEqual([]);
});

// RFC 9000 appendix A.3's example, and the edges of the window: only the right number opens the packet.
it.each([
  [0xa82f30ea, 2, 0xa82f9b32],
  [-1, 1, 0],
  [-1, 4, 0x12345678],
  [254, 1, 256],
  [256, 1, 255],
  [0xffffffff, 4, 0x100000000],
])('packet number: after %i, in %i bytes, it is %i', (largest, length, number) => {
  const dcid = u8(1, 2, 3, 4, 5, 6, 7, 8);
  const header = concat(
    u8(0xc0 | (length - 1)),
    u32(1),
    u8(0, 0, 0),
    u8(30),
    u32(number % 2 ** 32).subarray(4 - length),
  );
  const packet = protect(protectionKeys(1, dcid), header, number, new Uint8Array(20));
  const keys = keysOf(1, dcid, 'client');
  const opened = openPacket(keys, packet, header.length - length, largest);
  expect(opened?.packetNumber).toBe(number);
  expect(hex(opened?.bytes.subarray(0, opened.payloadOffset) ?? u8())).toBe(hex(header));
  expect(openPacket(keys, packet, header.length - length, number + 2 ** (8 * length))).toBeNull();
});

it('does not open what is shorter than its header says, whatever that says', () => {
  const keys = new Uint8Array(44);
  for (const offset of [0, 1, 17, 1200, 2 ** 32 - 1, -1])
    for (const size of [1, 19, 20, 21, 37]) expect(openPacket(keys, new Uint8Array(size), offset, -1)).toBeNull();
});
