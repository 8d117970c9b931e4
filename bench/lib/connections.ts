// What bench/connections.mjs measures, bundled by it: following connections, apart from decoding their packets.
import { Connections } from '../../src/core/connections/connections.js';
import { PACKET_TYPE, RECORD } from '../../src/core/native/abi.gen.js';
import { NEVER_OPENED } from '../../src/core/quic/decoded.js';
import { RecordView } from '../../src/core/recorder/record.js';
import { FakeRecorder } from '../../test/support/fake-recorder.js';

const { recorder } = new FakeRecorder();
const decoded = NEVER_OPENED.none;
const CIDS = 8;

/** A packet whose addresses and connection IDs are made of a number. */
function packet(type: number): { view: RecordView; become(client: number, cid: number): void } {
  const view = new RecordView();
  const data = new DataView(view.words.buffer);
  view.bytes[RECORD.type] = type;
  view.bytes[RECORD.ip_version] = 4;
  view.bytes[RECORD.dcid_length] = view.bytes[RECORD.scid_length] = CIDS;
  data.setUint32(RECORD.frame_length, 1242, true);
  data.setUint32(RECORD.dst, 0x0a000001);
  data.setUint16(RECORD.dst_port, 4433, true);
  let time = 0;
  return {
    view,
    become(client, cid) {
      time += 1000;
      data.setUint32(RECORD.time, time % 2 ** 32, true);
      data.setUint32(RECORD.time + 4, Math.floor(time / 2 ** 32), true);
      data.setUint32(RECORD.src, client);
      data.setUint16(RECORD.src_port, client & 0xffff, true);
      data.setUint32(RECORD.dcid, cid);
      data.setUint32(RECORD.scid, ~cid);
    },
  };
}

const makeConnections = () => new Connections({ serverIds: recorder.serverIds, readFrame: () => null });

/** Nanoseconds for each first packet, from `count` addresses that nobody has; and for each packet of 10,000 connections. */
export function measure(count: number): { first: number; next: number; report: number; heap: number } {
  const flooded = makeConnections();
  const initial = packet(PACKET_TYPE.TYPE_INITIAL);
  let start = performance.now();
  for (let i = 0; i < count; i++) {
    initial.become(Math.imul(i, 0x9e3779b1) >>> 0, i);
    flooded.add(initial.view, decoded);
  }
  const first = ((performance.now() - start) * 1e6) / count;
  const connections = makeConnections();
  const short = packet(PACKET_TYPE.TYPE_1RTT);
  for (let i = 0; i < 10_000; i++) {
    short.become(i, i);
    connections.add(short.view, decoded);
  }
  start = performance.now();
  for (let i = 0; i < count; i++) {
    const which = Math.imul(i, 0x9e3779b1) >>> 0;
    short.become(which % 10_000, which % 10_000);
    connections.add(short.view, decoded);
  }
  const next = ((performance.now() - start) * 1e6) / count;
  start = performance.now();
  flooded.report(0);
  return { first, next, report: performance.now() - start, heap: process.memoryUsage().rss };
}
