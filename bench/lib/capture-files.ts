// Writes the capture files that the benches read or send, which bundle it. Every run writes the same bytes.
import { closeSync, openSync, writeSync } from 'node:fs';
import {
  type Bytes,
  cidv1,
  concat,
  ethernet,
  filler,
  hex,
  ipv4,
  longHeader,
  SERVER,
  u8,
  u16,
  udp,
} from '../../test/support/packets.js';
import { clientHello, cryptoFrame, initial } from '../../test/support/quic-client.js';

const CHUNK = 1 << 20;

/** A pcap file of Ethernet frames, a microsecond apart (https://www.tcpdump.org/manpages/pcap-savefile.5.html). */
class PcapWriter {
  private readonly file: number;
  private readonly chunk = Buffer.alloc(CHUNK);
  private used = 24;
  frames = 0;

  constructor(path: string) {
    this.file = openSync(path, 'wx', 0o600);
    this.chunk.set(new Uint8Array(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1]).buffer));
  }

  add(frame: Bytes): void {
    if (this.used + 16 + frame.length > CHUNK) this.flush();
    const { chunk } = this;
    chunk.writeUInt32LE(1_700_000_000 + Math.floor(this.frames / 1e6), this.used);
    chunk.writeUInt32LE(this.frames % 1e6, this.used + 4);
    chunk.writeUInt32LE(frame.length, this.used + 8);
    chunk.writeUInt32LE(frame.length, this.used + 12);
    chunk.set(frame, this.used + 16);
    this.used += 16 + frame.length;
    this.frames++;
  }

  private flush(): void {
    writeSync(this.file, this.chunk, 0, this.used);
    this.used = 0;
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }
}

/** Handshake packets of 1000 DCIDs and 64 backends: nothing in them can be opened. */
export function writeSynthetic(path: string, frames: number): void {
  const dcid = cidv1(17);
  const frame = ethernet(ipv4(udp(longHeader({ type: 'handshake', dcid, payload: filler(150) }))));
  frame.set(u16(0), 14 + 20 + 6); // no UDP checksum (RFC 768): the DCID changes
  const place = hex(frame).indexOf(hex(dcid)) / 2;
  const view = new DataView(frame.buffer, frame.byteOffset);
  const writer = new PcapWriter(path);
  for (let i = 0; i < frames; i++) {
    view.setUint16(place + 2, i % 64);
    view.setUint32(place + 4, i % 1000);
    writer.add(frame);
  }
  writer.close();
}

/**
 * The frames of a connection, as many of each kind as in test/fixtures/ngtcp2-v1.pcap: two Initials that open, three
 * Handshake packets in as many datagrams, and 1-RTT packets.
 */
function connection(index: number): Bytes[] {
  const [client, port] = [`10.1.${(index >> 8) & 255}.${index & 255}`, 10_000 + (index % 50_000)];
  const number = u8(index >>> 24, index >>> 16, index >>> 8, index);
  const [first, scid, serverCid] = [concat(filler(4, 0x80), number), concat(filler(4), number), cidv1(index % 64, 20)];
  serverCid.set(number, 8);
  const up = (payload: Bytes) => ethernet(ipv4(udp(payload, { srcPort: port }), { src: client }));
  const down = (payload: Bytes) =>
    ethernet(ipv4(udp(payload, { srcPort: SERVER.port, dstPort: port }), { src: SERVER.ipv4, dst: client }));

  const keyShare: [number, Bytes] = [51, concat(u16(36), u16(29), u16(32), filler(32))];
  const hello = cryptoFrame(0, clientHello(`host${index}.example`, ['h3'], [keyShare, [57, filler(60)]]));
  const extensions = concat(u16(43), u16(2), u16(0x0304), u16(51), u16(36), u16(29), u16(32), filler(32));
  const body = concat(u16(0x0303), filler(32), u8(0), u16(0x1301), u8(0), u16(extensions.length), extensions);
  const answer = concat(u8(2, 0), u16(body.length), body);
  const ack = u8(2, 0, 0, 0, 0);
  const handshake = (length: number, ids: { dcid: Bytes; scid: Bytes }) =>
    longHeader({ type: 'handshake', ...ids, payload: filler(length) });
  const ofServer = { dcid: scid, scid: serverCid };
  const ofClient = { dcid: serverCid, scid };
  return [
    up(initial({ dcid: first, scid, payload: concat(hello, new Uint8Array(1150 - hello.length)) })),
    down(
      concat(
        initial({ ...ofServer, keySource: first, side: 'server', payload: concat(ack, cryptoFrame(0, answer)) }),
        handshake(900, ofServer),
      ),
    ),
    up(handshake(60, ofClient)),
    up(handshake(120, ofClient)),
    ...Array.from({ length: 3 }, () => up(concat(u8(0x40), serverCid, filler(120)))),
    ...Array.from({ length: 3 }, () => down(concat(u8(0x40), scid, filler(1100)))),
  ];
}

export const FRAMES_OF_CONNECTION = 10;

/** Connections from their first packet on, as a server sees them. Each has its own addresses, CIDs and keys. */
export function writeHandshakes(path: string, connections: number): void {
  const writer = new PcapWriter(path);
  for (let i = 0; i < connections; i++) for (const frame of connection(i)) writer.add(frame);
  writer.close();
}

/** The first Initials of connections. Each has its own address, CIDs and keys. */
export function writeInitials(path: string, connections: number): void {
  const writer = new PcapWriter(path);
  for (let i = 0; i < connections; i++) writer.add(connection(i)[0] as Bytes);
  writer.close();
}
