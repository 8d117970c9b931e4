// The pcap file format with nanosecond times (draft-ietf-opsawg-pcap), little-endian, link type Ethernet.

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const LINK_TYPE_ETHERNET = 1;
/** The most that Wireshark accepts for a frame. */
export const SNAP_LENGTH = 262144;

export const FILE_HEADER_SIZE = 24;
export const FRAME_HEADER_SIZE = 16;

export function writeFileHeader(to: Buffer, at: number): void {
  to.writeUInt32LE(MAGIC_NANOSECONDS, at);
  to.writeUInt16LE(2, at + 4);
  to.writeUInt16LE(4, at + 6);
  to.writeUInt32LE(0, at + 8);
  to.writeUInt32LE(0, at + 12);
  to.writeUInt32LE(SNAP_LENGTH, at + 16);
  to.writeUInt32LE(LINK_TYPE_ETHERNET, at + 20);
}

export function writeFrameHeader(
  to: Buffer,
  at: number,
  time: { seconds: number; nanoseconds: number },
  captured: number,
  length: number,
): void {
  to.writeUInt32LE(time.seconds, at);
  to.writeUInt32LE(time.nanoseconds, at + 4);
  to.writeUInt32LE(captured, at + 8);
  to.writeUInt32LE(length, at + 12);
}
