// Every field and every operator, on packets that differ in everything.
import { describe, expect, it } from 'vitest';
import { FIELDS } from '../../../src/core/filter/fields.js';
import { compileFilter, type Filter, longOnly, MATCH_ALL } from '../../../src/core/filter/index.js';
import { OPERATORS } from '../../../src/core/filter/operators.js';
import { ISSUE, PACKET_TYPE, RECORD_FLAGS } from '../../../src/core/native/abi.gen.js';
import { type Decoded, NOTHING_KNOWN } from '../../../src/core/quic/decoded.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { type FakePacket, FakeRecorder } from '../../support/fake-recorder.js';

const v6 = (...tail: number[]) => [0xfd, ...new Array<number>(15 - tail.length).fill(0), ...tail];

/** Of each packet its record, and what decoding told of it. */
const PACKETS: [Partial<FakePacket>, Partial<Decoded>][] = [
  [
    { dcid: '0133001100000000', scid: 'aabb', backend: 17, rxQueue: 1, tokenLength: 0, packetLength: 1200 },
    { decrypted: true, sni: 'Api.Example', alpn: ['h3', 'doq'], ja4: 'q13d0308h3_aa_BB', ech: false, trust: 'client' },
  ],
  [
    { dcid: '01330011', scid: '', backend: 17, tokenLength: 30, src: [10, 1, 2, 3], srcPort: 4433, dstPort: 1000 },
    { decrypted: false, trust: 'server', issues: ['authentication_failed'] },
  ],
  [
    { dcid: '0133ffff', scid: '0133', backend: 65535, type: PACKET_TYPE.TYPE_HANDSHAKE, version: 0x6b3343cf },
    { trust: 'server', close: { errorCode: 0x178n, frameType: 6, reason: 'No ALPN' } },
  ],
  [
    { dcid: '', scid: 'c0ffee', type: PACKET_TYPE.TYPE_VERSION_NEGOTIATION, version: 0, src: [192, 168, 0, 1] },
    { trust: 'unknown', close: { errorCode: 2n ** 62n - 1n, frameType: 0, reason: '' } },
  ],
  [
    {
      dcid: `${'ab'.repeat(20)}0011`,
      type: PACKET_TYPE.TYPE_UNKNOWN,
      version: 0xff00001d,
      issues: ISSUE.ISSUE_CID_CUT,
      flags: RECORD_FLAGS.RECORD_EGRESS,
    },
    {},
  ],
  [
    {
      dcid: 'ab'.repeat(20),
      type: PACKET_TYPE.TYPE_0RTT,
      src: v6(0x12, 0x34),
      dst: v6(1),
      issues: ISSUE.ISSUE_HEADER_CUT | ISSUE.ISSUE_FRAME_CUT,
      frame: new Uint8Array(99),
      flags: 0, // of a file
    },
    { sni: 'other.example', ech: true, trust: 'client', issues: ['over_budget'] },
  ],
];
const fake = new FakeRecorder({}, 8, 4096);
for (const [packet] of PACKETS) fake.add({ time: 0, ...packet });

/** Indexes of the packets that the filter lets through. */
function matches(text: string): number[] {
  const filter = compileFilter(text);
  const view = new RecordView();
  return [...PACKETS.keys()].filter((i) => {
    if (!fake.recorder.lanes[0]?.load(i, view)) throw new Error(`record ${i} is gone`);
    let asked = false;
    const decodedOf = () => {
      asked = true;
      return { ...NOTHING_KNOWN, ...PACKETS[i]?.[1] };
    };
    const match = filter.matches(view, decodedOf);
    if (asked) expect(filter.needsDecoded).toBe(true);
    return match;
  });
}

const CASES: [filter: string, indexes: number[]][] = [
  ['', [0, 1, 2, 3, 4, 5]],
  ['  ', [0, 1, 2, 3, 4, 5]],
  // Bare hex: either connection ID begins so.
  ['0133', [0, 1, 2]],
  ['01:33:00:11', [0, 1]],
  ['0x01330011', [0, 1]],
  ['ABAB', [4, 5]],
  ['c0ff', [3]],
  ['not 0133', [3, 4, 5]],
  // Connection IDs.
  ['dcid == 01330011', [1]],
  ['dcid==01:33:00:11', [1]],
  ['quic.dcid eq 01330011', [1]],
  ['dcid == 0133', []],
  [`dcid == ${'ab'.repeat(20)}`, [5]],
  ['dcid != 01330011', [0, 2, 4, 5]],
  ['not dcid == 01330011', [0, 2, 3, 4, 5]],
  ['dcid in {01330011, 0133ffff}', [1, 2]],
  ['dcid ~ 0011', [0, 1]],
  ['dcid contains 33:00', [0, 1]],
  ['dcid ~ abab', [4, 5]],
  // What is behind the bytes that are kept is not the connection ID.
  ['dcid ~ ab00', []],
  ['dcid', [0, 1, 2, 4, 5]],
  ['!dcid', [3]],
  ['scid', [0, 2, 3]],
  ['scid == 0133', [2]],
  ['quic.scid ~ ff', [3]],
  ['cid == 0133', [2]],
  ['cid ~ aabb', [0]],
  ['cid != 0133', [0, 1, 3, 4, 5]],
  ['cid in {c0ffee, 01330011}', [1, 3]],
  ['cid', [0, 1, 2, 3, 4, 5]],
  // Numbers.
  ['backend', [0, 1, 2]],
  ['worker', []],
  ['process == 0', []],
  ['scheme == cidv1', [0, 1, 2]],
  ['server_id', [0, 1, 2]],
  ['server_id == 0011', [0, 1]],
  ['server_id == 0x11', [0, 1]],
  ['server_id != 0011', [2]],
  ['server_id in {ffff, 12}', [2]],
  ['server_id == 001100', []],
  ['unroutable', []],
  ['unroutable == reserved', []],
  ['unroutable != config', []],
  ['unroutable in {length}', []],
  ['backend == 17', [0, 1]],
  ['backend==65535', [2]],
  ['backend == 0x11', [0, 1]],
  ['backend == 0', []],
  ['backend != 17', [2]],
  ['backend < 17', []],
  ['backend <= 17', [0, 1]],
  ['backend > 17', [2]],
  ['backend ge 17', [0, 1, 2]],
  ['backend lt 65535', [0, 1]],
  ['backend le 17', [0, 1]],
  ['backend gt 16', [0, 1, 2]],
  ['backend ne 17', [2]],
  ['backend < 0', []],
  ['backend in {1, 10..20}', [0, 1]],
  ['backend in {65535}', [2]],
  ['queue == 17', [0, 1]],
  ['queue == 63', [2]],
  ['rx_queue == 1', [0]],
  ['rx_queue < 1', [1, 2, 3]],
  ['rx_queue', [0, 1, 2, 3]],
  ['direction == in', [0, 1, 2, 3]],
  ['direction == out', [4]],
  ['direction != out', [0, 1, 2, 3]],
  ['not direction', [5]],
  ['length >= 1200', [0, 1, 2, 3, 4, 5]],
  ['quic.packet_length > 1200', []],
  ['frame == 2', [1]],
  ['frame.number in {1..2, 6}', [0, 1, 5]],
  ['frame_length == 99', [5]],
  ['frame.len < 99', [0, 1, 2, 3, 4]],
  ['port == 4433', [0, 1, 2, 3, 4, 5]],
  ['port == 1000', [1]],
  ['udp.port != 1000', [0, 2, 3, 4, 5]],
  ['port != 4433', []],
  ['port > 49999', [0, 2, 3, 4, 5]],
  ['port in {1..1000}', [1]],
  ['src_port == 4433', [1]],
  ['udp.srcport == 50000', [0, 2, 3, 4, 5]],
  ['dst_port == 1000', [1]],
  ['udp.dstport != 1000', [0, 2, 3, 4, 5]],
  ['token', [1]],
  ['token == 0', [0]],
  ['token > 29', [1]],
  ['token != 0', [1]],
  ['quic.token_length', [0, 1]],
  ['quic.token_length == 0', [0]],
  // Names.
  ['type == initial', [0, 1]],
  ['type == INIT', [0, 1]],
  ['type == 0-RTT', [5]],
  ['type in {handshake, vn}', [2, 3]],
  ['type != initial', [2, 3, 4, 5]],
  ['type == unknown', [4]],
  ['type == retry', []],
  ['type == "handshake"', [2]],
  ['quic.long.packet_type == 2', [2]],
  ['form', [0, 1, 2, 3, 4, 5]],
  ['form == long', [0, 1, 2, 3, 4, 5]],
  ['form != long', []],
  ['quic.header_form == 1', [0, 1, 2, 3, 4, 5]],
  ['quic.header_form == 0', []],
  ['version == v1', [0, 1, 5]],
  ['version == 1', [0, 1, 5]],
  ['quic.version == 0x00000001', [0, 1, 5]],
  ['version == v2', [2]],
  ['version == draft-29', [4]],
  ['version == d29', [4]],
  ['version == vn', [3]],
  ['version in {v2, 0xff000000..0xff0000ff}', [2, 4]],
  ['version > v1', [2, 4]],
  ['trust', [0, 1, 2, 3, 5]],
  ['trust == server', [1, 2]],
  ['trust != server', [0, 3, 5]],
  ['trust in {client, unknown}', [0, 3, 5]],
  ['decrypted', [0]],
  ['not decrypted', [1, 2, 3, 4, 5]],
  ['decrypted == false', [1]],
  ['decrypted != true', [1]],
  ['ech', [5]],
  ['ech == no', [0]],
  // Addresses.
  ['src == 10.0.0.2', [0, 2, 4]],
  ['src == 10.0.0.0/8', [0, 1, 2, 4]],
  ['src != 10.0.0.0/8', [3, 5]],
  ['src == 10.1.2.0/23', [1]],
  ['src == 0.0.0.0/0', [0, 1, 2, 3, 4]],
  ['src in {10.0.0.1..10.1.2.2, 192.168.0.1}', [0, 2, 3, 4]],
  ['src == fd00::12:34/128', []],
  ['src == fd00::1234', [5]],
  ['src == fd00::/8', [5]],
  ['src == ::/0', [5]],
  ['dst == fd00::1', [5]],
  ['dst == 10.0.0.1', [0, 1, 2, 3, 4]],
  ['ip == 10.0.0.2', [0, 2, 4]],
  ['ip == 10.0.0.1', [0, 1, 2, 3, 4]],
  ['ip != 10.0.0.2', [1, 3, 5]],
  ['ip.src != 10.0.0.2', [1, 3]],
  ['ip.src', [0, 1, 2, 3, 4]],
  ['ip.dst == 10.0.0.1', [0, 1, 2, 3, 4]],
  ['ip.addr == 192.168.0.0/16', [3]],
  ['ipv6.addr == fd00::1', [5]],
  ['ipv6.src == fd00::1', []],
  ['ipv6.dst', [5]],
  ['src', [0, 1, 2, 3, 4, 5]],
  // Texts.
  ['sni', [0, 5]],
  ['sni == api.EXAMPLE', [0]],
  ['sni == "api.example"', [0]],
  ["sni == 'api.example'", [0]],
  ['sni ~ example', [0, 5]],
  ['sni contains API', [0]],
  ['sni != api.example', [5]],
  ['tls.handshake.extensions_server_name in {other.example, x}', [5]],
  ['alpn == h3', [0]],
  ['alpn == doq', [0]],
  ['alpn == H3', []],
  ['alpn != h3', []],
  ['alpn != h2', [0]],
  ['alpn', [0]],
  ['tls.handshake.extensions_alpn_str ~ o', [0]],
  ['ja4 ~ _BB', [0]],
  ['ja4 ~ _bb', []],
  ['tls.handshake.ja4 == q13d0308h3_aa_BB', [0]],
  ['error', [2, 3]],
  ['error == "CRYPTO_ERROR 0x178"', [2]],
  ['error == crypto_error', [2]],
  ['error == 0x178', [2]],
  ['error == no_application_protocol', [2]],
  ['error ~ 0x', [2, 3]],
  ['error != 0x178', [3]],
  ['error in {0x3fffffffffffffff, NO_ERROR}', [3]],
  ['reason', [2, 3]],
  ['reason == "No ALPN"', [2]],
  ['reason ~ alpn', []],
  ['quic.cc.reason_phrase ~ ALPN', [2]],
  ['quic.cc.error_code == 376', [2]],
  ['quic.cc.error_code == 0x178', [2]],
  ['quic.cc.error_code > 0x1ff', [3]],
  ['quic.cc.error_code in {0x100..0x1ff}', [2]],
  ['quic.cc.error_code == 0x3fffffffffffffff', [3]],
  ['quic.cc.error_code < 0x3fffffffffffffff', [2]],
  // Issues.
  ['issues', [1, 4, 5]],
  ['issues == header_cut', [5]],
  ['issues == over_budget', [5]],
  ['issues == AUTHENTICATION_FAILED', [1]],
  ['issues ~ cut', [4, 5]],
  ['issues != header_cut', [1, 4]],
  ['issues in {cid_cut, over_budget}', [4, 5]],
  ['not issues', [0, 2, 3]],
  // What joins them.
  ['backend == 17 and type == initial', [0, 1]],
  ['backend == 17 && dcid == 01330011', [1]],
  ['backend == 65535 or frame == 1', [0, 2]],
  ['backend == 65535 || frame == 1 || frame == 4', [0, 2, 3]],
  ['frame == 1 or frame == 2 and backend == 65535', [0]],
  ['(frame == 1 or frame == 2) and backend == 17', [0, 1]],
  ['frame > 1 and frame < 6 and backend and trust', [1, 2]],
  ['not frame == 1 and backend', [1, 2]],
  ['!(frame == 1 && backend)', [1, 2, 3, 4, 5]],
  ['not not backend', [0, 1, 2]],
  ['!!backend', [0, 1, 2]],
  ['BACKEND == 17 AND NOT frame == 1', [1]],
  ['sni or backend', [0, 1, 2, 5]],
  ['(((backend)))', [0, 1, 2]],
];

describe('a packet with a short header', () => {
  const short = new FakeRecorder({}, 8);
  const { ISSUE_CID_LENGTH_UNKNOWN } = ISSUE;
  const packet = { time: 0, type: PACKET_TYPE.TYPE_1RTT, version: 0, scid: '' };
  short.add({ ...packet, dcid: '0133001100000000', backend: 17 });
  short.add({ ...packet, dcid: '', issues: ISSUE_CID_LENGTH_UNKNOWN });
  const view = new RecordView();
  const chosen = (filter: Filter) =>
    [0, 1].filter((i) => short.recorder.lanes[0]?.load(i, view) && filter.matches(view, () => NOTHING_KNOWN));

  it.each([
    ['', [0, 1]],
    ['form == short', [0, 1]],
    ['quic.header_form == 0', [0, 1]],
    ['form == long', []],
    ['type == 1rtt', [0, 1]],
    ['type == 1-RTT', [0, 1]],
    ['type == short and backend == 17', [0]],
    ['0133', [0]],
    ['dcid', [0]],
    ['scid', []],
    ['issues == cid_length_unknown', [1]],
    // It has none: that of Version Negotiation is 0.
    ['version', []],
    ['version == vn', []],
    ['version != v1', []],
    ['token', []],
  ])('"%s"', (text, indexes) => expect(chosen(compileFilter(text))).toEqual(indexes));

  it('is left out where only long headers are shown', () => {
    expect(chosen(longOnly(compileFilter('')))).toEqual([]);
    expect(chosen(longOnly(compileFilter('form == short or backend')))).toEqual([]);
    const { text, needsDecoded } = longOnly(compileFilter('sni ~ a'));
    expect({ text, needsDecoded }).toEqual({ text: 'sni ~ a', needsDecoded: true });
    fake.recorder.lanes[0]?.load(0, view);
    expect(longOnly(compileFilter('backend == 17')).matches(view, () => NOTHING_KNOWN)).toBe(true);
    expect(longOnly(compileFilter('backend == 18')).matches(view, () => NOTHING_KNOWN)).toBe(false);
  });
});

describe('compileFilter', () => {
  it.each(CASES)('"%s"', (filter, indexes) => expect(matches(filter)).toEqual(indexes));

  it('is asked about every field by each of its names, and with every operator', () => {
    const words = new Set(CASES.flatMap(([filter]) => filter.toLowerCase().split(/\s+|(?<=\w)(?===)|[(){}!,]/)));
    const names = FIELDS.flatMap(({ name, others }) => [name, ...others]);
    const operators = OPERATORS.flatMap(({ operator, word }) => [operator, ...(word ? [word] : [])]);
    // The brackets of the split take "!=" apart.
    for (const each of [...names, ...operators.filter((operator) => operator !== '!=')]) {
      expect(words.has(each), each).toBe(true);
    }
  });

  it('asks for what was decoded last, and not at all when the record says enough', () => {
    const view = new RecordView();
    fake.recorder.lanes[0]?.load(3, view);
    const filter = compileFilter('sni ~ example and backend == 17');
    expect(filter.needsDecoded).toBe(true);
    const decodedOf = () => {
      throw new Error('asked');
    };
    expect(filter.matches(view, decodedOf)).toBe(false);
    expect(() => compileFilter('sni').matches(view, decodedOf)).toThrow('asked');
  });

  it.each([
    ['dcid == 01 and src == 10.0.0.1 and type == initial and token and issues == cid_cut', false],
    ['issues ~ cut', false],
    ['issues ~ e', true],
    ['issues', true],
    ['issues != cid_cut', true],
    ['alpn', true],
    ['ja4 == x', true],
    ['ech', true],
    ['error', true],
    ['reason ~ x', true],
    ['quic.cc.error_code < 5', true],
    ['decrypted', true],
    ['not trust', true],
    ['port == 1 or (port == 2 and not sni)', true],
  ])('"%s" needs what was decoded: %s', (text, needed) => expect(compileFilter(text).needsDecoded).toBe(needed));

  it('keeps the text, trimmed', () => {
    expect(compileFilter('  backend ==  17 ').text).toBe('backend ==  17');
    expect(compileFilter(' ')).toBe(MATCH_ALL);
  });

  it('has no field whose name could be bytes in hex', () => {
    const names = FIELDS.flatMap(({ name, others }) => [name, ...others]);
    expect(names.filter((name) => /^([0-9a-f]{2})+$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });
});
