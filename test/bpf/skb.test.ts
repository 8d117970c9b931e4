// Frames through the real socket filter and tc programs: every packet shape, with and without an Ethernet header, and the
// datagrams of super-frames.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { classify, constants, Program } from '../support/harness.js';
import { type Bytes, cidv1, concat, ethernet, filler, hex, ipv4, ipv6, longHeader, udp } from '../support/packets.js';
import { SHAPES } from './shapes.js';

const { QT_MODE_IDLE, QT_MODE_TAP, QT_MODE_DIVERT, QT_EGRESS, QT_FROM_WATCHED, QT_HAS_BACKEND, QT_TAP_LARGE } =
  constants;
/** What each says so that all goes on as if nobody had looked: TCX_answer; nothing for the socket. */
const PROGRAMS = [
  ['quic_socket', 0],
  ['quic_egress', -1],
  ['quic_ingress', -1],
] as const;

const program = new Program();
/** Of an interface whose frames begin with the IP header. */
const raw = new Program({ linkType: constants.QT_LINK_RAW });
afterAll(() => {
  program.close();
  raw.close();
});
beforeEach(() => {
  for (const each of [program, raw]) {
    each.configure({ mode: QT_MODE_TAP, ports: [4433] });
    each.forgetCids();
    each.tap();
  }
});

describe.each(PROGRAMS)('one datagram: %s', (name, answer) => {
  it.each(SHAPES)('$name', (shape) => {
    const ports = shape.ports ?? [4433];
    program.configure({ ports });
    const { verdict, counters } = program.runSkb(name, shape.frame);
    expect(verdict).toBe(answer);
    const isLong = shape.fate === 'long_header';
    const one = { packets: 1, bytes: shape.frame.length };
    const isUnread = shape.fate === 'short_header' && !classify(shape.frame, ports).fromWatched;
    expect(counters).toEqual({
      frames: one,
      [shape.fate]: one,
      ...(isLong && { tapped: one }),
      ...(isUnread && { short_header_unread: one }),
    });
    const records = program.tap();
    expect(records).toHaveLength(isLong ? 1 : 0);
    const [record] = records;
    if (!record) return;
    expect(hex(record.bytes)).toBe(hex(shape.frame));
    expect(record.length).toBe(shape.frame.length);
    const { l3Offset, l4Offset, payloadLength, srcPort, dstPort, fromWatched } = classify(shape.frame, ports);
    expect(record.metadata).toMatchObject({ l3Offset, l4Offset, payloadLength, srcPort, dstPort, segment: 0 });
    const backend = shape.backend === undefined ? 0 : QT_HAS_BACKEND;
    expect(record.metadata.flags).toBe(
      (name === 'quic_egress' ? QT_EGRESS : 0) | backend | (fromWatched ? QT_FROM_WATCHED : 0),
    );
    const isKey = shape.dcid !== undefined && shape.dcid.length <= constants.QT_CID_MAX;
    expect(program.cidCounts()).toHaveLength(isKey ? 1 : 0);
  });
});

it.each(PROGRAMS)('looks at nothing unless in mode tap, and at no other interface: %s', (name, answer) => {
  const frame = ethernet(ipv4(udp(longHeader())));
  for (const mode of [QT_MODE_IDLE, QT_MODE_DIVERT]) {
    program.configure({ mode });
    expect(program.runSkb(name, frame)).toEqual({ verdict: answer, counters: {} });
  }
  program.configure({ mode: QT_MODE_TAP, interface: 99 });
  expect(program.runSkb(name, frame)).toEqual({ verdict: answer, counters: {} });
  program.configure({ interface: 1 });
  expect(program.tap()).toEqual([]);
});

it('cuts what is longer than a record', () => {
  const frame = ethernet(ipv4(udp(longHeader({ payload: filler(3000) }))));
  program.runSkb('quic_egress', frame);
  const [record] = program.tap();
  const headers = 14 + 20 + 8;
  expect(record?.length).toBe(frame.length);
  expect(hex(record?.bytes as Bytes)).toBe(hex(frame.subarray(0, headers + QT_TAP_LARGE)));
});

describe.each(PROGRAMS)('without an Ethernet header: %s', (name, answer) => {
  it.each([
    ['IPv4', ipv4(udp(longHeader())), 20],
    ['IPv6', ipv6(udp(longHeader())), 40],
  ])('%s', (_, { bytes: packet }, l4Offset) => {
    const { verdict, counters } = raw.runSkb(name, packet);
    expect(verdict).toBe(answer);
    const one = { packets: 1, bytes: packet.length };
    expect(counters).toEqual({ frames: one, long_header: one, tapped: one });
    const [record, ...others] = raw.tap();
    expect(others).toEqual([]);
    expect(hex(record?.bytes as Bytes)).toBe(hex(packet));
    expect(record?.metadata).toMatchObject({ l3Offset: 0, l4Offset, backend: 17 });
  });
});

describe.each([
  ['IPv4', (payload: Bytes) => ethernet(ipv4(udp(payload, { srcPort: 4433, dstPort: 50000 }))), 42],
  ['IPv6', (payload: Bytes) => ethernet(ipv6(udp(payload, { srcPort: 4433, dstPort: 50000 }))), 62],
] as const)('a super-frame of %s', (_, build, headers) => {
  const size = 200;
  const long = (backend: number, length = size) => {
    const start = longHeader({ type: 'handshake', scid: cidv1(backend), payload: filler(0) });
    return concat(start, filler(length - start.length));
  };

  it.each(PROGRAMS)('is its datagrams, the last of them shorter: %s', (name, answer) => {
    const datagrams = [long(1), long(2), filler(size).fill(0x40), long(3), long(4, 60)];
    const frame = build(concat(...datagrams));
    const { verdict, counters } = program.runSkb(name, frame, { gsoSize: size });
    expect(verdict).toBe(answer);
    expect(counters).toMatchObject({
      frames: { packets: 5, bytes: 5 * headers + 4 * size + 60 },
      long_header: { packets: 4 },
      short_header: { packets: 1, bytes: headers + size },
      tapped: { packets: 4 },
    });
    const records = program.tap();
    expect(records.map(({ metadata }) => metadata.segment)).toEqual([1, 2, 4, 5]);
    for (const { metadata, bytes, length } of records) {
      const datagram = datagrams[metadata.segment - 1] as Bytes;
      expect(metadata.payloadLength).toBe(datagram.length);
      expect(length).toBe(headers + datagram.length);
      expect(hex(bytes)).toBe(hex(concat(frame.subarray(0, headers), datagram)));
    }
  });

  it('is one datagram when it is no longer than a segment', () => {
    program.runSkb('quic_egress', build(long(1)), { gsoSize: size });
    expect(program.tap().map(({ metadata }) => metadata.segment)).toEqual([0]);
  });
});
