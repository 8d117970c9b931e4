// What the socket filter and the tc programs get in unusual ways: as a super-frame, with a VLAN tag that is not among the
// frame's bytes.
import { execFileSync } from 'node:child_process';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Capture } from '../../src/core/capture/capture.js';
import { isBalanced } from '../../src/core/capture/summary.js';
import { RecordView } from '../../src/core/recorder/record.js';
import { RecordCursor } from '../../src/core/recorder/record-cursor.js';
import { classify, closeLink, endChain, pushVlan, sendSegments } from '../support/harness.js';
import { hasTcx } from '../support/kernel.js';
import { type Bytes, checksum, cidv1, concat, filler, hex, longHeader, u16 } from '../support/packets.js';
import { indexOf, makePrivateVeth, OPTIONS, SOMEBODY, send, untilRecorded } from '../support/private-veth.js';

let capture: Capture;
beforeAll(makePrivateVeth);
afterEach(() => capture.close());

/** Captures what leaves by `peer`. */
const startLeaving = (egress: 'auto' | 'socket') => () => {
  capture = Capture.open({ ...OPTIONS, interface: 'peer', mode: 'tap', hook: 'socket', egress });
  expect(capture.egressMissing).toBeNull();
  capture.start();
};

/** Captures what arrives at `watched`. */
const startArriving = (hook: 'socket' | 'tc') => () => {
  capture = Capture.open({ ...OPTIONS, mode: 'tap', hook });
  capture.start();
};

/** What sees what leaves, and what arrives, on this kernel. */
const LEAVING = [
  ['the socket filter', startLeaving('socket')] as const,
  ...(hasTcx ? [['tcx', startLeaving('auto')] as const] : []),
];
const ARRIVING = [
  ['the socket filter', startArriving('socket')] as const,
  ...(hasTcx ? [['tcx', startArriving('tc')] as const] : []),
];

/** Frames that arrived at `watched`; a super-frame is one. */
const arrived = (): number =>
  JSON.parse(execFileSync('ip', ['-j', '-s', 'link', 'show', 'watched'], { encoding: 'utf8' }))[0].stats64.rx.packets;

/** All records with their frames; the ledger balances. */
function recorded(): { view: RecordView; frame: Bytes }[] {
  capture.stop();
  expect(isBalanced(capture.ledger(), capture.recorder.captured)).toBe(true);
  const cursor = new RecordCursor(capture.recorder);
  const records = [];
  for (let view = cursor.next(); view; view = cursor.next()) {
    const copy = new RecordView();
    copy.words.set(view.words);
    records.push({ view: copy, frame: capture.recorder.lane(view).frameOf(view) as Bytes });
  }
  return records;
}

const datagram = (backend: number, length: number) => {
  const start = longHeader({ type: 'handshake', dcid: cidv1(backend), payload: filler(0) });
  return concat(start, filler(length - start.length));
};

/** 44 kB in all: more than the kernel keeps in one piece. */
const datagrams = Array.from({ length: 37 }, (_, i) => datagram(i + 1, i === 36 ? 300 : 1200));

/** Sends them as one super-frame, and gives the records of them, each the frame that it is on the wire. */
async function sendSuperFrame() {
  sendSegments(SOMEBODY, 4433, concat(...datagrams), 1200);
  await untilRecorded();
  const records = recorded();
  expect(records.map(({ view }) => view.backend)).toEqual(datagrams.map((_, i) => i + 1));
  const firstId = (records[0]?.frame[18] as number) * 256 + (records[0]?.frame[19] as number);
  for (const [i, { view, frame }] of records.entries()) {
    const payload = datagrams[i] as Bytes;
    expect(hex(frame.subarray(view.packetOffset))).toBe(hex(payload));
    // The parser checks that the lengths of Ethernet frame, IP and UDP agree.
    expect(classify(frame, [4433])).toMatchObject({ fate: 'long_header', payloadLength: payload.length });
    const ip = frame.subarray(14, 34);
    expect(hex(ip.subarray(2, 6))).toBe(hex(concat(u16(28 + payload.length), u16((firstId + i) & 0xffff))));
    expect(checksum(ip)).toBe(0);
    expect(view).toMatchObject({ frameLength: frame.length, index: 0 });
  }
  return records;
}

/** `peer` takes super-frames as they are: else kernels before Linux 6.11 refuse to send them. */
const offload = (state: 'on' | 'off') =>
  execFileSync('ethtool', ['-K', 'peer', 'tx', state, 'gso', state, 'tx-udp-segmentation', state]);

it.each(LEAVING)('makes a frame of each datagram of a super-frame that leaves, by %s', async (_, start) => {
  offload('on');
  onTestFinished(() => void offload('off'));
  start();
  for (const { view } of await sendSuperFrame()) expect(view).toMatchObject({ isEgress: true, rxQueue: null });
  expect(capture.ledger().egress).toMatchObject({ long_header: 37, tapped: 37 });
  expect(capture.recorder.rxQueue(0).packets).toBe(0);
});

it.each(ARRIVING)(
  'makes a frame of each datagram of a super-frame that arrives, as GRO makes them and a veth hands them on, by %s',
  async (_, start) => {
    offload('on');
    onTestFinished(() => void offload('off'));
    start();
    const before = arrived();
    for (const { view } of await sendSuperFrame()) expect(view).toMatchObject({ isIngress: true, rxQueue: 0 });
    // One, and what the hosts may say of themselves meanwhile (IPv6 neighbour discovery).
    expect(arrived() - before).toBeLessThan(5);
    const egress = hasTcx ? { tapped: 0 } : null;
    expect(capture.ledger()).toMatchObject({ kernel: { long_header: 37, tapped: 37 }, egress });
    expect(capture.recorder.rxQueue(0).packets).toBe(37);
  },
);

it
  .runIf(hasTcx)
  .each([
    ...LEAVING.map(([by, start]) => [`leaves, to ${by}`, start, { isEgress: true, isIngress: false }] as const),
    ...ARRIVING.map(([by, start]) => [`arrives, to ${by}`, start, { isEgress: false, isIngress: true }] as const),
  ])('shows the VLAN tag that the kernel keeps beside a frame that %s', async (_, start, direction) => {
  start();
  const link = pushVlan(indexOf('peer'), 7);
  try {
    const payload = datagram(17, 200);
    await send(payload);
    const [{ view, frame } = {}, ...others] = recorded();
    expect(others).toEqual([]);
    expect(view).toMatchObject({ vlans: [7], backend: 17, ipVersion: 4, ...direction });
    expect(hex((frame as Bytes).subarray(12, 18))).toBe('810000070800');
    expect(hex((frame as Bytes).subarray(view?.packetOffset))).toBe(hex(payload));
  } finally {
    closeLink(link);
  }
});

/** TC_ACT_OK, TC_ACT_SHOT, TC_ACT_REDIRECT (linux/pkt_cls.h). */
const ENDS = [
  ['lets a packet through', 0],
  ['drops it', 2],
  ['redirects it', 7],
] as const;

/** What is redirected leaves again, and is seen then, too. */
const backendsThatArrived = () => recorded().flatMap(({ view }) => (view.isIngress ? [view.backend] : []));

describe.runIf(hasTcx).each(ENDS)('a tc program of somebody else that %s and ends the chain', (_, verdict) => {
  let link: number;
  afterEach(() => closeLink(link));

  it.each(ARRIVING)('and is there already, hides nothing from %s', async (_by, start) => {
    link = endChain(indexOf('watched'), verdict);
    start();
    await send(datagram(17, 200));
    expect(backendsThatArrived()).toEqual([17]);
  });

  it.each(ARRIVING)('and comes first, hides it only from tc programs behind it: %s', async (by, start) => {
    start();
    link = endChain(indexOf('watched'), verdict);
    await send(datagram(17, 200));
    expect(backendsThatArrived()).toEqual(by === 'tcx' ? [] : [17]);
  });
});

it.runIf(hasTcx)('goes without it where there is no room for another egress program, and says so', async () => {
  const peer = indexOf('peer');
  const links: number[] = [];
  try {
    expect(() => {
      for (;;) links.push(pushVlan(peer, 7));
    }).toThrow('out of range'); // the kernel's BPF_MPROG_MAX
    capture = Capture.open({ ...OPTIONS, interface: 'peer', mode: 'tap', hook: 'socket' });
    expect(capture.egressMissing).toMatch(/^attach the tc program on peer failed: ERANGE/);
    capture.start();
    await send(datagram(17, 200));
    expect(recorded()).toEqual([]);
    expect(capture.ledger().egress).toBeNull();
  } finally {
    links.forEach(closeLink);
  }
});

it.each(ARRIVING)('has no mode but tap, and says so: %s', (_, start) => {
  start();
  expect(capture).toMatchObject({ socketQueues: 0, zeroCopy: false, ownsProgram: true, switchedOff: [] });
  expect(() => capture.setMode('divert')).toThrow(/this capture has no XDP program/);
  expect(capture.mode).toBe('tap');
  capture.setMode('tap');
});

it.runIf(!hasTcx)('goes without what leaves where the kernel has no tcx', () => {
  expect(startArriving('tc')).toThrow(/attach the tc program on watched failed: EINVAL/);
  capture = Capture.open({ ...OPTIONS, interface: 'peer', mode: 'tap', hook: 'socket' });
  expect(capture.egressMissing).toMatch(/^the kernel has no tcx, which came with Linux 6.6; .*--egress socket$/);
});
