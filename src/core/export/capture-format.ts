// What a capture file format has to do; pcap.ts and pcapng.ts do it.
import type { RecordView } from '../recorder/record.js';

/** A frame to be saved: its bytes, and the first packet in it that is saved. */
export interface SavedFrame {
  view: RecordView;
  bytes: Uint8Array;
  /** Wall-clock time in nanoseconds since 1970; 0 when the source does not tell (RecordView.hasTime). */
  time: bigint;
}

/** Makes one file: it remembers what it has written. */
export interface CaptureFormat {
  /** Bytes that a frame takes at most beside its own. */
  readonly overhead: number;
  /** What the file begins with, when its first frame has this link type (enum qt_link_type). */
  begin(linkType: number): Uint8Array;
  /**
   * Writes a frame at `at`, where there is room for it and `overhead`; returns how many bytes that took.
   * @throws QuicTopError when the format has no place for such a frame
   */
  writeFrame(to: Buffer, at: number, frame: SavedFrame): number;
  /** What the file ends with. */
  end(): Uint8Array;
}
