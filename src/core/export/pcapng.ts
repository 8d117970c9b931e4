// The pcapng file format (draft-ietf-opsawg-pcapng), little-endian: one section, an interface for each link type,
// nanosecond times, the filter and the losses in the file, and the backend as a comment on each packet.
//
// Every frame is an Enhanced Packet Block. A frame without a time gets the time 0, as Wireshark writes it, and a comment
// that says so: a Simple Packet Block has no comment, no link type but the first, and no captured length.

import { queueOf } from '../cid/queue.js';
import { serverIdText } from '../cid/server-id.js';
import { RECORDER_LIMITS } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { printable } from '../text/format.js';
import { VERSION } from '../text/version.js';
import type { CaptureFormat } from './capture-format.js';

const BLOCK = { SECTION_HEADER: 0x0a0d0d0a, INTERFACE: 1, STATISTICS: 5, ENHANCED_PACKET: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION = {
  COMMENT: 1,
  USER_APPLICATION: 4,
  IF_NAME: 2,
  IF_TSRESOL: 9,
  EPB_FLAGS: 2,
  ISB_IFRECV: 4,
  ISB_IFDROP: 5,
} as const;
const TEN_TO_THE_MINUS_9 = 9;

/** Type, length, interface id, time, two lengths, and the length again. */
const PACKET_FIXED = 32;
const END_OF_OPTIONS = Buffer.alloc(4);
const NOTHING = Buffer.alloc(0);
/** Longer than the options of a packet. */
const OPTIONS_ROOM = 96;
/** An option has at most 65535 bytes, of which an escaped character takes up to 4. */
const MAX_FILTER = 16_000;

export interface Counts {
  /** Frames captured. */
  received: number;
  /** Frames lost before they could be. */
  dropped: number;
}

export interface PcapngOptions {
  /** Null when it is not known. */
  interface: string | null;
  /** The filter that chose the packets, empty for none. */
  filter: string;
  /** Asked at the end; null when nothing is known of them. */
  counts: (() => Counts) | null;
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
  if (filter !== '') options.unshift(text(OPTION.COMMENT, `filter: ${printable(filter.slice(0, MAX_FILTER))}`));
  return block(BLOCK.SECTION_HEADER, fixed, ...options, END_OF_OPTIONS);
}

function interfaceDescription(name: string | null, linkType: number): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(linkType, 0);
  fixed.writeUInt32LE(RECORDER_LIMITS.FRAME_MAX, 4);
  const options = [option(OPTION.IF_TSRESOL, Buffer.of(TEN_TO_THE_MINUS_9)), END_OF_OPTIONS];
  if (name !== null) options.unshift(text(OPTION.IF_NAME, printable(name)));
  return block(BLOCK.INTERFACE, fixed, ...options);
}

/** epb_flags, whose lowest bits are the direction. */
const ARRIVED = option(OPTION.EPB_FLAGS, Buffer.of(1, 0, 0, 0));
const LEFT = option(OPTION.EPB_FLAGS, Buffer.of(2, 0, 0, 0));

const TIME_FROM = {
  xdp: text(OPTION.COMMENT, 'time_source xdp'),
  tap: text(OPTION.COMMENT, 'time_source tap'),
  drain: text(OPTION.COMMENT, 'time_source drain'),
};

/** The options of a packet's block, or nothing. */
function packetOptions({ backend, hasTime, timeSource, isIngress, isEgress }: RecordView): Buffer {
  const options = [];
  if (isIngress || isEgress) options.push(isIngress ? ARRIVED : LEFT);
  if (backend !== null)
    options.push(text(OPTION.COMMENT, `backend ${serverIdText(backend)}, queue ${queueOf(backend)}`));
  if (!hasTime) options.push(text(OPTION.COMMENT, 'no time in the source'));
  if (timeSource !== null) options.push(TIME_FROM[timeSource]);
  return options.length > 0 ? Buffer.concat([...options, END_OF_OPTIONS]) : NOTHING;
}

export function pcapng(options: PcapngOptions): CaptureFormat {
  /** Link types, each at the number of its interface. */
  const interfaces: number[] = [];
  const latest = Buffer.alloc(8);

  const describe = (linkType: number) => {
    interfaces.push(linkType);
    return interfaceDescription(options.interface, linkType);
  };

  return {
    overhead: interfaceDescription(options.interface, 0).length + PACKET_FIXED + 3 + OPTIONS_ROOM,

    begin: (linkType) => Buffer.concat([sectionHeader(options), describe(linkType)]),

    writeFrame(to, start, { view, bytes, time }) {
      let at = start;
      let index = interfaces.indexOf(view.linkType);
      if (index < 0) {
        index = interfaces.length;
        at += describe(view.linkType).copy(to, at);
      }
      const rest = packetOptions(view);
      const data = at + PACKET_FIXED - 4;
      const end = data + padded(bytes.length);
      const length = end + rest.length + 4 - at;
      to.writeUInt32LE(BLOCK.ENHANCED_PACKET, at);
      to.writeUInt32LE(length, at + 4);
      to.writeUInt32LE(index, at + 8);
      to.writeUInt32LE(Number(time >> 32n), at + 12);
      to.writeUInt32LE(Number(time & 0xffffffffn), at + 16);
      to.copy(latest, 0, at + 12, at + 20);
      to.writeUInt32LE(bytes.length, at + 20);
      to.writeUInt32LE(view.frameLength, at + 24);
      to.set(bytes, data);
      to.fill(0, data + bytes.length, end);
      to.set(rest, end);
      to.writeUInt32LE(length, end + rest.length);
      return at + length - start;
    },

    end() {
      if (options.counts === null) return NOTHING;
      const { received, dropped } = options.counts();
      const counts = [u64(OPTION.ISB_IFRECV, received), u64(OPTION.ISB_IFDROP, dropped)];
      return block(BLOCK.STATISTICS, Buffer.alloc(4), latest, ...counts, END_OF_OPTIONS);
    },
  };
}
