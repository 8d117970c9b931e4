// A filter for a reader that walks through all packets in order of time, with what is decoded of them.
import type { Analysis } from '../analysis/analysis.js';
import type { Filter } from '../filter/index.js';
import { type Decoded, type DecodedOf, NOT_DECODED } from '../quic/decoded.js';
import { Decoder } from '../quic/decoder.js';
import type { RecordView } from './record.js';
import { RecordCursor } from './record-cursor.js';
import type { Recorder } from './recorder.js';

/** Decodes on the way. To be asked of every packet, once, in order of time: connections begin in any of them. */
export function decodeHere(recorder: Recorder): DecodedOf {
  const decoder = new Decoder();
  const readFrame = recorder.frameReader();
  return (view) => decoder.decode(view, readFrame);
}

/** Knows what the analysis found out, as long as the recorder holds the packet: to be asked at once. */
export function decodedBy(analysis: Analysis, recorder: Recorder): DecodedOf {
  return (view) => {
    const decoded = analysis.decodedOf(view);
    return recorder.lane(view).holds(view.sequence) ? decoded : NOT_DECODED;
  };
}

/** A place in the recorder that is never before the analysis. */
export function decodedCursor(analysis: Analysis, recorder: Recorder): RecordCursor {
  return new RecordCursor(recorder, undefined, ({ index }) => analysis.decodedUpTo(index));
}

export class PacketFilter {
  /** What is known of the packet that was looked at last; null without `decodedOf`. */
  decoded: Decoded | null = null;
  private readonly known = () => this.decoded as Decoded;

  /** @param decodedOf asked of every packet; null only when neither the filter nor the reader needs it */
  constructor(
    private readonly filter: Filter,
    private readonly decodedOf: DecodedOf | null,
  ) {}

  matches(view: RecordView): boolean {
    if (this.decodedOf) this.decoded = this.decodedOf(view);
    return this.filter.matches(view, this.known);
  }
}
