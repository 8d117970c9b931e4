// Packets of a capture file as records, one after the other, by the C++ build of the parser.
import { ISSUE, PACKET_TYPE, RECORD_FLAGS } from '../../src/core/abi.gen.js';
import { RecordView } from '../../src/core/record.js';
import { FakeRecorder } from './fake-recorder.js';
import { readFixture } from './fixtures.js';
import { classify } from './harness.js';

const LINK = { ethernet: 1, sll2: 276 };
const SLL2_HEADER = 20;
const PORTS = [443, 4433];

interface Captured {
  frame: Buffer;
  /** Bytes of the frame on the wire. */
  length: number;
}

/** Frames of a little-endian pcap file, those of a "cooked" capture behind an Ethernet header made up for them. */
function* pcapFrames(file: Buffer): Generator<Captured> {
  const link = file.readUInt32LE(20);
  for (let at = 24; at < file.length; ) {
    const length = file.readUInt32LE(at + 8);
    const missing = file.readUInt32LE(at + 12) - length;
    let frame = file.subarray(at + 16, at + 16 + length);
    at += 16 + length;
    if (link === LINK.sll2) {
      frame = Buffer.concat([Buffer.alloc(12), frame.subarray(0, 2), frame.subarray(SLL2_HEADER)]);
    } else if (link !== LINK.ethernet) throw new Error(`link type ${link}`);
    yield { frame, length: frame.length + missing };
  }
}

interface Header {
  type: number;
  version: number;
  dcid: string;
  scid: string;
  tokenLength: number;
  length: number;
  issues: number;
}

const V1_TYPES = [
  PACKET_TYPE.TYPE_INITIAL,
  PACKET_TYPE.TYPE_0RTT,
  PACKET_TYPE.TYPE_HANDSHAKE,
  PACKET_TYPE.TYPE_RETRY,
] as const;

function packetType(first: number, version: number): number {
  if (version === 0) return PACKET_TYPE.TYPE_VERSION_NEGOTIATION;
  const bits = (first >> 4) & 3;
  if (version === 1 || version >>> 8 === 0xff0000) return V1_TYPES[bits] as number;
  if (version === 0x6b3343cf || version === 0x709a50c4) return V1_TYPES[(bits + 3) & 3] as number;
  return PACKET_TYPE.TYPE_UNKNOWN;
}

/** Reads the long header that `data` begins with; `left` bytes of its datagram were on the wire. Null: there is none. */
function readHeader(data: Buffer, left: number): Header | null {
  try {
    if (!((data[0] as number) & 0x80)) return null;
    let at = 5;
    const cid = () => {
      const length = data.readUInt8(at);
      at += 1 + length;
      if (at > data.length) throw new RangeError('cut');
      return data.toString('hex', at - length, at);
    };
    const varint = () => {
      const more = (1 << (data.readUInt8(at) >> 6)) - 1;
      let value = data.readUInt8(at) & 0x3f;
      for (let i = 1; i <= more; i++) value = value * 256 + data.readUInt8(at + i);
      at += 1 + more;
      return value;
    };
    const version = data.readUInt32BE(1);
    const type = packetType(data.readUInt8(0), version);
    const header = { type, version, dcid: cid(), scid: cid(), tokenLength: 0, length: left, issues: 0 };
    if (type === PACKET_TYPE.TYPE_INITIAL) header.tokenLength = varint();
    if (type === PACKET_TYPE.TYPE_INITIAL) at += header.tokenLength;
    if (type >= PACKET_TYPE.TYPE_INITIAL && type <= PACKET_TYPE.TYPE_HANDSHAKE) {
      const length = varint();
      if (at + length > left) header.issues = ISSUE.ISSUE_LENGTH_BEYOND_DATAGRAM;
      else header.length = at + length;
    }
    return header;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** A packet as a record, with the bytes of its frame. */
export interface Recorded {
  view: RecordView;
  frame: Uint8Array;
}

/** The long header packets of one frame as records. `number` is the frame's, from 1. */
function* frameRecords({ frame, length }: Captured, number: number): Generator<Recorded> {
  // The parser is the kernel's, which has whole frames only.
  const parsed = classify(Buffer.concat([frame, Buffer.alloc(length - frame.length)]), PORTS);
  if (parsed.fate !== 'long_header') return;
  const ip = frame.subarray(parsed.l3Offset);
  const [at, size] = (ip[0] as number) >> 4 === 6 ? [8, 16] : [12, 4];
  const start = parsed.l4Offset + 8;
  const datagram = frame.subarray(start, start + parsed.payloadLength);
  let offset = 0;
  for (let index = 0; offset < datagram.length; index++) {
    const header = readHeader(datagram.subarray(offset), parsed.payloadLength - offset);
    if (!header) return;
    const cut = datagram.length < parsed.payloadLength;
    const view = new RecordView();
    const fake = new FakeRecorder({}, 4, 4096);
    fake.add({
      time: number * 1000,
      dcid: header.dcid,
      scid: header.scid,
      type: header.type,
      version: header.version,
      flags: parsed.fromWatched ? RECORD_FLAGS.RECORD_FROM_WATCHED : 0,
      src: [...ip.subarray(at, at + size)],
      dst: [...ip.subarray(at + size, at + 2 * size)],
      srcPort: parsed.srcPort,
      dstPort: parsed.dstPort,
      packetOffset: start + offset,
      packetLength: header.length,
      tokenLength: Math.min(header.tokenLength, 0xffff),
      issues: cut ? ISSUE.ISSUE_FRAME_CUT : header.issues,
      index,
    });
    fake.recorder.lanes[0]?.load(0, view);
    yield { view, frame };
    offset += header.length;
  }
}

/** All long header packets of a capture file with the number of their frame. */
export function* captureRecords(name: string): Generator<Recorded & { number: number }> {
  let number = 0;
  for (const captured of pcapFrames(readFixture(name))) {
    number++;
    for (const recorded of frameRecords(captured, number)) yield { ...recorded, number };
  }
}
