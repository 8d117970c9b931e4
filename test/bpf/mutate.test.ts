// Frames damaged at random: the XDP program and the C++ build of its parser must read each the same way, and no
// frame may be taken from the host.
import { expect, it } from 'vitest';
import { type Classified, classify, constants, Program, type SkbProgram, XDP } from '../support/harness.js';
import { type Bytes, concat, hex, SERVER } from '../support/packets.js';
import { SERVERS, serverLengths } from '../support/server-lengths.js';
import { SHAPES } from './shapes.js';

const FRAMES = 20_000;
const SKB_PROGRAMS: readonly SkbProgram[] = ['quic_socket', 'quic_egress', 'quic_ingress'];
/** QUIC_TOP_SEED=n repeats a failure, or searches further. */
const SEED = Number(process.env.QUIC_TOP_SEED ?? 1);
const PORTS = [SERVER.port];
const LEAST_FRAME = 14;
/** Of short headers. */
const CID_LENGTH = 8;
const FIXED_BIT = 0x40;
/** Of all others nobody knows how long their CIDs are. */
const KNOWN = new Set(SERVERS.map(hex));
/** Bytes that sit at the edges of the parser's decisions. */
const EDGES = [0, 1, 4, 5, 6, 7, 8, 17, 20, 21, 43, 44, 51, 60, 0x45, 0x4f, 0x60, 0x7f, 0x80, 0xc0, 0xff];

/** mulberry32: small, seeded, and good enough to damage frames with. */
function generator(seed: number) {
  let state = seed >>> 0;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function damage(original: Bytes, random: (below: number) => number): Bytes {
  let frame: Bytes = original.slice();
  for (let times = 1 + random(4); times > 0; times--) {
    // The headers stand in the first bytes: most of the damage belongs there.
    const at = random(2) === 0 ? random(frame.length) : random(Math.min(frame.length, 64));
    switch (random(6)) {
      case 0:
        frame[at] = random(256);
        break;
      case 1:
        frame[at] = EDGES[random(EDGES.length)] as number;
        break;
      case 2:
        frame[at] = (frame[at] as number) ^ (1 << random(8));
        break;
      case 3:
        frame = frame.slice(0, Math.max(LEAST_FRAME, at));
        break;
      case 4:
        frame = concat(frame.subarray(0, at), frame.subarray(at + 1 + random(8)), new Uint8Array(LEAST_FRAME));
        break;
      default:
        frame = concat(
          frame.subarray(0, at),
          Uint8Array.from({ length: 1 + random(8) }, () => random(256)),
          frame.subarray(at),
        );
    }
  }
  return frame;
}

/** How a short header is counted whose CID was not seen before. */
function expectedOfShort({ fate, fromWatched, server, isRead, firstByte = 0, dcid }: Classified) {
  if (fate !== 'short_header' || fromWatched) return { short: [], cids: [] };
  if (!isRead || !KNOWN.has(hex(server)) || !(firstByte & FIXED_BIT))
    return { short: ['short_header_unread'], cids: [] };
  return { short: ['short_header_read'], cids: [hex(dcid.bytes)] };
}

/** What the C++ build makes of a frame, as the program in tap mode must show it. */
function expected(read: Classified) {
  const base = { verdict: XDP.pass as number, metadata: null };
  if (read.fate !== 'long_header') {
    const { short, cids } = expectedOfShort(read);
    return { ...base, moved: ['frames', read.fate, ...short], tapped: [], cids };
  }

  const { l3Offset, l4Offset, srcPort, dstPort, payloadLength, fromWatched, dcid } = read;
  const backend = fromWatched ? null : read.backend;
  const flags = (fromWatched ? constants.QT_FROM_WATCHED : 0) | (backend === null ? 0 : constants.QT_HAS_BACKEND);
  return {
    ...base,
    moved: ['frames', read.fate, 'tapped'],
    tapped: [
      { flags, l3Offset, l4Offset, payloadLength, backend: backend ?? 0, srcPort, dstPort, segment: 0, cidLength: 0 },
    ],
    cids: fromWatched || dcid.length > constants.QT_CID_MAX ? [] : [hex(dcid.bytes)],
  };
}

function seen(program: Program, frame: Bytes) {
  const { verdict, metadata, counters } = program.run(frame);
  const tapped = program.tap().map(({ metadata: { magic, rxQueue, time, ...rest } }) => rest);
  const cids = program.cidCounts().map(({ bytes }) => hex(bytes));
  if (cids.length > 0) program.forgetCids();
  return { verdict, metadata, moved: Object.keys(counters), tapped, cids };
}

/** What that program makes of it as an skb; a test run refuses frames shorter than their IP header. */
function fateOfSkb(program: Program, name: SkbProgram, frame: Bytes): string[] {
  const moved = Object.keys(program.runSkb(name, frame).counters);
  program.tap();
  program.forgetCids();
  return moved.filter(
    (counter) => counter !== 'frames' && counter !== 'tapped' && !counter.startsWith('short_header_'),
  );
}

it(`${FRAMES} damaged frames, seed ${SEED}: one parser, one reading`, () => {
  const program = new Program({
    mode: constants.QT_MODE_TAP,
    ports: PORTS,
    ...serverLengths(CID_LENGTH),
  });
  const random = generator(SEED);
  const fates = new Map<string, number>();
  for (let i = 0; i < FRAMES; i++) {
    const frame = damage((SHAPES[random(SHAPES.length)] as (typeof SHAPES)[0]).frame, random);
    const read = classify(frame, PORTS, CID_LENGTH);
    fates.set(read.fate, (fates.get(read.fate) ?? 0) + 1);
    expect(seen(program, frame), `seed ${SEED}, frame ${i}: ${hex(frame)}`).toEqual(expected(read));
    if (frame.length < 54) continue;
    const fate = 'l4Offset' in read && read.l4Offset + 8 > constants.QT_SKB_HEADERS ? 'not_udp' : read.fate;
    const name = SKB_PROGRAMS[i % SKB_PROGRAMS.length] as SkbProgram;
    expect(fateOfSkb(program, name, frame), `seed ${SEED}, frame ${i} by ${name}: ${hex(frame)}`).toEqual([fate]);
  }
  program.close();
  // The damage must leave enough of every fate, or the test says little.
  for (const [fate, count] of fates) expect(count, fate).toBeGreaterThan(FRAMES / 200);
  expect(fates.size).toBe(7);
});
