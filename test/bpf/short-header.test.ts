// Short headers through the real programs: read as far as it is known how long CIDs are, counted under their CID, their
// server and, where they cannot be read, their port; never recorded, never taken.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { CID_LAYOUT_FLAGS, CID_SCHEME, SHORT_MODE } from '../../src/core/native/abi.gen.js';
import { cidLayout } from '../support/cid-layouts.js';
import { constants, Program, type RunResult, XDP } from '../support/harness.js';
import {
  type Bytes,
  CLIENT,
  cidv1,
  concat,
  ethernet,
  filler,
  hex,
  ipv4,
  ipv6,
  longHeader,
  SERVER,
  shortHeader,
  u8,
  udp,
} from '../support/packets.js';
import { serverLengths } from '../support/server-lengths.js';

const { QT_MODE_IDLE, QT_MODE_TAP, QT_MODE_DIVERT, QT_CID_MAX, QT_SHORT } = constants;
const PORT = SERVER.port;
/** What header protection takes its sample from ends here, at the earliest (RFC 9001 section 5.4.2). */
const LEAST = 20;
const CID = cidv1(17);
const NAMES_NOBODY = Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2);

const frameOf = (payload: Bytes) => ethernet(ipv4(udp(payload)));
const short = (dcid: Bytes, payload = filler(24)) => frameOf(shortHeader({ dcid, payload }));

/** Each as `run(frame)`: all of them count short headers alike. */
const PROGRAMS: [string, (frame: Bytes) => Pick<RunResult, 'verdict' | 'counters'>, number][] = [
  ['xdp', (frame) => program.run(frame), XDP.pass],
  ['socket', (frame) => program.runSkb('quic_socket', frame), 0],
  ['egress', (frame) => program.runSkb('quic_egress', frame), -1],
];

const program = new Program({ mode: QT_MODE_TAP });
afterAll(() => program.close());
beforeEach(() => {
  program.configure({
    mode: QT_MODE_TAP,
    ...serverLengths(CID.length),
    budgetInterval: 0,
    short: SHORT_MODE.SHORT_COUNT,
    sample: 0,
  });
  program.forgetCids();
  program.tap();
});

const moved = ({ counters }: Pick<RunResult, 'counters'>) => Object.keys(counters);
const READ = ['frames', 'short_header', 'short_header_read'];
const UNREAD = ['frames', 'short_header', 'short_header_unread'];

describe.each(PROGRAMS)('%s', (_, run, passes) => {
  it('counts it under its CID and its server, and lets it pass', () => {
    const frame = short(CID);
    for (let i = 0; i < 3; i++) {
      const result = run(frame);
      expect(result.verdict).toBe(passes);
      expect(moved(result)).toEqual(READ);
    }
    expect(program.tap()).toEqual([]);
    const byteCount = 3 * frame.length;
    expect(program.cidCounts()).toMatchObject([
      { length: CID.length, bytes: CID, packets: 3, byteCount, shortPackets: 3 },
    ]);
    expect(program.backendCounts()).toEqual([
      { serverId: 17n, layout: 1, packets: 3, byteCount, shortPackets: 3, shortBytes: byteCount },
    ]);
    expect(program.unreadPorts()).toEqual({});
  });

  it('counts long and short ones of a CID together, and tells them apart', () => {
    const handshake = frameOf(longHeader({ dcid: CID, type: 'handshake' }));
    run(handshake);
    run(short(CID));
    run(short(CID));
    expect(program.cidCounts()).toMatchObject([{ packets: 3, shortPackets: 2 }]);
    expect(program.backendCounts()).toMatchObject([
      { packets: 3, byteCount: handshake.length + 2 * short(CID).length, shortPackets: 2 },
    ]);
  });

  it('counts no Initial under a server: its client may have chosen what seems to name one', () => {
    run(frameOf(longHeader({ dcid: CID })));
    run(frameOf(longHeader({ dcid: CID, type: '0rtt' })));
    expect(program.cidCounts()).toMatchObject([{ packets: 2, shortPackets: 0 }]);
    expect(program.backendCounts()).toEqual([]);
  });

  it('counts one that names no server under its CID alone', () => {
    expect(moved(run(short(NAMES_NOBODY)))).toEqual(READ);
    expect(program.cidCounts()).toMatchObject([{ bytes: NAMES_NOBODY, shortPackets: 1 }]);
    expect(program.backendCounts()).toEqual([]);
  });

  it('makes no key of what follows the CID', () => {
    for (let i = 0; i < 50; i++) run(short(CID, filler(24 + (i % 7)).fill(i)));
    expect(program.cidCounts()).toMatchObject([{ bytes: CID, packets: 50 }]);
  });

  it('reads none when nobody knows how long CIDs are, and counts it by its port', () => {
    program.configure({ serverLengths: [] });
    expect(moved(run(short(CID)))).toEqual(UNREAD);
    expect(moved(run(short(NAMES_NOBODY)))).toEqual(UNREAD);
    expect(program.cidCounts()).toEqual([]);
    expect(program.unreadPorts()).toEqual({ [PORT]: 2 });
  });

  it('reads CIDs that are known where servers of one port choose several lengths', () => {
    program.configure(serverLengths(20, 8));
    const long = filler(20).fill(0x66);
    // Nobody has seen one of them: any length could be the right one.
    for (const dcid of [long, CID]) expect(moved(run(short(dcid)))).toEqual(UNREAD);
    expect(program.cidCounts()).toEqual([]);
    for (const dcid of [long, CID]) {
      run(frameOf(longHeader({ dcid, type: 'handshake' })));
      expect(moved(run(short(dcid)))).toEqual(READ);
    }
    expect(moved(run(short(NAMES_NOBODY)))).toEqual(UNREAD);
    expect(program.cidCounts().map(({ packets, shortPackets }) => [packets, shortPackets])).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  it.each([1, 4, 8, 19, 20])('reads CIDs of %i bytes, up to the last', (length) => {
    program.configure(serverLengths(length));
    const dcid = filler(length).fill(0x55);
    for (const ip of [ipv4, ipv6]) {
      expect(moved(run(ethernet(ip(udp(shortHeader({ dcid, payload: filler(LEAST) }))))))).toEqual(READ);
    }
    expect(program.cidCounts()).toMatchObject([{ length, bytes: dcid, packets: 2 }]);
  });

  it('reads none of a length that no version has', () => {
    program.configure(serverLengths(QT_CID_MAX + 1));
    expect(moved(run(frameOf(concat(u8(0x40), filler(100)))))).toEqual(UNREAD);
  });

  it('takes what is too short to be protected for no QUIC', () => {
    expect(moved(run(short(CID, filler(LEAST))))).toEqual(READ);
    expect(moved(run(short(CID, filler(LEAST - 1))))).toEqual(UNREAD);
    expect(moved(run(frameOf(u8(0x40))))).toEqual(UNREAD);
  });

  it('takes one without the fixed bit for QUIC when its CID is known: of STUN and DTLS none is', () => {
    const greased = (dcid: Bytes) => frameOf(concat(u8(0x12), dcid, filler(24)));
    expect(moved(run(greased(CID)))).toEqual(UNREAD);
    expect(program.cidCounts()).toEqual([]);
    run(frameOf(longHeader({ dcid: CID, type: 'handshake' })));
    expect(moved(run(greased(CID)))).toEqual(READ);
    expect(moved(run(greased(NAMES_NOBODY)))).toEqual(UNREAD);
    expect(program.cidCounts()).toMatchObject([{ bytes: CID, packets: 2, shortPackets: 1 }]);
  });

  it('counts all of a flood under their server, and makes entries for new CIDs within the budget alone', () => {
    program.configure({ budgetInterval: 1e12 });
    const counts = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      for (const counter of moved(run(short(Uint8Array.from(CID, (byte, at) => (at === 7 ? i : byte))))))
        counts.set(counter, (counts.get(counter) ?? 0) + 1);
    }
    const over = counts.get('short_header_over_budget') as number;
    expect(counts.get('short_header_read')).toBe(200);
    expect(over).toBeGreaterThan(150);
    expect(program.cidCounts()).toHaveLength(200 - over);
    expect(program.backendCounts()).toMatchObject([{ packets: 200, shortPackets: 200 }]);
  });
});

it('does nothing with it while nobody captures', () => {
  program.configure({ mode: QT_MODE_IDLE });
  expect(moved(program.run(short(CID)))).toEqual(['frames', 'short_header']);
  expect(program.cidCounts()).toEqual([]);
});

it('does nothing with it when nobody drains any more', () => {
  program.configure({ heartbeat: 1 });
  expect(moved(program.run(short(CID)))).toEqual(['frames', 'short_header']);
  expect(program.cidCounts()).toEqual([]);
});

it('reads a server id to its last 64 bits, and the length from a scheme that has one, where no server has shown it', () => {
  const layout = cidLayout({
    flags: CID_LAYOUT_FLAGS.LAYOUT_GIVEN,
    scheme: CID_SCHEME.CID_OFFSET,
    least: 12,
    most: 12,
    first_mask: 0xf0,
    first_value: 0,
    id_bit: 8,
    id_bits: 72,
  });
  const dcid = concat(u8(0x0f), Uint8Array.of(0x99, 0x11, 2, 3, 4, 5, 6, 7, 8), filler(2));
  const given = new Program({ mode: QT_MODE_TAP, cidLayouts: layout });
  try {
    expect(moved(given.run(short(dcid)))).toEqual(READ);
    expect(given.cidCounts().map(({ bytes }) => hex(bytes))).toEqual([hex(dcid)]);
    expect(given.backendCounts()).toMatchObject([{ serverId: 0x1102030405060708n, packets: 1 }]);
    expect(moved(given.run(short(NAMES_NOBODY.fill(0xf0))))).toEqual(UNREAD);
    // It may be another server, whose ciphertext only looks like the scheme.
    given.forgetCids();
    given.configure(serverLengths(8));
    expect(moved(given.run(short(dcid)))).toEqual(READ);
    expect(given.cidCounts()).toMatchObject([{ length: 8 }]);
  } finally {
    given.close();
  }
});

describe('what is recorded of short headers', () => {
  const { SHORT_NONE, SHORT_COUNT, SHORT_EVENTS, SHORT_ALL } = SHORT_MODE;
  const from = (port: number, dcid = CID) => ethernet(ipv4(udp(shortHeader({ dcid }), { srcPort: port })));
  const reply = (payload: Bytes) => ethernet(ipv4(udp(payload, { srcPort: PORT, dstPort: CLIENT.port })));
  const answer = (dcid: Bytes) => reply(longHeader({ dcid, scid: CID, type: 'handshake' }));
  const taps = (frame: Bytes) => {
    program.run(frame);
    return program
      .tap()
      .map(({ metadata: { flags, cidLength } }) => ({ isShort: (flags & QT_SHORT) !== 0, cidLength }));
  };
  const KNOWN = [{ isShort: true, cidLength: CID.length }];
  const UNKNOWN = [{ isShort: true, cidLength: 255 }];

  it('is nothing while they are only counted, or not even that', () => {
    for (const short of [SHORT_NONE, SHORT_COUNT]) {
      program.configure({ short });
      expect(taps(from(1))).toEqual([]);
      expect(program.cidCounts()).toHaveLength(short === SHORT_NONE ? 0 : 1);
    }
  });

  it('is the first of a CID, and one from another address or port', () => {
    program.configure({ short: SHORT_EVENTS });
    expect(taps(from(1))).toEqual(KNOWN);
    expect(taps(from(1))).toEqual([]);
    expect(taps(from(2))).toEqual(KNOWN);
    expect(taps(from(2))).toEqual([]);
    expect(taps(ethernet(ipv4(udp(shortHeader({ dcid: CID }), { srcPort: 2 }), { src: '10.0.0.3' })))).toEqual(KNOWN);
    expect(taps(ethernet(ipv6(udp(shortHeader({ dcid: CID }), { srcPort: 2 }))))).toEqual(KNOWN);
    expect(program.cidCounts()).toMatchObject([{ packets: 6, shortPackets: 6 }]);
  });

  it('is nothing new of a CID that a long header had from that address', () => {
    program.configure({ short: SHORT_EVENTS });
    program.run(ethernet(ipv4(udp(longHeader({ dcid: CID, type: 'handshake' }), { srcPort: 7 }))));
    program.tap();
    expect(taps(from(7))).toEqual([]);
    expect(taps(from(8))).toEqual(KNOWN);
  });

  it('is one in so many of the others', () => {
    program.configure({ short: SHORT_EVENTS, sample: 4 });
    taps(from(1));
    let sampled = 0;
    for (let i = 0; i < 1000; i++) sampled += taps(from(1)).length;
    expect(sampled).toBeGreaterThan(150);
    expect(sampled).toBeLessThan(350);
  });

  it('is all of QUIC on demand, whatever can be read of it', () => {
    program.configure({ short: SHORT_ALL, serverLengths: [] });
    expect(taps(from(1))).toEqual(UNKNOWN);
    // STUN.
    expect(taps(frameOf(concat(u8(0x00), filler(40))))).toEqual([]);
    program.configure(serverLengths(CID.length));
    expect([...taps(from(1)), ...taps(from(1))]).toEqual([...KNOWN, ...KNOWN]);
  });

  it('stays within the budget, and what does not fit is still to be recorded', () => {
    program.configure({ short: SHORT_EVENTS });
    expect(taps(from(1))).toEqual(KNOWN);
    program.configure({ budgetInterval: 1e15 });
    for (let i = 0; i < 20; i++) program.run(from(2));
    program.tap();
    program.configure({ budgetInterval: 0 });
    const late = taps(from(2)).length + taps(from(3)).length;
    expect(late).toBeGreaterThan(0);
    expect(program.cidCounts()).toMatchObject([{ packets: 23 }]);
  });

  describe('from a server', () => {
    const CLIENT_CID = filler(8).fill(0xc1);
    const plain = shortHeader({ dcid: CLIENT_CID });
    const reset = (fill: number, length = 40) => reply(concat(u8(0x40), filler(length).fill(fill)));

    it('is counted by its path, both ways of ECN too', () => {
      program.configure({ short: SHORT_EVENTS });
      program.run(answer(CLIENT_CID));
      for (let i = 0; i < 3; i++) program.run(reply(plain));
      expect(program.pathCounts()).toMatchObject([
        { clientPort: CLIENT.port, serverPort: PORT, packets: 4, clientCid: { bytes: CLIENT_CID } },
      ]);
      const marked = reply(plain);
      marked[15] = 3;
      program.run(marked);
      marked[15] = 2;
      program.run(marked);
      expect(program.pathCounts()).toMatchObject([{ packets: 6, ectPackets: 1, cePackets: 1 }]);
      expect(program.cidCounts()).toEqual([]);
    });

    it('is recorded when its client has another CID: once, unless it is another one each time', () => {
      program.configure({ short: SHORT_EVENTS });
      program.run(answer(CLIENT_CID));
      program.tap();
      expect(taps(reply(plain))).toEqual([]);
      expect(taps(reset(0x11))).toEqual([{ isShort: true, cidLength: CLIENT_CID.length }]);
      expect(taps(reset(0x11))).toEqual([]);
      expect(taps(reset(0x22))).toHaveLength(1);
      // Too short for a CID and what is protected, and long enough for a token (RFC 9000 section 10.3).
      expect(taps(reset(0x33, 20))).toEqual([{ isShort: true, cidLength: 255 }]);
      expect(taps(reset(0x44, 19))).toEqual([]);
      expect(taps(reply(plain))).toEqual([]);
    });

    it('is never taken for a reset where the client has no CIDs, or none is known', () => {
      program.configure({ short: SHORT_EVENTS });
      expect(taps(reset(0x11))).toEqual([]);
      program.run(answer(new Uint8Array(0)));
      program.tap();
      expect(taps(reset(0x22))).toEqual([]);
      program.configure({ short: SHORT_ALL });
      expect(taps(reset(0x22))).toEqual([{ isShort: true, cidLength: 0 }]);
    });
  });

  it('is diverted only where that is asked for', () => {
    program.addSocket(17);
    try {
      program.configure({ mode: QT_MODE_DIVERT, short: SHORT_ALL });
      expect(program.run(from(1)).verdict).toBe(XDP.pass);
      program.configure({ divertShort: 1 });
      expect(program.run(from(1)).verdict).toBe(XDP.redirect);
    } finally {
      program.removeSocket(17);
      program.configure({ mode: QT_MODE_TAP, divertShort: 0 });
    }
  });
});
