// The pcapng file format (draft-ietf-opsawg-pcapng), little-endian: one section, one interface, nanosecond times, the
// filter and the losses in the file, and the backend as a comment on each packet.
import { queueOf } from '../capture.js';
import { printable } from '../format.js';
import { VERSION } from '../version.js';
import { type CaptureFormat, LINK_TYPE_ETHERNET, type SavedFrame, SNAP_LENGTH } from './capture-format.js';

const BLOCK = { SECTION_HEADER: 0x0a0d0d0a, INTERFACE: 1, STATISTICS: 5, ENHANCED_PACKET: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION = { COMMENT: 1, USER_APPLICATION: 4, IF_NAME: 2, IF_TSRESOL: 9, ISB_IFRECV: 4, ISB_IFDROP: 5 } as const;
const TEN_TO_THE_MINUS_9 = 9;
const NANOSECONDS = 1_000_000_000n;

/** Type, length, interface id, time, two lengths, and the length again. */
const PACKET_FIXED = 32;
const END_OF_OPTIONS = Buffer.alloc(4);
/** Longer than any comment of ours. */
const COMMENT_ROOM = 64;

export interface PcapngOptions {
  interface: string;
  /** The filter that chose the packets, empty for none. */
  filter: string;
  /** Asked at the end: frames captured, and frames lost before they could be. */
  counts(): { received: number; dropped: number };
}

const padded = (length: number) => (length + 3) & ~3;

function option(code: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

const text = (code: number, value: string) => option(code, Buffer.from(value));

function u64(code: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return option(code, bytes);
}

function block(type: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const bytes = Buffer.alloc(12 + body.length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  bytes.set(body, 8);
  bytes.writeUInt32LE(bytes.length, 8 + body.length);
  return bytes;
}

function sectionHeader({ filter }: PcapngOptions): Buffer {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  fixed.writeUInt16LE(1, 4);
  fixed.writeBigInt64LE(-1n, 8); // the section's length is not known yet
  const options = [text(OPTION.USER_APPLICATION, `quic-top ${VERSION}`)];
  if (filter !== '') options.unshift(text(OPTION.COMMENT, `filter: ${printable(filter)}`));
  return block(BLOCK.SECTION_HEADER, fixed, ...options, END_OF_OPTIONS);
}

function interfaceDescription(options: PcapngOptions): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(LINK_TYPE_ETHERNET, 0);
  fixed.writeUInt32LE(SNAP_LENGTH, 4);
  const name = text(OPTION.IF_NAME, printable(options.interface));
  return block(BLOCK.INTERFACE, fixed, name, option(OPTION.IF_TSRESOL, Buffer.of(TEN_TO_THE_MINUS_9)), END_OF_OPTIONS);
}

function writeTime(to: Buffer, at: number, { seconds, nanoseconds }: SavedFrame['time']): void {
  const time = BigInt(seconds) * NANOSECONDS + BigInt(nanoseconds);
  to.writeUInt32LE(Number(time >> 32n), at);
  to.writeUInt32LE(Number(time & 0xffffffffn), at + 4);
}

/** One file; its writeFrame remembers the latest time for the statistics at the end. */
export function pcapng(options: PcapngOptions): CaptureFormat {
  const latest = Buffer.alloc(8);
  return {
    extension: '.pcapng',
    overhead: PACKET_FIXED + 3 + 4 + COMMENT_ROOM + END_OF_OPTIONS.length,

    begin: () => Buffer.concat([sectionHeader(options), interfaceDescription(options)]),

    writeFrame(to, at, { view, bytes, time }) {
      const { backend } = view;
      const comment =
        backend === null ? Buffer.alloc(0) : text(OPTION.COMMENT, `backend ${backend}, queue ${queueOf(backend)}`);
      const options = comment.length > 0 ? comment.length + END_OF_OPTIONS.length : 0;
      const data = at + PACKET_FIXED - 4;
      const end = data + padded(bytes.length);
      const length = end + options + 4 - at;
      to.writeUInt32LE(BLOCK.ENHANCED_PACKET, at);
      to.writeUInt32LE(length, at + 4);
      to.writeUInt32LE(0, at + 8);
      writeTime(to, at + 12, time);
      to.copy(latest, 0, at + 12, at + 20);
      to.writeUInt32LE(bytes.length, at + 20);
      to.writeUInt32LE(view.frameLength, at + 24);
      to.set(bytes, data);
      to.fill(0, data + bytes.length, end);
      to.set(comment, end);
      to.fill(0, end + comment.length, end + options);
      to.writeUInt32LE(length, end + options);
      return length;
    },

    end() {
      const { received, dropped } = options.counts();
      const counts = [u64(OPTION.ISB_IFRECV, received), u64(OPTION.ISB_IFDROP, dropped)];
      return block(BLOCK.STATISTICS, Buffer.alloc(4), latest, ...counts, END_OF_OPTIONS);
    },
  };
}
