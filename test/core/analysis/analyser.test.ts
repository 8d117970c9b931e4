// What the analysis finds out about packets, without its thread.
import { describe, expect, it } from 'vitest';
import { NO_CENSUS, OTHER_VERSIONS } from '../../../src/core/analysis/census-counter.js';
import { NO_CONNECTIONS } from '../../../src/core/connections/connection.js';
import { ISSUE, PACKET_TYPE, RECORD_FLAGS } from '../../../src/core/native/abi.gen.js';
import type { Decoded } from '../../../src/core/quic/decoder.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { type FakePacket, FakeRecorder } from '../../support/fake-recorder.js';
import { InProcessAnalysis } from '../../support/in-process-analysis.js';
import { concat, unhex } from '../../support/packets.js';
import { clientHello, cryptoFrame, initial } from '../../support/quic-client.js';

const CLIENT_CID = 'aabbccdd';
const SERVER_CID = '0133001122334455';
const FROM_SERVER = { flags: RECORD_FLAGS.RECORD_FROM_WATCHED, dcid: CLIENT_CID, scid: SERVER_CID };
const HANDSHAKE = PACKET_TYPE.TYPE_HANDSHAKE;

class Lab {
  readonly fake: FakeRecorder;
  readonly analysis: InProcessAnalysis;
  now = 0;
  /** Milliseconds that pass between two looks at the clock. */
  tick = 0;

  constructor(slots = 64, liveBudget: number | null = 3000, lanes = 1, tellsChanges = false) {
    this.fake = new FakeRecorder({ lanes }, slots, slots * 2048);
    this.analysis = new InProcessAnalysis(
      this.fake.recorder,
      liveBudget,
      () => {
        this.now += this.tick;
        return this.now;
      },
      tellsChanges,
    );
  }

  view(sequence: number, lane = 0): RecordView {
    const view = new RecordView();
    if (!this.fake.recorder.lanes[lane]?.load(sequence, view)) throw new Error(`${sequence} is not held`);
    return view;
  }

  decoded(sequence: number, lane = 0): Decoded {
    return this.analysis.decodedOf(this.view(sequence, lane));
  }

  /** The first Initial of a client, which asks for a name. */
  addInitial(sni: string, packet: Partial<FakePacket> = {}): void {
    const dcid = 'c0ffee0011223344';
    const bytes = initial({ dcid: unhex(dcid), scid: unhex(CLIENT_CID), payload: cryptoFrame(0, clientHello(sni)) });
    const frame = concat(new Uint8Array(42), bytes);
    this.fake.add({
      time: 1,
      dcid,
      scid: CLIENT_CID,
      type: 1,
      packetOffset: 42,
      packetLength: bytes.length,
      frame,
      ...packet,
    });
  }

  census() {
    this.now += 1000;
    this.analysis.step();
    return this.analysis.census;
  }
}

describe('decodedOf', () => {
  it('knows every packet below decodedUpTo, and nothing above', () => {
    const lab = new Lab(64, 3000, 2);
    lab.addInitial('a.example', { lane: 1 });
    lab.fake.add({ time: 2, type: HANDSHAKE, ...FROM_SERVER });
    expect(lab.decoded(0, 1)).toMatchObject({ decrypted: null, trust: null, sni: null });
    expect([lab.analysis.decodedUpTo(0), lab.analysis.decodedUpTo(1)]).toEqual([0, 0]);
    lab.analysis.step();
    lab.fake.add({ time: 3, type: HANDSHAKE, ...FROM_SERVER });
    expect([lab.analysis.decodedUpTo(0), lab.analysis.decodedUpTo(1)]).toEqual([1, 1]);
    expect(lab.decoded(0, 1)).toMatchObject({ decrypted: true, packetNumber: 0, sni: 'a.example', alpn: ['h3'] });
    expect(lab.decoded(0)).toMatchObject({ decrypted: null, trust: 'server' });
    expect(lab.decoded(1)).toMatchObject({ decrypted: null, trust: null });
    lab.analysis.step();
    expect(lab.decoded(1)).toBe(lab.decoded(0));
  });

  it('forgets what was overwritten, and does not take the next packet in its place for it', () => {
    const lab = new Lab(4);
    lab.addInitial('a.example');
    lab.fake.add({ time: 2, type: HANDSHAKE, ...FROM_SERVER });
    lab.analysis.step();
    const [hello, answer] = [lab.view(0), lab.view(1)];
    expect(lab.analysis.decodedOf(hello).sni).toBe('a.example');
    lab.fake.add({ time: 3, type: HANDSHAKE });
    lab.fake.add({ time: 4, type: HANDSHAKE });
    lab.analysis.step();
    lab.addInitial('b.example', { time: 5 });
    lab.fake.add({ time: 6, type: PACKET_TYPE.TYPE_0RTT, dcid: CLIENT_CID });
    lab.analysis.step();
    expect(lab.decoded(4).decrypted).toBe(true);
    expect(lab.decoded(5).trust).toBe('client');
    for (const view of [hello, answer])
      expect(lab.analysis.decodedOf(view)).toMatchObject({ decrypted: null, trust: null });
  });

  it('says of Initials beyond the budget that they were not opened', () => {
    const lab = new Lab(2048, 1);
    lab.tick = 0.002;
    for (let i = 0; i < 1001; i++) lab.addInitial('a.example');
    lab.analysis.step();
    expect(lab.decoded(999)).toMatchObject({ decrypted: true });
    expect(lab.decoded(1000)).toMatchObject({ decrypted: false, issues: ['over_budget'] });
    expect(lab.analysis.overBudget).toBe(1);
  });
});

describe('when packets come faster than they are decoded', () => {
  const burst = (lab: Lab, count: number, more: Partial<FakePacket> = {}) => {
    for (let time = 0; time < count; time++) lab.fake.add({ time, type: HANDSHAKE, ...FROM_SERVER, ...more });
  };

  it('passes over a full recorder that is more undecoded than decoded', () => {
    const lab = new Lab(64);
    burst(lab, 64);
    lab.analysis.step();
    expect(lab.decoded(63).trust).toBe('server');
    burst(lab, 32);
    lab.analysis.step();
    expect(lab.decoded(95).trust).toBe('server');
    burst(lab, 40);
    lab.analysis.step();
    expect(lab.analysis.decodedUpTo(0)).toBe(136);
    expect(lab.decoded(95).trust).toBe('server');
    expect(lab.decoded(96)).toMatchObject({ decrypted: null, trust: null });
    expect(lab.decoded(135)).toMatchObject({ decrypted: null, trust: null });
    burst(lab, 1);
    lab.analysis.step();
    expect(lab.decoded(136).trust).toBe('server');
    expect(lab.census()).toMatchObject({ packets: 97, missed: 40 });
  });

  it('passes over what is more than two seconds old', () => {
    const lab = new Lab();
    burst(lab, 3);
    lab.fake.add({ time: 2_100_000_000, type: HANDSHAKE });
    expect(lab.census()).toMatchObject({ packets: 0, missed: 4 });
    lab.fake.add({ time: 2_200_000_000, type: HANDSHAKE });
    expect(lab.census()).toMatchObject({ packets: 1, missed: 4 });
  });

  it('passes over nothing more of a capture that is stopped', () => {
    const lab = new Lab();
    burst(lab, 40);
    lab.fake.add({ time: 2_100_000_000, type: HANDSHAKE });
    lab.analysis.finish();
    expect(lab.analysis).toMatchObject({ complete: true, missed: 0 });
    expect(lab.decoded(0).trust).toBe('server');
  });

  it('misses nothing of a capture file that is still there', () => {
    const lab = new Lab(64, null);
    burst(lab, 64);
    lab.fake.add({ time: 9e12, type: HANDSHAKE });
    expect(lab.census()).toMatchObject({ packets: 64, missed: 1 });
  });
});

describe('the census', () => {
  it('counts types, versions, backends and the trust in them, once a second', () => {
    const lab = new Lab(256);
    expect(lab.analysis.census).toBe(NO_CENSUS);
    lab.addInitial('a.example');
    const packet = { type: HANDSHAKE, packetLength: 100 };
    lab.fake.add({ time: 2, ...packet, ...FROM_SERVER, backend: 17 });
    lab.fake.add({ time: 3, ...packet, dcid: SERVER_CID, backend: 17, version: 0x6b3343cf });
    lab.fake.add({ time: 4, ...packet, type: PACKET_TYPE.TYPE_0RTT, dcid: '01aa0005', backend: 5 });
    expect(lab.census()).toEqual({
      time: 1000,
      packets: 4,
      missed: 0,
      overBudget: 0,
      types: [0, 1, 1, 2, 0, 0, 0],
      versions: [
        { version: 1, packets: 3 },
        { version: 0x6b3343cf, packets: 1 },
      ],
      backends: [
        {
          cidLayout: 1,
          handle: 17,
          backend: 17,
          packets: 2,
          bytes: 200,
          trusted: 2,
          short: 0,
          servers: expect.anything(),
        },
        {
          cidLayout: 1,
          handle: 5,
          backend: 5,
          packets: 1,
          bytes: 100,
          trusted: 0,
          short: 0,
          servers: expect.anything(),
        },
      ],
      withoutBackend: 1,
    });
    const { census } = lab.analysis;
    lab.fake.add({ time: 5, ...packet });
    lab.now += 999;
    lab.analysis.step();
    expect(lab.analysis.census).toBe(census);
    lab.now += 1;
    lab.analysis.step();
    expect(lab.analysis.census).toMatchObject({ time: 2000, packets: 5, withoutBackend: 2 });
  });

  it('is bounded however many versions there are', () => {
    const lab = new Lab(2048);
    for (let i = 0; i < 1500; i++) lab.fake.add({ time: i, version: 0xf0000000 + i, type: 0 });
    for (let i = 0; i < 7; i++) lab.fake.add({ time: 2000, version: 0xf0000001, type: 0 });
    const { versions, packets } = lab.census();
    expect(versions).toHaveLength(33);
    expect(versions[0]).toEqual({ version: 0xf0000001, packets: 8 });
    expect(versions.at(-1)).toEqual({ version: OTHER_VERSIONS, packets: 1507 - 8 - 31 });
    expect(packets).toBe(1507);
  });
});

describe('the servers of a backend', () => {
  const CHANCE = PACKET_TYPE.TYPE_0RTT;
  const to = (host: number, port = 4433) => ({ type: HANDSHAKE, dst: [10, 0, 0, host], dstPort: port });
  const from = (host: number) => ({
    ...FROM_SERVER,
    type: HANDSHAKE,
    src: [10, 0, 0, host],
    srcPort: 4433,
    dst: [10, 0, 9, 9],
    dstPort: 50_000,
  });
  const v6 = (host: number) => [0xfd, 0x77, ...Array(13).fill(0), host];

  /** What is said of backend 17 after these packets. */
  function serversAfter(...packets: Partial<FakePacket>[]) {
    const lab = new Lab(256);
    packets.forEach((packet, time) => {
      lab.fake.add({ time, dcid: SERVER_CID, backend: 17, ...packet });
    });
    const { servers } = lab.census().backends.find(({ backend }) => backend === 17) ?? {};
    return { first: servers?.first, count: servers?.count, more: servers?.more, disagree: servers?.disagree };
  }
  const one = { first: '10.0.0.1:4433', count: 1, more: false, disagree: false };

  it('are where packets go to, and where answers come from', () => {
    expect(serversAfter(to(1), from(1), to(1))).toEqual(one);
    expect(serversAfter(from(1), to(1))).toEqual(one);
  });

  it.each([
    ['host', to(2), true],
    ['port', to(1, 4434), false],
    ['host that answers', from(2), true],
  ])('are several when there is another %s', (_, other, disagree) => {
    expect(serversAfter(to(1), other, to(1), other)).toEqual({ ...one, count: 2, disagree });
  });

  it('may be one host by many ports, until there is another host', () => {
    const ports = [1, 2, 3, 4, 5, 6].map((port) => to(1, port));
    const many = { first: '10.0.0.1:1', count: 4, more: true };
    expect(serversAfter(...ports)).toEqual({ ...many, disagree: false });
    expect(serversAfter(...ports, to(2))).toEqual({ ...many, disagree: true });
  });

  it('may be one by IPv4 and by IPv6, but not two by IPv6', () => {
    const [first, second] = [1, 2].map((host) => ({ type: HANDSHAKE, src: v6(9), dst: v6(host) }));
    expect(serversAfter(to(1), first ?? {})).toEqual({ ...one, count: 2 });
    expect(serversAfter(first ?? {}, to(1))).toEqual({ ...one, count: 2 });
    expect(serversAfter(first ?? {}, second ?? {})).toEqual({
      first: '[fd77::1]:4433',
      count: 2,
      more: false,
      disagree: true,
    });
  });

  it('are those of trusted packets as soon as there are any', () => {
    const chance = { ...to(3), type: CHANCE, dcid: '0133001166666666' };
    expect(serversAfter(chance)).toEqual({ ...one, first: '10.0.0.3:4433' });
    expect(serversAfter(chance, to(1), chance)).toEqual(one);
  });

  it('are remembered up to four, and whether there were more', () => {
    const four = { ...one, count: 4, disagree: true };
    expect(serversAfter(to(1), to(2), to(3), to(4), to(1))).toEqual(four);
    expect(serversAfter(to(1), to(2), to(3), to(4), to(5))).toEqual({ ...four, more: true });
  });

  it('are bounded however many there are', () => {
    const lab = new Lab(32_768, null);
    for (let i = 0; i < 17_000; i++) {
      const dst = [10, 1, i >> 8, i & 0xff];
      lab.fake.add({ time: i, type: HANDSHAKE, dcid: SERVER_CID, backend: i, dst, frame: new Uint8Array(1) });
    }
    lab.fake.add({ time: 20_000, ...to(1), dcid: SERVER_CID, backend: 3 });
    // It came too late to be remembered, which is no warning.
    for (const host of [1, 1, 2]) lab.fake.add({ time: 20_001, ...to(host), dcid: SERVER_CID, backend: 60_000 });
    lab.census();
    const known = new Map(lab.analysis.census.backends.map(({ backend, servers }) => [backend, servers]));
    expect(known.get(3)).toMatchObject({ first: '10.1.0.3:4433', count: 1, more: true, disagree: true });
    expect(known.get(60_000)).toMatchObject({ first: '', count: 0, more: false, disagree: false });
    expect([...known.values()].every(({ count }) => count <= 1)).toBe(true);
  });

  it('are told though untrusted packets went to ever so many others', () => {
    const lab = new Lab(32_768, null);
    for (let i = 0; i < 17_000; i++) {
      const dst = [10, 1, i >> 8, i & 0xff];
      const dcid = `0133${i.toString(16).padStart(4, '0')}66666666`;
      lab.fake.add({ time: i, type: CHANCE, dcid, backend: i, dst, frame: new Uint8Array(1) });
    }
    for (const host of [1, 1, 2]) lab.fake.add({ time: 20_000, ...to(1), dcid: SERVER_CID, backend: 60_000 + host });
    lab.fake.add({ time: 20_001, ...to(2), dcid: SERVER_CID, backend: 60_002 });
    const known = new Map(lab.census().backends.map(({ backend, servers }) => [backend, servers]));
    expect(known.get(60_001)).toMatchObject(one);
    expect(known.get(60_002)).toMatchObject({ ...one, count: 2, disagree: true });
  });
});

it('says of the DCIDs on the screen who chose them: the best that was found out', () => {
  const lab = new Lab();
  const toServer = (dcid: string, type: number) => lab.fake.add({ time: 1, dcid, scid: CLIENT_CID, type });
  toServer('c1', PACKET_TYPE.TYPE_0RTT);
  toServer('c1', PACKET_TYPE.TYPE_UNKNOWN);
  toServer('c2', PACKET_TYPE.TYPE_UNKNOWN);
  toServer(SERVER_CID, HANDSHAKE);
  lab.fake.add({ time: 2, type: HANDSHAKE, flags: RECORD_FLAGS.RECORD_FROM_WATCHED, dcid: 'c3', scid: 'c4' });
  const asked = ['c1', 'c2', 'c3', SERVER_CID, 'ff'.repeat(21), ''];
  const trusts = () => asked.map((cid) => lab.analysis.trustOf(cid));
  expect(trusts()).toEqual([null, null, null, null, null, null]);
  lab.census();
  expect(trusts()).toEqual(['client', 'unknown', null, 'server', null, null]);
});

describe('connections', () => {
  it('are known of every packet below decodedUpTo, and reported once a second with what happened to them', () => {
    const lab = new Lab();
    lab.addInitial('a.example');
    expect(lab.analysis.connectionOf(lab.view(0))).toBeNull();
    expect(lab.analysis.connections).toBe(NO_CONNECTIONS);
    lab.census();
    lab.fake.add({ time: 2, type: HANDSHAKE, ...FROM_SERVER, src: [10, 0, 0, 1], dst: [10, 0, 0, 3] });
    lab.fake.add({ time: 3, type: PACKET_TYPE.TYPE_0RTT, dcid: 'c0ffee0011223344', scid: CLIENT_CID });
    lab.census();
    expect([0, 1, 2].map((sequence) => lab.analysis.connectionOf(lab.view(sequence)))).toEqual([
      { id: 1, guess: false },
      { id: 2, guess: false },
      { id: 1, guess: false },
    ]);
    expect(lab.analysis.connections).toMatchObject({
      open: 2,
      opened: 2,
      rows: [{ id: 1, sni: 'a.example' }, { id: 2 }],
    });
    expect(lab.analysis.eventsOf(2)).toBeNull();
    lab.census();
    expect(lab.analysis.eventsOf(2)).toEqual([{ time: 2, kind: 'joined', text: '' }]);
    // Nobody has asked again.
    lab.census();
    lab.census();
    expect(lab.analysis.eventsOf(2)).toBeNull();
  });

  it('are not those of the packet that took the place of another one', () => {
    const lab = new Lab(4);
    lab.addInitial('a.example');
    lab.analysis.step();
    const first = lab.view(0);
    for (let time = 2; time < 6; time++) lab.fake.add({ time, type: HANDSHAKE, ...FROM_SERVER });
    expect(lab.analysis.connectionOf(first)).toBeNull();
  });

  it('in a live capture are silent though no packet comes at all', () => {
    const lab = new Lab();
    lab.addInitial('a.example');
    lab.census();
    expect(lab.analysis.connections).toMatchObject({ open: 1, rows: [{ state: 'initial' }] });
    lab.now += 31_000;
    lab.census();
    expect(lab.analysis.connections).toMatchObject({ open: 0, rows: [{ state: 'silent' }] });
    expect(lab.analysis.connections.backends).toMatchObject([{ backend: null, unanswered: 1, failed: 1, open: 0 }]);
  });

  it('whose changes are asked for are told in order', () => {
    const lab = new Lab(64, 3000, 1, true);
    lab.addInitial('a.example');
    lab.fake.add({ time: 2, type: HANDSHAKE, dcid: SERVER_CID, scid: CLIENT_CID });
    lab.census();
    const changes = lab.analysis
      .takeChanges()
      .map(({ what, connection }) => `${connection.id} ${what} ${connection.state}`);
    expect(changes).toEqual(['1 opened initial', '1 handshake handshake']);
    expect(lab.analysis.takeChanges()).toEqual([]);
    expect(lab.analysis.changesLost).toBe(0);
  });
});

describe('the CIDs of a capture file', () => {
  it('are counted as the XDP program counts: once a datagram, to a watched port, up to 20 bytes', () => {
    const lab = new Lab(64, null);
    const frame = new Uint8Array(150);
    lab.fake.add({ time: 10, type: HANDSHAKE, dcid: SERVER_CID, backend: 17, frame });
    lab.fake.add({ time: 10, type: HANDSHAKE, dcid: SERVER_CID, backend: 17, index: 1, coalesced: true });
    lab.fake.add({ time: 20, type: HANDSHAKE, dcid: SERVER_CID, backend: 17, frame });
    lab.fake.add({ time: 30, type: HANDSHAKE, ...FROM_SERVER, backend: 17 });
    lab.fake.add({ time: 40, type: 0, dcid: 'ab'.repeat(21) });
    lab.fake.add({ time: 50, type: 0, dcid: '01aa0011', backend: 17, flags: RECORD_FLAGS.RECORD_NO_TIME });
    lab.fake.add({ time: 60, type: 0, dcid: '', frame });
    lab.census();
    const { rows, total, backendCids } = lab.analysis.cids ?? { rows: [], total: 0, backendCids: new Map() };
    expect(total).toBe(3);
    expect(rows[0]).toEqual({
      cid: SERVER_CID,
      cidLayout: 1,
      backend: 17,
      packets: 2,
      bytes: 300,
      firstSeen: 10,
      lastSeen: 20,
      shortPackets: 0,
    });
    expect(rows.slice(1)).toEqual([
      {
        cid: '01aa0011',
        cidLayout: 1,
        backend: 17,
        packets: 1,
        bytes: 32,
        firstSeen: Number.NaN,
        lastSeen: Number.NaN,
        shortPackets: 0,
      },
      { cid: '', cidLayout: 0, backend: null, packets: 1, bytes: 150, firstSeen: 60, lastSeen: 60, shortPackets: 0 },
    ]);
    expect([...backendCids]).toEqual([[17, 2]]);
  });

  it('have short headers, as far as their DCIDs are known, counted with the others and by themselves', () => {
    const lab = new Lab(64, null);
    const type = PACKET_TYPE.TYPE_1RTT;
    const frame = new Uint8Array(150);
    lab.fake.add({ time: 10, type: HANDSHAKE, dcid: SERVER_CID, backend: 17, frame });
    lab.fake.add({ time: 20, type, dcid: SERVER_CID, backend: 17, frame });
    lab.fake.add({ time: 30, type, dcid: SERVER_CID, backend: 17, index: 1, coalesced: true });
    lab.fake.add({ time: 40, type, ...FROM_SERVER });
    lab.fake.add({ time: 50, type, dcid: '', issues: ISSUE.ISSUE_CID_LENGTH_UNKNOWN });
    lab.census();
    const counted = { cid: SERVER_CID, packets: 2, shortPackets: 1, bytes: 300, lastSeen: 20 };
    expect(lab.analysis.cids).toMatchObject({ total: 1, rows: [counted] });
  });

  it('are forgotten when there are too many, the ones used longest ago first', () => {
    const lab = new Lab(128 * 1024, null);
    const cid = (i: number) => `01000007${i.toString(16).padStart(8, '0')}`;
    for (let i = 0; i < 65_536 + 10; i++)
      lab.fake.add({ time: i, type: 0, dcid: cid(i), backend: 7, frame: new Uint8Array(1) });
    lab.fake.add({ time: 1e6, type: 0, dcid: cid(70_000), frame: new Uint8Array(1) });
    for (let i = 0; i < 3; i++) lab.analysis.step();
    lab.fake.add({ time: 2e6, type: 0, dcid: cid(20), backend: 7 });
    lab.census();
    expect(lab.analysis.cids?.total).toBe(65_536);
    expect(lab.analysis.cids?.backendCids.get(7)).toBe(65_535);
    expect(lab.analysis.cids?.rows[0]).toMatchObject({ cid: cid(20), packets: 2, firstSeen: 20, lastSeen: 2e6 });
  });
});
