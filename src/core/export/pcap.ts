// The pcap file format with nanosecond times (draft-ietf-opsawg-pcap), little-endian. It has one link type for the whole
// file, and 32 bits for the seconds.
import { RECORDER_LIMITS } from '../native/abi.gen.js';
import { QuicTopError } from '../text/errors.js';
import { SECOND_EXACT } from '../text/format.js';
import type { CaptureFormat } from './capture-format.js';

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_SIZE = 24;
const FRAME_HEADER_SIZE = 16;
const MAX_SECONDS = 2 ** 32 - 1;

function cannotHold(what: string): QuicTopError {
  return new QuicTopError('PCAP', `a .pcap file cannot hold ${what}`, 'write a .pcapng file');
}

export function pcap(): CaptureFormat {
  let linkType: number;
  return {
    overhead: FRAME_HEADER_SIZE,

    begin(first) {
      linkType = first;
      const header = Buffer.alloc(FILE_HEADER_SIZE);
      header.writeUInt32LE(MAGIC_NANOSECONDS, 0);
      header.writeUInt16LE(2, 4);
      header.writeUInt16LE(4, 6);
      header.writeUInt32LE(RECORDER_LIMITS.FRAME_MAX, 16);
      header.writeUInt32LE(linkType, 20);
      return header;
    },

    writeFrame(to, at, { view, bytes, time }) {
      const seconds = Number(time / SECOND_EXACT);
      if (view.linkType !== linkType) throw cannotHold(`frames of two link types (${linkType} and ${view.linkType})`);
      if (seconds > MAX_SECONDS) throw cannotHold('a time after the year 2106');
      to.writeUInt32LE(seconds, at);
      to.writeUInt32LE(Number(time % SECOND_EXACT), at + 4);
      to.writeUInt32LE(bytes.length, at + 8);
      to.writeUInt32LE(view.frameLength, at + 12);
      to.set(bytes, at + FRAME_HEADER_SIZE);
      return FRAME_HEADER_SIZE + bytes.length;
    },

    end: () => Buffer.alloc(0),
  };
}
