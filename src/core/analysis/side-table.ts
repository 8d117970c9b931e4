// What is known of each record, in one byte beside it: written by the analysis, read by the main thread.
import { COMMON, type Decoded } from '../quic/decoded.js';
import type { Recorder } from '../recorder/recorder.js';

/** Not decoded. */
const NOTHING = 0;
/** There is more to tell than fits: it is in the DetailsRing. */
const DETAILS = 0xff;

/** Each byte's meaning in between: 1 and the place in COMMON. */
const codes = new Map(COMMON.map((decoded, i) => [decoded, i + 1]));

/** The byte of a record means something while the recorder holds the record and the analysis has passed it. */
export class SideTable {
  private readonly lanes: readonly Uint8Array[];

  /** @param memory of the SideTable on the other thread; none makes a new one */
  constructor(
    recorder: Recorder,
    readonly memory = new SharedArrayBuffer(recorder.lanes.reduce((total, { slots }) => total + slots, 0)),
  ) {
    let offset = 0;
    this.lanes = recorder.lanes.map(({ slots }) => {
      offset += slots;
      return new Uint8Array(memory, offset - slots, slots);
    });
  }

  /** The packet's decoding; null when nothing is known; 'details' when it is more than a byte tells. */
  get(lane: number, sequence: number): Decoded | null | 'details' {
    const bytes = this.lanes[lane] as Uint8Array;
    const code = bytes[sequence & (bytes.length - 1)] as number;
    return code === DETAILS ? 'details' : (COMMON[code - 1] ?? null);
  }

  /** False: it is more than a byte tells. */
  set(lane: number, sequence: number, decoded: Decoded): boolean {
    const bytes = this.lanes[lane] as Uint8Array;
    const code = codes.get(decoded) ?? DETAILS;
    bytes[sequence & (bytes.length - 1)] = code;
    return code !== DETAILS;
  }

  /** Says that nothing is known of the records [from, to) of a lane, which holds at most as many as it has slots. */
  clear(lane: number, from: number, to: number): void {
    const bytes = this.lanes[lane] as Uint8Array;
    const start = from & (bytes.length - 1);
    const end = start + to - from;
    bytes.fill(NOTHING, start, end);
    bytes.fill(NOTHING, 0, Math.max(0, end - bytes.length));
  }
}
