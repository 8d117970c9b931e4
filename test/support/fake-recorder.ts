// A flight recorder filled by a test: the same memory that the addon's drain threads write, with its rules of overwriting.

import { counterNames, type KernelCounters, noCids, noLosses } from '../../src/core/capture/capture.js';
import type { ScreenSource } from '../../src/core/capture/source.js';
import { COUNT, LANE, LIMITS, RECORD, RECORD_FLAGS, RECORDER, RECORDER_LIMITS } from '../../src/core/native/abi.gen.js';
import { Recorder } from '../../src/core/recorder/recorder.js';
import { CIDV1 } from './cid-layouts.js';

export interface FakePacket {
  lane?: number;
  /** Nanoseconds since the epoch of the recorder. */
  time: number | bigint;
  /** Hex digits. */
  dcid?: string;
  scid?: string;
  backend?: number;
  type?: number;
  version?: number;
  flags?: number;
  rxQueue?: number;
  src?: readonly number[];
  dst?: readonly number[];
  srcPort?: number;
  dstPort?: number;
  /** Of the QUIC packet in its frame. */
  packetOffset?: number;
  l3Offset?: number;
  l4Offset?: number;
  packetLength?: number;
  tokenLength?: number;
  /** Bits of enum qt_issue. */
  issues?: number;
  /** The packet's place in its datagram. */
  index?: number;
  frame?: Uint8Array;
  linkType?: number;
  /** In the same frame as the packet before it. */
  coalesced?: boolean;
}

interface FakeLane {
  data: DataView;
  bytes: Uint8Array;
  head: number;
  tail: number;
  bytesHead: number;
  /** Position of the frame that came last, and its length. */
  frameStart: number;
  frameLength: number;
  /** Of each record slot: the position of its frame. */
  starts: number[];
}

const u64 = (data: DataView, offset: number, value: number | bigint) => data.setBigUint64(offset, BigInt(value), true);

const add = (data: DataView, offset: number, value: number) =>
  data.setBigUint64(offset, data.getBigUint64(offset, true) + BigInt(value), true);

export class FakeRecorder {
  readonly recorder: Recorder;
  private readonly lanes: FakeLane[];
  private frames = 0;

  /** @param slots records of each lane, a power of two */
  constructor(
    { lanes = 1, epoch = 1_763_812_800_000_000_000n }: { lanes?: number; epoch?: bigint } = {},
    private readonly slots = 64,
    private readonly bytesCapacity = slots * 64,
  ) {
    const laneSize = LANE.SIZE + slots * RECORD.SIZE + bytesCapacity;
    const memory = new SharedArrayBuffer(RECORDER.SIZE + lanes * laneSize);
    const header = new DataView(memory);
    header.setUint32(RECORDER.magic, RECORDER_LIMITS.RECORDER_MAGIC, true);
    header.setUint32(RECORDER.abi_version, LIMITS.ABI_VERSION, true);
    header.setUint32(RECORDER.lanes, lanes, true);
    u64(header, RECORDER.lanes_offset, RECORDER.SIZE);
    u64(header, RECORDER.lane_size, laneSize);
    header.setBigUint64(RECORDER.epoch, epoch, true);
    new Uint8Array(memory).set(CIDV1, RECORDER.cid_layouts);
    this.lanes = Array.from({ length: lanes }, (_, i) => {
      const offset = RECORDER.SIZE + i * laneSize;
      const data = new DataView(memory, offset, laneSize);
      u64(data, LANE.record_slots, slots);
      u64(data, LANE.records_offset, LANE.SIZE);
      u64(data, LANE.bytes_offset, LANE.SIZE + slots * RECORD.SIZE);
      u64(data, LANE.bytes_capacity, bytesCapacity);
      const bytes = new Uint8Array(memory, offset, laneSize);
      return { data, bytes, head: 0, tail: 0, bytesHead: 0, frameStart: 0, frameLength: 0, starts: [] };
    });
    this.recorder = new Recorder(memory);
  }

  /** Records a packet, overwriting the oldest ones when there is no room. */
  add(packet: FakePacket): void {
    const lane = this.lanes[packet.lane ?? 0] as FakeLane;
    const { data } = lane;
    if (!packet.coalesced) this.addFrame(lane, packet.frame ?? new Uint8Array(32), packet);
    this.overwrite(lane);
    const at = LANE.SIZE + (lane.head & (this.slots - 1)) * RECORD.SIZE;
    lane.starts[lane.head & (this.slots - 1)] = lane.frameStart;
    lane.bytes.fill(0, at, at + RECORD.SIZE);
    u64(data, at + RECORD.sequence, lane.head);
    u64(data, at + RECORD.time, packet.time);
    u64(data, at + RECORD.frame, this.frames);
    u64(data, at + RECORD.bytes, lane.frameStart);
    data.setUint32(at + RECORD.captured_length, lane.frameLength, true);
    data.setUint32(at + RECORD.frame_length, lane.frameLength, true);
    this.writeFields(lane, at, packet);
    lane.head++;
    u64(data, LANE.head, lane.head);
  }

  private addFrame(lane: FakeLane, frame: Uint8Array, packet: FakePacket): void {
    const { data } = lane;
    const left = this.bytesCapacity - (lane.bytesHead % this.bytesCapacity);
    // A frame never wraps around.
    if (left < frame.length) lane.bytesHead += left;
    lane.frameStart = lane.bytesHead;
    lane.frameLength = frame.length;
    lane.bytesHead += frame.length;
    this.frames++;
    this.overwrite(lane);
    lane.bytes.set(frame, LANE.SIZE + this.slots * RECORD.SIZE + (lane.frameStart % this.bytesCapacity));
    add(data, LANE.frames, 1);
    add(data, LANE.frame_bytes, frame.length);
    const rxQueue = Math.min(packet.rxQueue ?? 0, RECORDER_LIMITS.RX_QUEUES - 1);
    const counts = [LANE.rx_queues + rxQueue * COUNT.SIZE];
    if (packet.backend !== undefined) counts.push(LANE.queues + (packet.backend % LIMITS.QUEUES) * COUNT.SIZE);
    for (const at of counts) {
      add(data, at + COUNT.packets, 1);
      add(data, at + COUNT.bytes, frame.length);
    }
  }

  /** Moves the tail past what the next record, or the frame just placed, takes the room of. */
  private overwrite(lane: FakeLane): void {
    const gone = () =>
      lane.head - lane.tail >= this.slots ||
      (lane.tail < lane.head &&
        (lane.starts[lane.tail & (this.slots - 1)] as number) < lane.bytesHead - this.bytesCapacity);
    while (gone()) lane.tail++;
    u64(lane.data, LANE.tail, lane.tail);
  }

  private writeFields({ data, bytes }: FakeLane, at: number, packet: FakePacket): void {
    const { src = [10, 0, 0, 2], dst = [10, 0, 0, 1], dcid = '', scid = '', backend } = packet;
    data.setUint32(at + RECORD.version, packet.version ?? 1, true);
    data.setUint16(at + RECORD.rx_queue, packet.rxQueue ?? 0, true);
    data.setUint32(at + RECORD.backend, backend ?? 0, true);
    data.setUint8(at + RECORD.cid_layout, Number(backend !== undefined));
    data.setUint16(at + RECORD.src_port, packet.srcPort ?? 50000, true);
    data.setUint16(at + RECORD.dst_port, packet.dstPort ?? 4433, true);
    data.setUint16(at + RECORD.l3_offset, packet.l3Offset ?? 0, true);
    data.setUint16(at + RECORD.l4_offset, packet.l4Offset ?? 0, true);
    data.setUint16(at + RECORD.packet_offset, packet.packetOffset ?? 0, true);
    data.setUint16(at + RECORD.packet_length, packet.packetLength ?? 1200, true);
    data.setUint16(at + RECORD.token_length, packet.tokenLength ?? 0, true);
    data.setUint16(at + RECORD.issues, packet.issues ?? 0, true);
    data.setUint16(at + RECORD.link_type, packet.linkType ?? 1, true);
    data.setUint8(at + RECORD.index, packet.index ?? 0);
    bytes.set(src, at + RECORD.src);
    bytes.set(dst, at + RECORD.dst);
    bytes.set(Buffer.from(dcid, 'hex').subarray(0, LIMITS.CID_MAX), at + RECORD.dcid);
    bytes.set(Buffer.from(scid, 'hex').subarray(0, LIMITS.CID_MAX), at + RECORD.scid);
    data.setUint8(at + RECORD.dcid_length, dcid.length / 2);
    data.setUint8(at + RECORD.scid_length, scid.length / 2);
    data.setUint8(at + RECORD.type, packet.type ?? 1);
    data.setUint8(
      at + RECORD.flags,
      (packet.flags ?? RECORD_FLAGS.RECORD_INGRESS) | (backend === undefined ? 0 : RECORD_FLAGS.RECORD_HAS_BACKEND),
    );
    data.setUint8(at + RECORD.ip_version, src.length === 16 ? 6 : 4);
  }
}

/** A live capture without losses and without CIDs around a recorder. */
export function fakeSource(recorder: Recorder, changes: Partial<ScreenSource> = {}): ScreenSource {
  return {
    kind: 'live',
    trouble: null,
    name: 'eth0',
    mode: 'divert',
    reason: null,
    egressMissing: null,
    setMode: null,
    warns: false,
    whoWaits: () => null,
    owners: null,
    loading: null,
    recorder,
    hook: 'native',
    todo: null,
    rxQueues: 1,
    ledger: () => ({ kernel: noCounters(), egress: null, lost: noLosses(), nic: null }),
    rxQueueLosses: () => [noLosses()],
    cids: noCids,
    backends: () => [],
    ...changes,
  };
}

export function noCounters(): KernelCounters {
  return Object.fromEntries(counterNames.map(([name]) => [name, 0])) as KernelCounters;
}
