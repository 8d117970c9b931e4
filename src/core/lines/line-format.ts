// Packets as lines, for one who reads them or a program.
import type { Decoded } from '../quic/decoded.js';
import type { RecordView } from '../recorder/record.js';

/** Lines are joined to writes of about this many bytes. */
export const CHUNK = 64 * 1024;

/** Collects lines of packets: in ASCII, whatever is in the packets. */
export interface LineFormat {
  /** It has a chunk: to be taken before more is added. */
  readonly full: boolean;
  add(view: RecordView, decoded: Decoded): void;
  /**
   * The lines that were added since the last call, each with its line break; null when there is none.
   * @param reuse those of the last call are no longer needed: these may take their memory
   */
  take(reuse: boolean): Uint8Array | null;
}
