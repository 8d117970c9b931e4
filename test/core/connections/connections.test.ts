// What becomes of connections, and that nobody takes one from another with a packet that claims to be its own.
import { describe, expect, it } from 'vitest';
import { Connections, type ConnectionsOptions } from '../../../src/core/connections/connections.js';
import { ISSUE, PACKET_TYPE, RECORD_FLAGS } from '../../../src/core/native/abi.gen.js';
import { type Decoded, NEVER_OPENED } from '../../../src/core/quic/decoded.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { type FakePacket, FakeRecorder } from '../../support/fake-recorder.js';

const { TYPE_INITIAL, TYPE_HANDSHAKE, TYPE_RETRY, TYPE_VERSION_NEGOTIATION, TYPE_1RTT } = PACKET_TYPE;
const MS = 1e6;
const SERVER = [10, 0, 0, 1];
const FIRST = 'c0ffee0011223344';
const CLIENT = 'aabbccdd';
const HERS = '0133001122334455';

class Lab {
  readonly fake = new FakeRecorder({}, 64, 64 * 256);
  readonly connections: Connections;
  readonly events: string[] = [];
  time = 1000 * MS;
  private sequence = 0;
  private frame: Uint8Array | null = null;

  constructor(options: Partial<ConnectionsOptions> = {}) {
    this.connections = new Connections({
      serverIds: this.fake.recorder.serverIds,
      readFrame: () => this.frame,
      onEvent: (connection, _, kind) => this.events.push(`${connection.id} ${kind}`),
      ...options,
    });
  }

  /** The connection that the packet is of. */
  add(packet: Partial<FakePacket>, decoded: Partial<Decoded> = {}): string {
    this.time += MS;
    this.fake.add({ time: this.time, ...packet });
    const view = new RecordView();
    this.fake.recorder.lanes[0]?.load(this.sequence++, view);
    this.frame = packet.frame ?? null;
    const { id, guess } = this.connections.add(view, { ...NEVER_OPENED.none, ...decoded });
    return guess ? `${id}?` : `${id}`;
  }

  client(type: number, packet: Partial<FakePacket> = {}, decoded: Partial<Decoded> = {}): string {
    return this.add({ type, dcid: HERS, scid: type === TYPE_1RTT ? '' : CLIENT, ...packet }, decoded);
  }

  server(type: number, { src = [10, 0, 0, 2], srcPort = 50_000, ...packet }: Partial<FakePacket> = {}, decoded = {}) {
    const ends = { src: SERVER, srcPort: 4433, dst: src, dstPort: srcPort, flags: RECORD_FLAGS.RECORD_FROM_WATCHED };
    return this.add({ type, dcid: CLIENT, scid: type === TYPE_1RTT ? '' : HERS, ...ends, ...packet }, decoded);
  }

  /** A handshake, up to the first packet with a short header. */
  handshake(more: { dcid?: string; scid?: string; hers?: string; srcPort?: number } = {}): string {
    const { dcid = FIRST, scid = CLIENT, hers = HERS, srcPort = 50_000 } = more;
    const ids = [
      this.client(TYPE_INITIAL, { dcid, scid, srcPort }),
      this.server(TYPE_INITIAL, { dcid: scid, scid: hers, srcPort }),
      this.server(TYPE_HANDSHAKE, { dcid: scid, scid: hers, srcPort, index: 1, coalesced: true }),
      this.client(TYPE_HANDSHAKE, { dcid: hers, scid, srcPort }),
      this.client(TYPE_1RTT, { dcid: hers, srcPort }),
    ];
    return [...new Set(ids)].join();
  }

  row(id = 1) {
    const row = this.connections.report(0).rows.find((connection) => connection.id === id);
    if (!row) throw new Error(`no connection ${id}`);
    return row;
  }

  kinds(id = 1): string[] {
    return this.connections.events(id).map(({ kind }) => kind);
  }
}

describe('a handshake', () => {
  it('goes from phase to phase, and its halves are timed', () => {
    const lab = new Lab();
    expect(lab.client(TYPE_INITIAL, { dcid: FIRST })).toBe('1');
    expect(lab.row().state).toBe('initial');
    expect(lab.server(TYPE_INITIAL)).toBe('1');
    expect(lab.row().state).toBe('handshake');
    lab.client(TYPE_INITIAL);
    expect(lab.client(TYPE_HANDSHAKE)).toBe('1');
    expect(lab.client(TYPE_1RTT)).toBe('1');
    expect(lab.row()).toMatchObject({
      state: 'established',
      serverAnswer: MS,
      clientAnswer: 2 * MS,
      handshake: 3 * MS,
      client: '10.0.0.2:50000',
      server: '10.0.0.1:4433',
      serverCids: 1,
      clientCids: 1,
      joined: false,
      guess: false,
      toServer: { packets: 4 },
      toClient: { packets: 1 },
    });
    expect(lab.kinds()).toEqual(['opened', 'server_hello', 'handshake', 'established']);
    lab.connections.passTime(lab.time + 1500 * MS);
    const [backend] = lab.connections.report(0).backends;
    expect(backend).toMatchObject({ backend: null, open: 1, opened: 1, answered: 1, established: 1, failed: 0 });
    expect(backend?.handshakes.slice(0, 4)).toEqual([0, 0, 1, 0]);
  });

  it('goes on after a Retry, and is timed from there', () => {
    const lab = new Lab();
    lab.client(TYPE_INITIAL, { dcid: FIRST });
    expect(lab.server(TYPE_RETRY, { scid: 'feedfeedfeedfeed' })).toBe('1');
    expect(lab.row().state).toBe('retry');
    expect(lab.client(TYPE_INITIAL, { dcid: 'feedfeedfeedfeed', tokenLength: 20 })).toBe('1');
    expect(lab.server(TYPE_INITIAL)).toBe('1');
    expect(lab.client(TYPE_HANDSHAKE)).toBe('1');
    expect(lab.row()).toMatchObject({ serverAnswer: MS, clientAnswer: MS, serverCids: 2 });
  });

  it('ends with Version Negotiation, unless the server has spoken', () => {
    const lab = new Lab();
    lab.client(TYPE_INITIAL, { dcid: FIRST });
    expect(lab.server(TYPE_VERSION_NEGOTIATION, { scid: FIRST, version: 0 })).toBe('1');
    expect(lab.row()).toMatchObject({ state: 'closed', close: null, version: 1 });
    expect(lab.client(TYPE_INITIAL, { dcid: FIRST, version: 0x6b3343cf })).toBe('1');
    expect(lab.row().state).toBe('initial');
    const other = new Lab();
    other.handshake();
    other.server(TYPE_VERSION_NEGOTIATION, { scid: FIRST, version: 0 });
    expect(other.row().state).toBe('established');
  });

  it('fails with a CONNECTION_CLOSE; one in an Initial after it counts for nothing', () => {
    const close = { errorCode: 0x178n, frameType: 6, reason: 'no application protocol' };
    const lab = new Lab();
    lab.client(TYPE_INITIAL, { dcid: FIRST });
    lab.server(TYPE_INITIAL, {}, { close });
    expect(lab.row()).toMatchObject({ state: 'closed', close, closedBy: 'server' });
    expect(lab.connections.events(1).at(-1)?.text).toContain('0x178 (no_application_protocol)');
    expect(lab.connections.report(0).backends[0]).toMatchObject({ open: 0, failed: 1, unanswered: 0 });
    const other = new Lab();
    other.handshake();
    other.server(TYPE_INITIAL, {}, { close });
    expect(other.row()).toMatchObject({ state: 'established', close: null });
  });

  it('is unanswered when no packet of the server comes within a second', () => {
    const lab = new Lab();
    lab.client(TYPE_INITIAL, { dcid: FIRST });
    lab.connections.passTime(lab.time + 900 * MS);
    expect(lab.connections.report(0).backends).toMatchObject([{ open: 1, unanswered: 0 }]);
    lab.connections.passTime(lab.time + 1100 * MS);
    expect(lab.connections.report(0).backends).toMatchObject([{ unanswered: 1, failed: 1, opened: 1 }]);
  });

  it('is seen though only the packets of the client are', () => {
    const lab = new Lab();
    lab.client(TYPE_INITIAL, { dcid: FIRST });
    expect(lab.client(TYPE_INITIAL, {}, { keySource: FIRST, decrypted: true })).toBe('1');
    expect(lab.client(TYPE_HANDSHAKE)).toBe('1');
    expect(lab.client(TYPE_1RTT)).toBe('1');
    expect(lab.row()).toMatchObject({ state: 'established', rotations: 0, handshake: null });
  });
});

describe('a connection goes on', () => {
  it('with another connection ID: a rotation', () => {
    const lab = new Lab();
    lab.handshake();
    expect(lab.client(TYPE_1RTT, { dcid: '0133001199999999' })).toBe('1');
    expect(lab.row()).toMatchObject({ rotations: 1, migrations: 0, rebindings: 0, serverCids: 2 });
  });

  it.each([
    ['port', { srcPort: 50_001 }, { rebindings: 1, migrations: 0, client: '10.0.0.2:50001' }],
    ['address', { src: [10, 9, 0, 2] }, { rebindings: 0, migrations: 1, client: '10.9.0.2:50000' }],
  ])('from another %s', (_, from, expected) => {
    const lab = new Lab();
    lab.handshake();
    expect(lab.client(TYPE_1RTT, from)).toBe('1');
    expect(lab.server(TYPE_1RTT, from)).toBe('1');
    expect(lab.row()).toMatchObject(expected);
    // A packet that was on the way is no news, nor is the next one.
    lab.client(TYPE_1RTT);
    lab.client(TYPE_1RTT, from);
    expect(lab.row()).toMatchObject(expected);
  });

  it('as it seems when another client of its network comes to its backend a moment later', () => {
    const lab = new Lab();
    lab.handshake();
    lab.client(TYPE_HANDSHAKE, { backend: 17 }, { trust: 'server' });
    const other = { dcid: '0133001177777777', backend: 17, src: [10, 0, 0, 77], srcPort: 7 };
    expect(lab.client(TYPE_1RTT, other)).toBe('1?');
    expect(lab.client(TYPE_1RTT, other)).toBe('1?');
    expect(lab.row()).toMatchObject({ guess: true, migrations: 1 });
    // It was not: its own packets come from where they came.
    expect(lab.client(TYPE_1RTT)).toBe('1');
    expect(lab.client(TYPE_1RTT, other)).toBe('2');
    expect(lab.row()).toMatchObject({ guess: false, client: '10.0.0.2:50000' });
    // And not with another backend, or after more than a second.
    expect(lab.client(TYPE_1RTT, { ...other, dcid: '0133001288888888', backend: 18, srcPort: 8 })).toBe('3');
    lab.time += 2000 * MS;
    expect(lab.client(TYPE_1RTT, { ...other, dcid: '0133001188888888', srcPort: 9 })).toBe('4');
    expect(lab.row(4)).toMatchObject({ joined: true, state: 'established' });
  });

  it('with a CID that names another backend, which is told', () => {
    const lab = new Lab();
    lab.handshake();
    lab.client(TYPE_1RTT, { backend: 17 }, { trust: 'server' });
    expect(lab.row()).toMatchObject({ backend: 17, backendChanges: 0 });
    lab.client(TYPE_1RTT, { dcid: '01ff001244444444', backend: 18 }, { trust: 'unknown' });
    expect(lab.row()).toMatchObject({ backend: 18, backendChanges: 1 });
    lab.client(TYPE_1RTT, { backend: 17 }, { trust: 'server' });
    expect(lab.row()).toMatchObject({ backend: 17, backendChanges: 1 });
  });
});

describe('connections without connection IDs of the client', () => {
  it('are told apart on one path by the CIDs of the server; what has none is a guess', () => {
    const lab = new Lab();
    expect(lab.handshake({ scid: '' })).toBe('1');
    expect(lab.handshake({ scid: '', dcid: 'c0ffee0055555555', hers: '0133001155555555' })).toBe('2');
    expect(lab.server(TYPE_HANDSHAKE, { dcid: '' })).toBe('1');
    expect(lab.client(TYPE_1RTT)).toBe('1');
    expect(lab.client(TYPE_1RTT, { dcid: '0133001155555555' })).toBe('2');
    expect(lab.server(TYPE_1RTT, { dcid: '' })).toMatch(/\?$/);
    expect(lab.client(TYPE_1RTT, { dcid: '0133001166666666' })).toMatch(/\?$/);
  });

  it('keep their path when somebody sends first packets in their name', () => {
    const lab = new Lab();
    lab.handshake({ scid: '' });
    for (let i = 0; i < 10; i++)
      expect(lab.client(TYPE_INITIAL, { dcid: `c0ffee009999999${i}`, scid: '' })).toBe(`${i + 2}`);
    expect(lab.server(TYPE_1RTT, { dcid: '' })).toBe('1');
  });
});

describe('short headers', () => {
  it('without anything before them are of a connection that was joined', () => {
    const lab = new Lab();
    expect(lab.client(TYPE_1RTT)).toBe('1');
    expect(lab.server(TYPE_1RTT)).toBe('1');
    expect(lab.row()).toMatchObject({ joined: true, state: 'established', opened: expect.any(Number) });
    expect(lab.kinds()).toEqual(['joined']);
  });

  it('whose CID is not read are of the connection of their path', () => {
    const lab = new Lab();
    lab.handshake();
    lab.handshake({ dcid: 'c0ffee0055555555', hers: '0133001155555555', srcPort: 50_001 });
    const unread = { dcid: '', issues: ISSUE.ISSUE_CID_LENGTH_UNKNOWN };
    expect(lab.client(TYPE_1RTT, unread)).toBe('1');
    expect(lab.client(TYPE_1RTT, { ...unread, srcPort: 50_001 })).toBe('2');
    const frame = Uint8Array.from([0x40, 0xaa, 0xbb, 0xcc, 0xdd, 1, 2, 3]);
    expect(lab.server(TYPE_1RTT, { ...unread, frame, packetLength: 40 })).toBe('1');
    expect(lab.row()).toMatchObject({ resets: 0, clientCids: 1 });
  });

  it('that look like a stateless reset are told; the connection goes on when its server does', () => {
    const lab = new Lab();
    lab.handshake();
    expect(lab.server(TYPE_1RTT, { dcid: '01020304', packetLength: 41 })).toBe('1');
    expect(lab.row()).toMatchObject({ state: 'reset', resets: 1, clientCids: 1 });
    lab.server(TYPE_1RTT, { packetLength: 41 });
    expect(lab.row()).toMatchObject({ state: 'established', resets: 1 });
    // A CID that comes twice is no chance.
    lab.server(TYPE_1RTT, { dcid: '09090909', packetLength: 30 });
    lab.server(TYPE_1RTT, { dcid: '09090909', packetLength: 30 });
    expect(lab.row()).toMatchObject({ state: 'established', resets: 2, clientCids: 2 });
    // What is longer is a packet with another CID of the client.
    lab.server(TYPE_1RTT, { dcid: '05050505', packetLength: 600 });
    expect(lab.row()).toMatchObject({ state: 'established', resets: 2, clientCids: 3 });
  });

  it('are no reset where the client has no connection ID', () => {
    const lab = new Lab();
    lab.handshake({ scid: '' });
    lab.server(TYPE_1RTT, { dcid: '01020304', packetLength: 41 });
    expect(lab.row()).toMatchObject({ state: 'established', resets: 0 });
  });
});

it('a connection is silent after 30 s, and may wake up', () => {
  const lab = new Lab();
  lab.handshake();
  lab.connections.passTime(lab.time + 29_000 * MS);
  expect(lab.row().state).toBe('established');
  lab.connections.passTime(lab.time + 31_000 * MS);
  expect(lab.row().state).toBe('silent');
  expect(lab.connections.events(1).at(-1)).toEqual({ time: lab.time + 30_000 * MS, kind: 'silent', text: '' });
  lab.time += 40_000 * MS;
  lab.client(TYPE_1RTT);
  expect(lab.row().state).toBe('established');
  expect(lab.kinds().slice(-2)).toEqual(['silent', 'resumed']);
});

it('one forged packet takes nothing from a connection', () => {
  const lab = new Lab();
  lab.handshake();
  // Its CID from elsewhere, a CID of nobody's from its path, and first packets with its CIDs.
  lab.client(TYPE_1RTT, { src: [66, 6, 6, 6], srcPort: 6 });
  lab.client(TYPE_1RTT, { dcid: '6666666666666666' });
  lab.client(TYPE_INITIAL, { src: [66, 6, 6, 6], srcPort: 7 });
  expect(lab.client(TYPE_INITIAL, { dcid: '7777777777777777', scid: CLIENT, src: [66, 6, 6, 6] })).toBe('2');
  for (const packet of [() => lab.client(TYPE_1RTT), () => lab.server(TYPE_1RTT)]) expect(packet()).toBe('1');
  expect(lab.row()).toMatchObject({ client: '10.0.0.2:50000', state: 'established' });
});

it('a timeline keeps how it began and what came last', () => {
  const lab = new Lab();
  lab.handshake();
  for (let i = 0; i < 100; i++) lab.client(TYPE_1RTT, { srcPort: 1000 + i });
  const events = lab.connections.events(1);
  expect(events).toHaveLength(32);
  expect(events[0]?.kind).toBe('opened');
  expect(events.at(-1)).toMatchObject({ kind: 'rebound', text: '10.0.0.2:1099' });
});

it('first packets by the thousand push out each other, and not who has spoken with a server', () => {
  const lab = new Lab({ connections: 64, cids: 256, paths: 256 });
  lab.handshake();
  for (let i = 0; i < 1000; i++) {
    const dcid = `c0ffee00${i.toString(16).padStart(8, '0')}`;
    lab.client(TYPE_INITIAL, { dcid, scid: dcid, src: [11, 0, i >> 8, i & 0xff] });
  }
  const report = lab.connections.report(0);
  expect(report).toMatchObject({ opened: 1001, dropped: 1001 - 64 });
  expect(report.rows).toHaveLength(64);
  expect(report.rows[0]?.id).toBe(1001);
  expect(lab.row()).toMatchObject({ state: 'established' });
  // What was forgotten is counted.
  expect(report.backends[0]?.opened).toBe(1001 - 64);
  expect(lab.events.filter((event) => event.endsWith('forgotten'))).toHaveLength(1001 - 64);
  // Its CIDs are forgotten by now, its path too: what comes next joins.
  expect(lab.client(TYPE_1RTT)).toBe('1002');
});
