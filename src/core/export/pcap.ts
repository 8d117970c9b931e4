// The pcap file format with nanosecond times (draft-ietf-opsawg-pcap), little-endian.
import { type CaptureFormat, LINK_TYPE_ETHERNET, type SavedFrame, SNAP_LENGTH } from './capture-format.js';

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_SIZE = 24;
const FRAME_HEADER_SIZE = 16;

export const pcap: CaptureFormat = {
  extension: '.pcap',
  overhead: FRAME_HEADER_SIZE,

  begin() {
    const header = Buffer.alloc(FILE_HEADER_SIZE);
    header.writeUInt32LE(MAGIC_NANOSECONDS, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(SNAP_LENGTH, 16);
    header.writeUInt32LE(LINK_TYPE_ETHERNET, 20);
    return header;
  },

  writeFrame(to: Buffer, at: number, { view, bytes, time }: SavedFrame) {
    to.writeUInt32LE(time.seconds, at);
    to.writeUInt32LE(time.nanoseconds, at + 4);
    to.writeUInt32LE(bytes.length, at + 8);
    to.writeUInt32LE(view.frameLength, at + 12);
    to.set(bytes, at + FRAME_HEADER_SIZE);
    return FRAME_HEADER_SIZE + bytes.length;
  },

  end: () => Buffer.alloc(0),
};
