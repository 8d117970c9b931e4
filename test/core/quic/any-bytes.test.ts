// Whatever the bytes are: nothing throws, nothing takes long, nothing is made up.
import { expect, it } from 'vitest';
import { RECORD } from '../../../src/core/native/abi.gen.js';
import { Decoder } from '../../../src/core/quic/decoder.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { payloadReader, slowlyRead } from '../../support/hellos.js';
import { type Bytes, concat, u8, varint } from '../../support/packets.js';
import { clientHello, closeFrame, cryptoFrame, googleCryptoFrame, initial } from '../../support/quic-client.js';
import { random } from '../../support/random.js';
import { captureRecords } from '../../support/records.js';
import { T051 } from '../../support/version-keys.js';

const LETTERS = /^[\x20-\x5b\x5d-\x7e]*(\\x[0-9a-f]{2}[\x20-\x5b\x5d-\x7e]*)*$/;

const bytes = (next: (limit: number) => number, length: number): Bytes => Uint8Array.from({ length }, () => next(256));

/** Changes a few bytes, cuts the end off, or doubles a part. */
function damage(next: (limit: number) => number, whole: Bytes): Bytes {
  const damaged = whole.slice(0, next(4) === 0 ? next(whole.length + 1) : whole.length);
  for (let i = next(6); i > 0 && damaged.length > 0; i--) damaged[next(damaged.length)] = next(256);
  return next(8) === 0 ? concat(damaged, damaged.subarray(next(damaged.length + 1))) : damaged;
}

/** ACK and CONNECTION_CLOSE frames, in either order. */
function answer(next: (limit: number) => number): Bytes {
  const ack = concat(u8(2 + next(2)), varint(next(2 ** 30)), u8(0, 1, 2, 0, 1), u8(0, 0, 0).subarray(next(2) * 3));
  const close = closeFrame(2 ** next(40), bytes(next, next(200)), next(40));
  return concat(...(next(2) ? [ack, close] : [close, ack]));
}

it.each([
  ['RFC 9000', 1, cryptoFrame, 1],
  ["Google's QUIC", T051, googleCryptoFrame, 7],
])(
  'frames of %s and ClientHellos of any bytes: the addon reads what a slow reader does',
  (_, version, crypto, ping) => {
    const next = random(7);
    const hellos = [
      clientHello('any.example', ['h3', 'doq'], [[0xfe0d, u8(1)]]),
      clientHello(
        'n'.repeat(300),
        Array.from({ length: 40 }, (_, i) => `p${i}`),
        [[0x1a1a, u8()]],
      ),
    ];
    const pieces = (good: Bytes) => [40, 0, 90].map((from) => crypto(from, good.subarray(from, from + 60)));
    let [read, closed] = [0, 0];
    for (let i = 0; i < 100_000; i++) {
      const good = hellos[i % 2] as Bytes;
      const whole = i % 3 ? crypto(0, damage(next, good)) : concat(...pieces(good), crypto(150, good.subarray(150)));
      const more = i % 5 ? u8() : answer(next);
      const payload = i % 10 ? damage(next, concat(u8(ping, 0), more, whole, more)) : bytes(next, next(300));
      const { issues, ...said } = payloadReader(version)(payload);
      const slow = slowlyRead(payload, version);
      const hex = Buffer.from(payload).toString('hex');
      expect({ ...said, issues: issues.sort() }, hex).toEqual({ ...slow, issues: slow.issues.sort() });
      if (said.hello) read++;
      if (said.close && said.largestAcknowledged !== null) closed++;
    }
    expect(read).toBeGreaterThan(10_000);
    // Google's have other types.
    expect(closed > 1000).toBe(version === 1);
  },
);

it('packets that open and hold any bytes', () => {
  const next = random(11);
  const decoder = new Decoder({ connections: 16 });
  const view = new RecordView();
  const data = new DataView(view.words.buffer);
  for (let i = 0; i < 3000; i++) {
    const dcid = bytes(next, 8);
    const good = concat(closeFrame(0x178, 'any reason'), cryptoFrame(0, clientHello('any.example')));
    const packet = initial({ dcid, payload: i % 2 ? damage(next, good) : bytes(next, next(1100)) });
    view.words.fill(0);
    data.setUint32(RECORD.version, 1, true);
    data.setUint16(RECORD.packet_length, packet.length, true);
    data.setUint8(RECORD.dcid_length, dcid.length);
    data.setUint8(RECORD.type, 1);
    view.bytes.set(dcid, RECORD.dcid);
    const decoded = decoder.decode(view, () => packet);
    expect(decoded.decrypted).toBe(true);
    for (const text of [decoded.sni ?? '', ...(decoded.alpn ?? []), decoded.close?.reason ?? ''])
      expect(text).toMatch(LETTERS);
  }
});

it('records and frames that do not agree', async () => {
  const next = random(13);
  const decoder = new Decoder({ connections: 16 });
  const names = ['crafted-malformed', 'ngtcp2-retry', 'crafted-hello'];
  const all = (await Promise.all(names.map((name) => captureRecords(`${name}.pcap`)))).flat();
  for (let i = 0; i < 20_000; i++) {
    const { view, frame } = all[next(all.length)] as (typeof all)[0];
    const copy = new RecordView();
    copy.words.set(view.words);
    for (let changes = next(8); changes > 0; changes--) copy.bytes[next(RECORD.SIZE)] = next(256);
    const decoded = decoder.decode(copy, () => (next(10) === 0 ? null : damage(next, frame)));
    if (decoded.decrypted !== true)
      expect([decoded.packetNumber, decoded.sni, decoded.ja4, decoded.close]).toEqual([null, null, null, null]);
  }
});

it('a CRYPTO stream in the most costly pieces', () => {
  const read = payloadReader();
  const payloads = Array.from({ length: 200 }, (_, packet) =>
    concat(...Array.from({ length: 400 }, (_, i) => cryptoFrame(2 + ((i * 2 + packet) % 16_000), u8(1)))),
  );
  const started = performance.now();
  payloads.forEach(read);
  expect((performance.now() - started) / payloads.length).toBeLessThan(5);
});
