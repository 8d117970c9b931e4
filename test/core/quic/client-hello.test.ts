// CRYPTO streams, ClientHellos and JA4, whole, cut and made up.
import { describe, expect, it } from 'vitest';
import { readClientHello } from '../../../src/core/quic/client-hello.js';
import { readFrames } from '../../../src/core/quic/frames.js';
import { printableBytes } from '../../../src/core/text/format.js';
import { CRYPTO_WINDOW, payloadIssues, payloadReader } from '../../support/hellos.js';
import { type Bytes, concat, u8, u16, unhex } from '../../support/packets.js';
import { clientHello, cryptoFrame } from '../../support/quic-client.js';
import { random } from '../../support/random.js';

const body = (message: Bytes) => message.subarray(4);
const name = (bytes: Uint8Array | null | undefined) => bytes && printableBytes(bytes);

describe('a CRYPTO stream', () => {
  const letters = (from: number, count: number) =>
    String.fromCharCode(...Array.from({ length: count }, (_, i) => 0x21 + ((from + i * 7) % 90)));
  /** Names of which every byte comes back, and then what makes it long. */
  const long = clientHello(
    letters(0, 255),
    Array.from({ length: 15 }, (_, i) => letters(i, 17)),
    Array.from({ length: 700 }, (_, i) => [1000 + i, u8()]),
  );
  const whole = payloadReader()(cryptoFrame(0, long)).hello;
  const sniOf = (message: Bytes) => payloadReader()(cryptoFrame(0, message)).hello?.sni;

  it('is put in order, however its pieces overlap', () => {
    const next = random(1);
    expect(whole?.sni).toBe(letters(0, 255));
    expect(whole?.alpn?.[14]).toBe(letters(14, 17));
    for (let round = 0; round < 200; round++) {
      const read = payloadReader();
      for (let piece = 0; piece < 40; piece++) {
        const start = 1 + next(long.length - 1); // the first byte is missing until the end
        expect(read(cryptoFrame(start, long.subarray(start, start + next(400)))).hello).toBeNull();
      }
      expect(read(cryptoFrame(0, long))).toMatchObject({ issues: [], hello: whole });
    }
  });

  it('goes on behind a ClientHello, with a second one', () => {
    const [first, second] = [clientHello('first.example'), clientHello('second.example')];
    const both = concat(first, second);
    const read = payloadReader();
    const at = (from: number, to?: number) => read(cryptoFrame(from, both.subarray(from, to))).hello?.sni;
    expect(at(first.length + 20)).toBeUndefined();
    expect(at(0, first.length)).toBe('first.example');
    expect(at(first.length - 10, first.length + 40)).toBe('second.example');
    // There is no third.
    expect(read(cryptoFrame(both.length, first))).toMatchObject({ issues: [], hello: null });
  });

  it('keeps what came first', () => {
    const [one, other] = [clientHello('one.example'), clientHello('two.example')];
    const at = Buffer.from(one).indexOf('one');
    const read = payloadReader();
    read(cryptoFrame(at, one.subarray(at, at + 2)));
    expect(read(cryptoFrame(0, other)).hello?.sni).toBe('ono.example');
    expect(sniOf(other)).toBe('two.example');
  });

  it('has a window, and so many pieces', () => {
    const read = payloadReader();
    expect(read(cryptoFrame(CRYPTO_WINDOW - 1, u8(1))).issues).toEqual([]);
    expect(read(cryptoFrame(CRYPTO_WINDOW, u8(1))).issues).toEqual(['crypto_beyond_limit']);
    expect(read(unhex('06 ffffffffffffffff 01 00')).issues).toEqual(['crypto_beyond_limit']);
    expect(read(unhex('06 00 ffffffffffffffff 00')).issues).toEqual(['frame_malformed']);
    let kept = 0;
    for (let i = 1; i < 1000; i++) kept += Number(read(cryptoFrame(4 * i, u8(1))).issues.length === 0);
    expect(kept).toBe(511);
  });

  it('says what it is when it holds no ClientHello', () => {
    expect(payloadIssues(cryptoFrame(0, u8(2, 0, 0, 0)))).toEqual(['no_client_hello']);
    expect(payloadIssues(cryptoFrame(0, u8(1, 1, 0, 0)))).toEqual(['client_hello_too_long']);
    expect(payloadIssues(cryptoFrame(0, u8(1, 0, 0, 9)))).toEqual([]);
  });
});

describe('readFrames', () => {
  it('finds CRYPTO between all that an Initial may hold', () => {
    const ack = unhex('02 05 00 01 02 00 01');
    const ecn = unhex('03 05 00 00 05 01 02 03');
    const close = unhex('1c 0a 06 03 616263');
    const payload = concat(u8(0, 0, 1), ack, cryptoFrame(5, u8(9)), ecn, close, cryptoFrame(0, u8(8)), u8(0));
    const { crypto, largestAcknowledged, close: said, issues } = readFrames(payload);
    expect({ largestAcknowledged, said, issues }).toEqual({
      largestAcknowledged: 5,
      said: { errorCode: 10, frameType: 6, reason: unhex('616263') },
      issues: [],
    });
    expect(crypto.map(({ offset, data }) => [offset, ...data])).toEqual([
      [5, 9],
      [0, 8],
    ]);
  });

  it.each([
    ['a STREAM frame', '01 08', 'frame_not_allowed'],
    ['an application close', '1d 0000', 'frame_not_allowed'],
    ['a cut ACK', '02 05 00 ff', 'frame_malformed'],
    ['an ACK of many ranges', '02 05 00 bfffffff 00', 'frame_malformed'],
    ['a CRYPTO frame past the end', '06 00 44ff 01', 'frame_malformed'],
    ['a cut frame type', '40', 'frame_malformed'],
    ['nothing', '', 'no_frames'],
  ])('%s', (_, digits, issue) => {
    expect(readFrames(unhex(digits)).issues).toEqual([issue]);
    expect(payloadIssues(unhex(digits))).toEqual([issue]);
  });
});

describe('readClientHello', () => {
  it('reads names as bytes', () => {
    const hello = readClientHello(body(clientHello('\x1b]0;é\\\x07', ['h3', '\x00\xff'])));
    expect(hello.malformed).toBe(false);
    expect(name(hello.sni)).toBe('\\x1b]0;\\xc3\\xa9\\x5c\\x07');
    expect(hello.alpn?.map(name)).toEqual(['h3', '\\x00\\xc3\\xbf']);
  });

  it('without name and protocols', () => {
    const hello = readClientHello(body(clientHello(null, [])));
    expect(hello).toMatchObject({ sni: null, alpn: null, ech: false, malformed: false });
  });

  it('sees ECH', () => {
    expect(readClientHello(body(clientHello('outer.example', ['h3'], [[0xfe0d, u8(0)]]))).ech).toBe(true);
  });

  it('of two extensions of a type reads the first, and says so', () => {
    const second = concat(u16(6), u8(0), u16(3), Buffer.from('bad'));
    const hello = readClientHello(body(clientHello('good', ['h3'], [[0, second]])));
    expect([name(hello.sni), hello.malformed]).toEqual(['good', true]);
  });

  it('cut anywhere is malformed, and gives no name that is not there', () => {
    const whole = body(clientHello('cut.example'));
    for (let size = 0; size < whole.length; size++) {
      const hello = readClientHello(whole.subarray(0, size));
      // What ends behind the compression methods is the ClientHello of an old TLS version, without extensions.
      expect(hello.malformed).toBe(size !== 45);
      expect([undefined, null, 'cut.example']).toContain(name(hello.sni));
    }
  });
});

describe('ja4', () => {
  const ofMessage = (message: Bytes) => payloadReader()(cryptoFrame(0, message)).hello?.ja4 ?? '';
  const of = (sni: string | null, alpn: string[], more?: [number, Bytes][]) => ofMessage(clientHello(sni, alpn, more));

  it('ignores GREASE and the order of extensions', () => {
    const plain = of('a', ['h3'], [[57, u8(0)]]);
    const grease: [number, Bytes][] = [0x0a0a, 0xfafa].map((type) => [type, u8()]);
    expect(of('a', ['h3'], [...grease, [57, u8(0)]])).toBe(plain);
    expect(plain).toMatch(/^q13d0305h3_55b375c5d22e_[0-9a-f]{12}$/);
  });

  // The cases of the specification.
  it.each([
    [[], '00'],
    [['h3'], 'h3'],
    [['h'], 'hh'],
    [['\xab'], 'cb'], // c2 ab in UTF-8
    [['0\x7f'], '3f'],
    [['**'], '2a'],
    [['\x1b[3M'], '1d'],
    [['hq-interop', 'h3'], 'hp'],
  ])('ALPN %j is %s', (alpn, mark) => expect(of('a', alpn).slice(8, 10)).toBe(mark));

  it('tells a name from none', () => {
    expect([of('a', ['h3']).at(3), of('', ['h3']).at(3), of(null, ['h3']).at(3)]).toEqual(['d', 'd', 'i']);
  });

  it('of a ClientHello without extensions', () => {
    const message = concat(u16(0x0303), new Uint8Array(32), u8(0), u16(0), u8(1, 0));
    expect(ofMessage(concat(u8(1, 0), u16(message.length), message))).toBe('q12i000000_000000000000_000000000000');
  });
});
