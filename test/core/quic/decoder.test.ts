// The decoder on packets of a few connections at once: whose keys, whose ClientHello, whose connection ID.
import { describe, expect, it } from 'vitest';
import { ISSUE, PACKET_TYPE, RECORD_FLAGS } from '../../../src/core/native/abi.gen.js';
import { type Decoded, Decoder, type DecoderOptions } from '../../../src/core/quic/decoder.js';
import { TimeBudget } from '../../../src/core/quic/time-budget.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { printableBytes } from '../../../src/core/text/format.js';
import { FakeRecorder } from '../../support/fake-recorder.js';
import { type Bytes, concat, filler, hex, QUIC_V1, QUIC_V2, u8, u16, u32, unhex } from '../../support/packets.js';
import {
  clientHello,
  closeFrame,
  cryptoFrame,
  googleCryptoFrame,
  type InitialOptions,
  initial,
  protect,
  protectionKeys,
} from '../../support/quic-client.js';
import { retryTag, T050, T051, versionKeys } from '../../support/version-keys.js';

const CLIENT = [10, 0, 0, 2];
const OTHER_CLIENT = [10, 0, 0, 3];
const SERVER = [10, 0, 0, 1];
const FIRST = unhex('c0ffee0011223344');
const SERVER_CID = unhex('0133001122334455');
const SCID = unhex('aabbccdd');
const hello = (name: string) => cryptoFrame(0, clientHello(name));
const PING = u8(1);

interface Sent {
  packet: Bytes;
  dcid: Bytes;
  scid?: Bytes;
  token?: Bytes;
  version?: number;
  type?: number;
  fromServer?: boolean;
  client?: number[];
  clientPort?: number;
  issues?: number;
  time?: number;
  /** Bytes of the frame that were not captured. */
  missing?: number;
}

/** A wire on which a decoder listens; what precedes the QUIC packet in a frame is 42 bytes. */
class Wire {
  readonly decoder: Decoder;
  private readonly recorder = new FakeRecorder({}, 1, 65536);
  private readonly view = new RecordView();

  constructor(options: DecoderOptions = {}) {
    this.decoder = new Decoder(options);
  }

  send(sent: Sent): Decoded {
    const { packet, dcid, scid = u8(), client = CLIENT, clientPort = 50000, fromServer = false, missing = 0 } = sent;
    const frame = concat(new Uint8Array(42), packet);
    const ends = fromServer
      ? { src: SERVER, dst: client, srcPort: 4433, dstPort: clientPort }
      : { src: client, dst: SERVER, srcPort: clientPort, dstPort: 4433 };
    this.recorder.add({
      time: sent.time ?? 0,
      dcid: hex(dcid),
      scid: hex(scid),
      version: sent.version ?? QUIC_V1,
      type: sent.type ?? PACKET_TYPE.TYPE_INITIAL,
      tokenLength: sent.token?.length ?? 0,
      packetOffset: 42,
      packetLength: packet.length,
      issues: sent.issues ?? 0,
      flags: fromServer ? RECORD_FLAGS.RECORD_FROM_WATCHED : 0,
      ...ends,
    });
    const lane = this.recorder.recorder.lanes[0];
    expect(lane?.load(lane.head() - 1, this.view)).toBe(true);
    return this.decoder.decode(this.view, () => frame.subarray(0, frame.length - missing));
  }

  /** A client's Initial; `keySource` is its first DCID when `dcid` is not. */
  client(options: Omit<Sent, 'packet'> & Omit<InitialOptions, 'side'>): Decoded {
    return this.send({ ...options, packet: initial(options) });
  }

  server(options: Omit<Sent, 'packet'> & Omit<InitialOptions, 'side'> & { keySource: Bytes }): Decoded {
    return this.send({ ...options, packet: initial({ ...options, side: 'server' }), fromServer: true });
  }

  header(options: Omit<Sent, 'packet'>): Decoded {
    return this.send({ ...options, packet: new Uint8Array(60) });
  }
}

/** A Retry as a server makes it for an Initial with this DCID. */
function retry(original: Bytes, dcid: Bytes, scid: Bytes, version = QUIC_V1): Bytes {
  const first = version === QUIC_V1 ? 0xf0 : 0xc0;
  const packet = concat(u8(first), u32(version), u8(dcid.length), dcid, u8(scid.length), scid, unhex('746f6b656e'));
  const keys = versionKeys(version)?.retry;
  if (!keys) throw new Error('no Retry keys');
  return concat(packet, retryTag(keys, original, packet));
}

describe('a connection', () => {
  it('is opened in both directions, and keeps its keys when the DCID changes', () => {
    const wire = new Wire();
    expect(wire.client({ dcid: FIRST, scid: SCID, payload: hello('a.example') })).toEqual({
      decrypted: true,
      packetNumber: 0,
      keySource: hex(FIRST),
      sni: 'a.example',
      alpn: ['h3'],
      alpnMore: 0,
      ja4: 'q13d0304h3_55b375c5d22e_ef5f37ab036a',
      ech: false,
      largestAcknowledged: null,
      close: null,
      trust: 'client',
      issues: [],
    });
    const answer = wire.server({ dcid: SCID, scid: SERVER_CID, keySource: FIRST, payload: PING });
    expect(answer).toMatchObject({ decrypted: true, packetNumber: 0, sni: null, trust: 'server', issues: [] });
    const second = wire.client({ dcid: SERVER_CID, scid: SCID, keySource: FIRST, packetNumber: 1, payload: PING });
    expect(second).toMatchObject({ decrypted: true, packetNumber: 1, keySource: hex(FIRST), trust: 'server' });
  });

  it('is known again when only the client is seen', () => {
    const wire = new Wire();
    wire.client({ dcid: FIRST, scid: SCID, payload: hello('a.example') });
    const second = wire.client({ dcid: SERVER_CID, scid: SCID, keySource: FIRST, packetNumber: 1, payload: PING });
    expect(second).toMatchObject({ decrypted: true, trust: 'server' });
  });

  it('is known again among many from one address', () => {
    const wire = new Wire();
    const clients = Array.from({ length: 20 }, (_, i) => ({ first: unhex(`c0ffee00000000${i + 10}`), scid: u8(1, i) }));
    for (const { first, scid } of clients) wire.client({ dcid: first, scid, payload: hello('m.example') });
    for (const [i, { first, scid }] of clients.entries()) {
      const dcid = u8(1, 0x33, 0, i);
      const second = wire.client({ dcid, scid, keySource: first, packetNumber: 1, payload: PING });
      expect(second).toMatchObject({ decrypted: true, trust: 'server' });
    }
  });

  it('is known again at another address', () => {
    const wire = new Wire();
    const half = clientHello('moved.example');
    wire.client({ dcid: FIRST, scid: SCID, payload: cryptoFrame(0, half.subarray(0, 40)) });
    const rest = { dcid: FIRST, scid: SCID, packetNumber: 1, payload: cryptoFrame(40, half.subarray(40)) };
    expect(wire.client({ ...rest, client: OTHER_CLIENT })).toMatchObject({ sni: 'moved.example' });
  });

  it('with the DCID of another is another', () => {
    const wire = new Wire();
    const first = clientHello('first.example');
    const second = clientHello('second.example');
    const here = { dcid: FIRST, scid: unhex('01') };
    const there = { dcid: FIRST, scid: unhex('02'), client: OTHER_CLIENT };
    wire.client({ ...here, payload: cryptoFrame(0, first.subarray(0, 40)) });
    wire.client({ ...there, payload: cryptoFrame(0, second.subarray(0, 50)) });
    expect(wire.client({ ...here, packetNumber: 1, payload: cryptoFrame(40, first.subarray(40)) }).sni).toBe(
      'first.example',
    );
    expect(wire.client({ ...there, packetNumber: 1, payload: cryptoFrame(50, second.subarray(50)) }).sni).toBe(
      'second.example',
    );
    for (const { scid, client } of [here, { ...there, client: OTHER_CLIENT }] as { scid: Bytes; client?: number[] }[]) {
      expect(
        wire.server({ dcid: scid, scid: SERVER_CID, keySource: FIRST, payload: PING, ...(client && { client }) })
          .decrypted,
      ).toBe(true);
    }
  });

  it('without client connection IDs is found by its addresses', () => {
    const wire = new Wire();
    wire.client({ dcid: FIRST, payload: hello('one.example') });
    wire.client({ dcid: FIRST, clientPort: 50001, payload: hello('two.example') });
    for (const clientPort of [50000, 50001, 50002]) {
      const answer = wire.server({ dcid: u8(), scid: SERVER_CID, keySource: FIRST, payload: PING, clientPort });
      expect(answer.decrypted).toBe(clientPort !== 50002);
    }
  });

  it('shows its ClientHello once, however often it is sent', () => {
    const wire = new Wire();
    const sent = { dcid: FIRST, scid: SCID, payload: hello('once.example') };
    expect([0, 1, 2].map((packetNumber) => wire.client({ ...sent, packetNumber }).sni)).toEqual([
      'once.example',
      null,
      null,
    ]);
  });

  it('shows the second ClientHello after a HelloRetryRequest', () => {
    const wire = new Wire();
    const first = clientHello('hrr.example');
    wire.client({ dcid: FIRST, scid: SCID, payload: cryptoFrame(0, first) });
    const again = {
      dcid: FIRST,
      scid: SCID,
      packetNumber: 1,
      payload: cryptoFrame(first.length, clientHello('hrr.example', ['doq'])),
    };
    expect(wire.client(again)).toMatchObject({ sni: 'hrr.example', alpn: ['doq'] });
  });

  it('has reserved bits that are not zero', () => {
    const wire = new Wire();
    const payload = hello('bits.example');
    const header = concat(
      u8(0xc7),
      u32(QUIC_V1),
      u8(FIRST.length),
      FIRST,
      u8(0, 0),
      u16(0x4000 | (payload.length + 20)),
      u32(0),
    );
    const packet = protect(protectionKeys(QUIC_V1, FIRST), header, 0, payload);
    expect(wire.send({ packet, dcid: FIRST })).toMatchObject({ sni: 'bits.example', issues: ['reserved_bits'] });
  });

  it('that changes to version 2 keeps the DCID that its keys are made of', () => {
    const wire = new Wire();
    wire.client({ dcid: FIRST, scid: SCID, payload: hello('v2.example') });
    const answer = { dcid: SCID, scid: SERVER_CID, keySource: FIRST, payload: PING, version: QUIC_V2 };
    expect(wire.server(answer).decrypted).toBe(true);
    const second = { dcid: SERVER_CID, scid: SCID, keySource: FIRST, packetNumber: 1, payload: PING, version: QUIC_V2 };
    expect(wire.client(second).decrypted).toBe(true);
  });

  it('is followed from a first Initial that was captured in part', () => {
    const wire = new Wire();
    const cut = wire.client({ dcid: FIRST, scid: SCID, payload: hello('cut.example'), missing: 100 });
    expect(cut).toMatchObject({ decrypted: false, packetNumber: null, sni: null, trust: 'unknown' });
    const answer = wire.server({ dcid: SCID, scid: SERVER_CID, keySource: FIRST, payload: PING });
    expect(answer.decrypted).toBe(true);
  });
});

describe('Retry', () => {
  const RETRY_CID = unhex('0111000122334455');

  it('is looked at as long as there is time for it', () => {
    const wire = new Wire({ budget: new TimeBudget(0, () => 0) });
    const first = { dcid: FIRST, scid: SCID, payload: hello('retry.example') };
    const packet = retry(unhex('ffffffffffffffff'), SCID, RETRY_CID);
    const send = () =>
      wire.send({ packet, dcid: SCID, scid: RETRY_CID, type: PACKET_TYPE.TYPE_RETRY, fromServer: true });
    wire.client(first);
    for (let i = 1; i < 1000; i++) expect(send().issues).toEqual(['retry_tag_wrong']);
    expect(send()).toMatchObject({ decrypted: null, trust: 'server', issues: ['over_budget'] });
    expect(wire.decoder.overBudget).toBe(1);
  });
  const token = unhex('746f6b656e');

  it.each([QUIC_V1, QUIC_V2, 0x709a50c4, 0xff00001d, 0xff000019, T050, T051])(
    'of version %i: keys come from its SCID',
    (version) => {
      const wire = new Wire();
      const frame = version === T050 || version === T051 ? googleCryptoFrame : cryptoFrame;
      const first = { dcid: FIRST, scid: SCID, version, payload: frame(0, clientHello('retry.example')) };
      expect(wire.client(first).sni).toBe('retry.example');
      const type = PACKET_TYPE.TYPE_RETRY;
      const sent = { packet: retry(FIRST, SCID, RETRY_CID, version), dcid: SCID, scid: RETRY_CID, version, type };
      expect(wire.send({ ...sent, fromServer: true })).toMatchObject({ decrypted: null, trust: 'server', issues: [] });
      expect(wire.client({ ...first, dcid: RETRY_CID, token, packetNumber: 1 })).toMatchObject({
        decrypted: true,
        packetNumber: 1,
        keySource: hex(RETRY_CID),
        sni: null,
        trust: 'server',
      });
      const answer = { dcid: SCID, scid: SERVER_CID, keySource: RETRY_CID, payload: PING, version };
      expect(wire.server(answer).decrypted).toBe(true);
      // A late copy of the first Initial.
      expect(wire.client({ ...first, packetNumber: 2 })).toMatchObject({ decrypted: true, keySource: hex(FIRST) });
    },
  );

  it.each([QUIC_V1, QUIC_V2, 0x709a50c4, 0xff00001d, 0xff000019])(
    'of version %i with a wrong tag changes nothing',
    (version) => {
      const wire = new Wire();
      wire.client({ dcid: FIRST, scid: SCID, version, payload: hello('retry.example') });
      const packet = retry(unhex('ffffffffffffffff'), SCID, RETRY_CID, version);
      const sent = { packet, dcid: SCID, scid: RETRY_CID, version, type: PACKET_TYPE.TYPE_RETRY, fromServer: true };
      expect(wire.send(sent).issues).toEqual(['retry_tag_wrong']);
      const answer = wire.server({ dcid: SCID, scid: SERVER_CID, keySource: FIRST, payload: PING, version });
      expect(answer.decrypted).toBe(true);
    },
  );

  it('of an unknown connection is not judged', () => {
    const packet = retry(FIRST, SCID, RETRY_CID);
    const sent = { packet, dcid: SCID, scid: RETRY_CID, type: PACKET_TYPE.TYPE_RETRY, fromServer: true };
    expect(new Wire().send(sent)).toMatchObject({ decrypted: null, issues: [] });
  });

  it('that was not seen does not begin a second connection', () => {
    const wire = new Wire();
    wire.client({ dcid: FIRST, scid: SCID, payload: hello('retry.example') });
    const second = { dcid: RETRY_CID, scid: SCID, token, packetNumber: 1, payload: hello('retry.example') };
    expect(wire.client(second)).toMatchObject({ decrypted: true, packetNumber: 1, sni: null, trust: 'server' });
  });
});

describe('what cannot be opened', () => {
  it('a server Initial whose client was not seen', () => {
    const answer = new Wire().server({ dcid: SCID, scid: SERVER_CID, keySource: FIRST, payload: PING });
    expect(answer).toMatchObject({
      decrypted: false,
      packetNumber: null,
      keySource: null,
      trust: 'server',
      issues: [],
    });
  });

  it('a packet that does not authenticate begins no connection', () => {
    const wire = new Wire();
    const packet = initial({ dcid: FIRST, scid: SCID, payload: hello('bad.example') });
    packet[packet.length - 1] = (packet.at(-1) as number) ^ 1;
    const sent = wire.send({ packet, dcid: FIRST, scid: SCID });
    expect(sent).toMatchObject({ decrypted: false, sni: null, trust: 'unknown', issues: ['authentication_failed'] });
    expect(wire.server({ dcid: SCID, scid: SERVER_CID, keySource: FIRST, payload: PING }).decrypted).toBe(false);
  });

  it('more than the budget of a second, counted', () => {
    // Milliseconds that each takes.
    const opened = (cost: number) => {
      let now = 0;
      const wire = new Wire({ budget: new TimeBudget(250, () => (now += cost)) });
      const results = Array.from({ length: 3000 }, (_, i) =>
        wire.client({ dcid: concat(FIRST, u32(i)), payload: hello('b.example'), time: i < 2999 ? 10 : 1e9 }),
      );
      expect(results.at(-1)).toMatchObject({ decrypted: true });
      const refused = results.filter(({ issues }) => issues.includes('over_budget'));
      expect(wire.decoder.overBudget).toBe(refused.length);
      expect(results[2998]).toBe(refused.at(-1));
      return 2999 - refused.length;
    };
    expect(opened(1 / 8)).toBe(2000);
    expect(opened(5 / 32)).toBe(1600);
    // So many in any case.
    expect(opened(1000)).toBe(1000);
  });

  it('the oldest connection, when there are too many', () => {
    const wire = new Wire({ connections: 2 });
    const clients = [1, 2, 3].map((n) => ({ dcid: unhex(`c0ffee000000000${n}`), scid: u8(n), clientPort: 50000 + n }));
    for (const client of clients) wire.client({ ...client, payload: hello('c.example') });
    expect(wire.decoder.connectionsDropped).toBe(1);
    const answers = clients.map(({ dcid, scid, clientPort }) =>
      wire.server({ dcid: scid, scid: SERVER_CID, keySource: dcid, payload: PING, clientPort }),
    );
    expect(answers.map(({ decrypted }) => decrypted)).toEqual([false, true, true]);
  });

  it.each([
    ['names of one byte', Array<string>(540).fill('x'), 16],
    ['long names', Array.from({ length: 5 }, (_, i) => String(i).repeat(100)), 2],
    ['one of the longest', ['y'.repeat(255), 'h3'], 1],
  ])('ALPN names that are too many: %s', (_, names, kept) => {
    const alpn = names.slice(0, kept);
    const found = new Wire().client({ dcid: FIRST, payload: cryptoFrame(0, clientHello('a.example', names)) });
    expect(found).toMatchObject({ sni: 'a.example', alpn, alpnMore: names.length - kept, issues: ['alpn_too_long'] });
  });

  it('but not ALPN names that are many', () => {
    const alpn = Array.from({ length: 16 }, (_, i) => `protocol-${i}`);
    const found = new Wire().client({ dcid: FIRST, payload: cryptoFrame(0, clientHello('a.example', alpn)) });
    expect(found).toMatchObject({ alpn, alpnMore: 0, issues: [] });
  });

  it('the end of a server name that is longer than a name can be', () => {
    const of = (length: number) => new Wire().client({ dcid: FIRST, payload: hello('\n'.repeat(length)) });
    expect(of(255)).toMatchObject({ sni: '\\x0a'.repeat(255), issues: [] });
    expect(of(1000)).toMatchObject({ sni: '\\x0a'.repeat(255), issues: ['sni_too_long'] });
  });

  it('what came of ClientHellos, the oldest, when too many are not whole', () => {
    const wire = new Wire();
    const whole = clientHello('late.example');
    const begin = (n: number, frame: Bytes) =>
      wire.client({ dcid: concat(FIRST, u32(n)), scid: u32(n), payload: frame });
    const end = (n: number) =>
      wire.client({
        dcid: concat(FIRST, u32(n)),
        scid: u32(n),
        packetNumber: 1,
        payload: cryptoFrame(50, whole.subarray(50)),
      });
    begin(0, cryptoFrame(0, whole.subarray(0, 50)));
    begin(1, cryptoFrame(0, whole.subarray(0, 50)));
    // Each has the stream's whole window to be kept.
    for (let n = 2; n < 1000; n++) begin(n, cryptoFrame(16_383, u8(0)));
    expect(end(1)).toMatchObject({ sni: 'late.example', issues: [] });
    for (let n = 1000; n < 1100; n++) begin(n, cryptoFrame(16_383, u8(0)));
    expect(end(0)).toMatchObject({ decrypted: true, sni: null, issues: ['client_hello_forgotten'] });
  });

  it('a packet that the record says is broken', () => {
    const issues = ISSUE.ISSUE_LENGTH_BEYOND_DATAGRAM;
    expect(new Wire().client({ dcid: FIRST, payload: hello('x.example'), issues }).decrypted).toBe(false);
  });
});

describe('a version that nobody knows', () => {
  const type = PACKET_TYPE.TYPE_UNKNOWN;
  const version = 0xabcd0001;
  const guess = { version, type, keysOf: 0xff00001d };
  const first = { ...guess, dcid: FIRST, scid: SCID, payload: hello('guess.example') };

  it('is opened in both directions by the keys of draft-29, and that is said', () => {
    const wire = new Wire();
    const found = { decrypted: true, packetNumber: 0, issues: ['version_guessed'] };
    expect(wire.client(first)).toMatchObject({
      ...found,
      keySource: hex(FIRST),
      sni: 'guess.example',
      trust: 'client',
    });
    const answer = wire.server({ ...guess, dcid: SCID, scid: SERVER_CID, keySource: FIRST, payload: PING });
    expect(answer).toMatchObject({ ...found, trust: 'server' });
    const second = { ...guess, dcid: SERVER_CID, scid: SCID, keySource: FIRST, packetNumber: 1, payload: PING };
    expect(wire.client(second)).toMatchObject({ ...found, packetNumber: 1, trust: 'server' });
  });

  it('has a token, and others behind it, as its own bytes say', () => {
    const packet = concat(initial({ ...first, token: unhex('746f6b656e') }), new Uint8Array(77));
    const found = new Wire().send({ ...guess, packet, dcid: FIRST, scid: SCID });
    expect(found).toMatchObject({ decrypted: true, sni: 'guess.example', trust: 'unknown' });
  });

  it.each([
    ['other keys', { keysOf: QUIC_V1 }],
    ['a part of it', { missing: 1 }],
    ['a CID that is too long', { dcid: new Uint8Array(21) }],
    ['a header that is cut', { issues: ISSUE.ISSUE_HEADER_CUT }],
  ])('stays what it was with %s', (_, other) => {
    const wire = new Wire();
    expect(wire.client({ ...first, ...other })).toMatchObject({ decrypted: null, sni: null, issues: [] });
    // It began no connection.
    const answer = { ...guess, dcid: SCID, scid: SERVER_CID, keySource: FIRST, payload: PING };
    expect(wire.server(answer)).toMatchObject({ decrypted: null, issues: [] });
  });

  it.each([0x83, 0xd3, 0xe3, 0xf3])('is no Initial with %d as its first byte', (byte) => {
    const packet = initial(first);
    packet[0] = byte;
    const found = new Wire().send({ ...guess, packet, dcid: FIRST, scid: SCID });
    expect(found).toMatchObject({ decrypted: null, issues: [] });
  });

  it('is tried as long as there is time for Initials', () => {
    const wire = new Wire({ budget: new TimeBudget(0, () => 0) });
    for (let i = 0; i < 1000; i++) wire.client({ ...first, keysOf: QUIC_V1 });
    expect(wire.client(first)).toMatchObject({ decrypted: null, issues: ['over_budget'] });
    expect(wire.decoder.overBudget).toBe(1);
  });
});

describe('trust', () => {
  const { TYPE_0RTT, TYPE_1RTT, TYPE_HANDSHAKE, TYPE_UNKNOWN, TYPE_VERSION_NEGOTIATION } = PACKET_TYPE;

  it.each([
    ['a Handshake packet to the server', { type: TYPE_HANDSHAKE, dcid: FIRST }, 'server'],
    ['0-RTT', { type: TYPE_0RTT, dcid: FIRST }, 'client'],
    ['1-RTT to the server', { type: TYPE_1RTT, dcid: FIRST }, 'server'],
    ['1-RTT from the server', { type: TYPE_1RTT, dcid: FIRST, fromServer: true }, null],
    ['an unknown version', { type: TYPE_UNKNOWN, dcid: FIRST }, 'unknown'],
    ['no DCID', { type: TYPE_HANDSHAKE, dcid: u8() }, null],
    ["a server's Handshake packet", { type: TYPE_HANDSHAKE, dcid: SCID, scid: FIRST, fromServer: true }, 'server'],
    ["a server's packet without SCID", { type: TYPE_HANDSHAKE, dcid: SCID, fromServer: true }, null],
    [
      'Version Negotiation, which repeats',
      { type: TYPE_VERSION_NEGOTIATION, dcid: SCID, scid: FIRST, fromServer: true },
      'client',
    ],
    [
      'a coalesced packet to be ignored',
      { type: TYPE_HANDSHAKE, dcid: FIRST, issues: ISSUE.ISSUE_DCID_CHANGED },
      'unknown',
    ],
  ] as const)('%s', (_, sent, trust) => {
    expect(new Wire().header(sent)).toMatchObject({ decrypted: null, trust });
  });

  it('in a CID that the server was seen to use', () => {
    const wire = new Wire();
    wire.header({ type: TYPE_HANDSHAKE, dcid: SCID, scid: SERVER_CID, fromServer: true });
    for (const type of [TYPE_0RTT, TYPE_UNKNOWN]) expect(wire.header({ type, dcid: SERVER_CID }).trust).toBe('server');
  });

  it('in the CID of a short header that the client had chosen', () => {
    const wire = new Wire();
    wire.header({ type: TYPE_0RTT, dcid: FIRST });
    expect(wire.header({ type: TYPE_1RTT, dcid: FIRST }).trust).toBe('echoed');
  });

  it('in a first Initial with a token is not known: the CID may be of a Retry', () => {
    const sent = { dcid: FIRST, scid: SCID, token: u8(1, 2), payload: hello('t.example') };
    expect(new Wire().client(sent)).toMatchObject({ decrypted: true, trust: 'unknown' });
  });
});

describe('a CONNECTION_CLOSE', () => {
  const ACK = unhex('02 07 00 01 02 00 01');
  /** Nothing is put behind what an Initial has then. */
  const FULL = new Uint8Array(24).fill(1);
  const ALPN = closeFrame(0x178, 'no application protocol', 6);

  /** What a server says to a client's first Initial. */
  function answer(payload: Bytes, version = QUIC_V1): Decoded {
    const wire = new Wire();
    wire.client({ dcid: FIRST, scid: SCID, version, payload: hello('a.example') });
    return wire.server({ dcid: SCID, scid: SERVER_CID, keySource: FIRST, version, payload });
  }

  it('is read from Initials of both sides', () => {
    const close = { errorCode: 0x178n, frameType: 6, reason: 'no application protocol' };
    expect(answer(ALPN)).toMatchObject({ close, largestAcknowledged: null, sni: null, issues: [] });
    expect(answer(ALPN, QUIC_V2)).toMatchObject({ close, issues: [] });
    const wire = new Wire();
    wire.client({ dcid: FIRST, scid: SCID, payload: hello('a.example') });
    const later = { dcid: SERVER_CID, scid: SCID, keySource: FIRST, packetNumber: 1 };
    const refused = wire.client({ ...later, payload: closeFrame(2) });
    expect(refused).toMatchObject({ close: { errorCode: 2n, frameType: 0, reason: '' }, trust: 'server' });
    // It is the packet's, not the connection's.
    expect(wire.client({ ...later, packetNumber: 2, payload: PING })).toMatchObject({ close: null });
  });

  it('stands beside a ClientHello and ACKs, of which the largest packet number counts', () => {
    const wire = new Wire();
    const payload = concat(ACK, hello('both.example'), unhex('03 05 00 00 05 01 02 03'), ALPN);
    const decoded = wire.client({ dcid: FIRST, scid: SCID, payload });
    expect(decoded).toMatchObject({ sni: 'both.example', largestAcknowledged: 7, close: { errorCode: 0x178n } });
    expect(answer(concat(ALPN, unhex('02 00 00 00 00')))).toMatchObject({ largestAcknowledged: 0 });
    expect(answer(unhex('02 ffffffffffffffff 00 00 00')).largestAcknowledged).toBe(2 ** 62);
    expect(answer(concat(FULL, unhex('02 05 00 04 00'))).largestAcknowledged).toBeNull();
  });

  it.each([0n, 1n, 0xffn, 0x100n, 0x1ffn, 0x4000n, 2n ** 53n + 1n, 2n ** 62n - 1n])('has the exact code %#', (code) =>
    expect(answer(closeFrame(code)).close?.errorCode).toBe(code),
  );

  it('the first of several counts', () =>
    expect(answer(concat(ALPN, closeFrame(0), PING)).close?.reason).toBe('no application protocol'));

  it('has a reason that is safe to print, and its first bytes when it is long', () => {
    expect(answer(closeFrame(1, '\x1b]0;\n\t\\é')).close?.reason).toBe('\\x1b]0;\\x0a\\x09\\x5c\\xc3\\xa9');
    expect(answer(closeFrame(1, 'x'.repeat(128)))).toMatchObject({ close: { reason: 'x'.repeat(128) }, issues: [] });
    const long = answer(closeFrame(1, concat(filler(1000))));
    expect(long.issues).toEqual(['reason_too_long']);
    expect(long.close?.reason).toBe(printableBytes(filler(128)));
    // Nothing is left of it.
    expect(answer(closeFrame(1, 'short')).close?.reason).toBe('short');
  });

  it('says nothing when it is cut, and only what stands before it counts', () => {
    const whole = concat(ACK, closeFrame(0x178, 'a reason of 24 bytes ...'));
    for (let size = ACK.length + 1; size < whole.length; size++) {
      const decoded = answer(concat(FULL, whole.subarray(0, size)));
      expect(decoded).toMatchObject({ close: null, largestAcknowledged: 7, issues: ['frame_malformed'] });
    }
    const cut = concat(FULL, ALPN, unhex('1c 01 00 20 61'));
    expect(answer(cut)).toMatchObject({ close: { errorCode: 0x178n }, issues: ['frame_malformed'] });
  });

  it('of an application has no place there, and ends what is read', () => {
    const application = unhex('1d 0000');
    expect(answer(concat(application, ALPN))).toMatchObject({ close: null, issues: ['frame_not_allowed'] });
    expect(answer(concat(ALPN, application))).toMatchObject({ close: { frameType: 6 }, issues: ['frame_not_allowed'] });
  });

  it('of a packet that does not open, or of frames of Google, is none', () => {
    const wire = new Wire();
    wire.client({ dcid: FIRST, scid: SCID, payload: hello('a.example') });
    const wrong = { dcid: SCID, scid: SERVER_CID, keySource: unhex('0102'), payload: ALPN };
    expect(wire.server(wrong)).toMatchObject({ decrypted: false, close: null, largestAcknowledged: null });
    expect(answer(ALPN, T051)).toMatchObject({ decrypted: true, close: null });
  });
});
