// What a capture file format has to do; pcap.ts and pcapng.ts do it.
import type { RecordView } from '../record.js';

/** A frame to be saved: its bytes, and the first packet in it that is saved. */
export interface SavedFrame {
  view: RecordView;
  bytes: Uint8Array;
  /** Wall-clock time: seconds since 1970 and the nanoseconds of that second. */
  time: { seconds: number; nanoseconds: number };
}

export interface CaptureFormat {
  /** With its dot. */
  readonly extension: string;
  /** Bytes that a frame takes at most beside its own. */
  readonly overhead: number;
  /** What the file begins with. */
  begin(): Uint8Array;
  /** Writes a frame at `at`, where there is room for it and `overhead`; returns how many bytes that took. */
  writeFrame(to: Buffer, at: number, frame: SavedFrame): number;
  /** What the file ends with. */
  end(): Uint8Array;
}

/** Link type of all frames: Ethernet (the LINKTYPE registry of tcpdump.org). */
export const LINK_TYPE_ETHERNET = 1;
/** The most that Wireshark accepts for a frame. */
export const SNAP_LENGTH = 262144;
