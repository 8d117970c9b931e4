// A filter for a reader that walks through all packets in order of time: it decodes them on the way, if somebody needs that.
import type { Filter } from './filter/index.js';
import type { Decoded } from './quic/decoded.js';
import { Decoder, type DecoderOptions } from './quic/decoder.js';
import type { RecordView } from './record.js';
import type { Recorder } from './recorder.js';

export interface PacketFilterOptions extends DecoderOptions {
  /** Decode also when the filter does not need it. */
  decode?: boolean;
}

export class PacketFilter {
  /** Null when nothing is decoded. */
  readonly decoder: Decoder | null;
  /** What was decoded of the packet that was looked at last. */
  decoded: Decoded | null = null;
  private readonly readFrame = (view: RecordView) => this.recorder.lane(view).frameOf(view);
  private readonly decodedOf = () => this.decoded as Decoded;

  constructor(
    private readonly filter: Filter,
    private readonly recorder: Recorder,
    { decode = false, ...options }: PacketFilterOptions = {},
  ) {
    this.decoder = decode || filter.needsDecoded ? new Decoder(options) : null;
  }

  /** To be asked of every packet, once, in order of time: connections begin in any of them. */
  matches(view: RecordView): boolean {
    if (this.decoder) this.decoded = this.decoder.decode(view, this.readFrame);
    return this.filter.matches(view, this.decodedOf);
  }
}
