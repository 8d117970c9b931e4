// Every packet shape through the real XDP program, in every mode, and through the C++ build of its parser: the
// verdict, exactly one fate counter, the maps, the tap record, the metadata.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Counter, classify, constants, type Metadata, Program, type RunResult, XDP } from '../support/harness.js';
import { hex, SERVER } from '../support/packets.js';
import { SHAPES, type Shape } from './shapes.js';

const { QT_MODE_IDLE, QT_MODE_TAP, QT_MODE_DIVERT, QT_CID_MAX, QT_QUEUES } = constants;
const allSlots = Array.from({ length: QT_QUEUES }, (_, slot) => slot);

/** What becomes of a long header; anything else just passes. What finds no socket is tapped. */
type Outcome = 'passed' | 'tapped' | 'redirected' | 'no_socket';
interface Setting {
  setting: string;
  mode: number;
  sockets: boolean;
  outcome: (shape: Shape) => Outcome;
}
const SETTINGS: Setting[] = [
  { setting: 'idle', mode: QT_MODE_IDLE, sockets: true, outcome: () => 'passed' },
  { setting: 'tap', mode: QT_MODE_TAP, sockets: true, outcome: () => 'tapped' },
  {
    setting: 'divert, nobody listens',
    mode: QT_MODE_DIVERT,
    sockets: false,
    outcome: (shape) => (shape.backend === undefined ? 'tapped' : 'no_socket'),
  },
  {
    setting: 'divert',
    mode: QT_MODE_DIVERT,
    sockets: true,
    outcome: (shape) => (shape.backend === undefined ? 'tapped' : 'redirected'),
  },
];

const portsOf = (shape: Shape) => shape.ports ?? [SERVER.port];

/** The counters that move for it, besides the frame's own. */
const COUNTERS: Record<Outcome, Counter[]> = {
  passed: [],
  tapped: ['tapped'],
  redirected: ['redirected'],
  no_socket: ['tapped', 'no_socket'],
};

/** Nobody knows here how long CIDs are. */
const unreadOf = ({ frame, fate, ports = [SERVER.port] }: Shape): Counter[] =>
  fate === 'short_header' && !classify(frame, ports).fromWatched ? ['short_header_unread'] : [];

/** Checks the verdict and every counter; gives back the metadata that went with the frame, if any did. */
function expectOutcome(shape: Shape, result: RunResult, outcome: Outcome, isWatched: boolean): Metadata | null {
  const moved = ['frames', shape.fate, ...COUNTERS[outcome], ...(isWatched ? unreadOf(shape) : [])];
  const one = { packets: 1, bytes: shape.frame.length };
  expect(result.counters).toEqual(Object.fromEntries(moved.map((counter) => [counter, one])));
  expect(result.verdict).toBe(outcome === 'redirected' ? XDP.redirect : XDP.pass);
  expect(hex(result.frame)).toBe(hex(shape.frame));

  const records = program.tap();
  if (outcome === 'passed' || outcome === 'redirected') {
    expect(records).toEqual([]);
    return result.metadata;
  }
  expect(result.metadata).toBeNull();
  expect(records).toHaveLength(1);
  expect(records[0]?.length).toBe(shape.frame.length);
  expect(hex(records[0]?.bytes as Uint8Array)).toBe(hex(shape.frame));
  return records[0]?.metadata ?? null;
}

/** The metadata against the C++ build's reading of the same frame. */
function expectMetadata(shape: Shape, metadata: Metadata | null, before: bigint, after: bigint) {
  const { l3Offset, l4Offset, srcPort, dstPort, payloadLength, fromWatched } = classify(shape.frame, portsOf(shape));
  const flags =
    (fromWatched ? constants.QT_FROM_WATCHED : 0) | (shape.backend === undefined ? 0 : constants.QT_HAS_BACKEND);
  const { time, ...rest } = metadata as Metadata;
  expect(rest).toEqual({
    magic: constants.QT_METADATA_MAGIC,
    rxQueue: 0,
    flags,
    l3Offset,
    l4Offset,
    payloadLength,
    backend: shape.backend ?? 0,
    srcPort,
    dstPort,
    segment: 0,
    cidLength: 0,
  });
  expect(time).toBeGreaterThan(before);
  expect(time).toBeLessThan(after);
}

// Loaded once for all rows: the verifier takes its time for each load.
const program = new Program();
afterAll(() => program.close());

describe.each(SETTINGS)('$setting', ({ mode, sockets, outcome }) => {
  beforeAll(() => {
    program.configure({ mode });
    if (sockets) for (const slot of allSlots) program.addSocket(slot);
  });
  afterAll(() => {
    if (sockets) for (const slot of allSlots) program.removeSocket(slot);
  });

  it.each(SHAPES)('$name', (shape) => {
    program.configure({ ports: portsOf(shape) });
    const before = process.hrtime.bigint();
    const result = program.run(shape.frame);
    const after = process.hrtime.bigint();

    const expected = shape.fate === 'long_header' ? outcome(shape) : 'passed';
    const metadata = expectOutcome(shape, result, expected, mode !== QT_MODE_IDLE);
    if (expected === 'passed') expect(metadata).toBeNull();
    else expectMetadata(shape, metadata, before, after);
  });
});

describe('is counted by its DCID', () => {
  it.each(SHAPES)('$name', (shape) => {
    program.configure({ ports: portsOf(shape) });
    program.forgetCids();
    const before = process.hrtime.bigint();
    for (let i = 0; i < 3; i++) program.run(shape.frame);
    const after = process.hrtime.bigint();
    program.tap();

    const counts = program.cidCounts();
    const backends = program.cidBackends();
    if (shape.dcid === undefined || shape.dcid.length > QT_CID_MAX) {
      expect(counts).toEqual([]);
      expect(backends).toEqual([]);
      return;
    }
    const cid = { length: shape.dcid.length, bytes: shape.dcid };
    expect(counts).toMatchObject([{ ...cid, packets: 3, byteCount: 3 * shape.frame.length }]);
    const [{ firstSeen, lastSeen } = { firstSeen: 0n, lastSeen: 0n }] = counts;
    expect(before < firstSeen && firstSeen < lastSeen && lastSeen < after).toBe(true);
    const route = { ...cid, backend: shape.backend, queue: (shape.backend ?? 0) % QT_QUEUES };
    expect(backends).toEqual(shape.backend === undefined ? [] : [route]);
  });
});

describe('is read the same by the C++ build', () => {
  it.each(SHAPES)('$name', (shape) => {
    const read = classify(shape.frame, portsOf(shape));
    expect(read.fate).toBe(shape.fate);
    if (shape.fate !== 'long_header') return;
    expect(read.fromWatched).toBe(shape.dcid === undefined);
    if (shape.dcid === undefined) return;
    expect(read.dcid).toEqual({ length: shape.dcid.length, bytes: shape.dcid.slice(0, QT_CID_MAX) });
    expect(read.backend).toBe(shape.backend ?? null);
  });
});
