// What is known of packets of which more is to tell than a byte of the SideTable: written by the analysis, read by the
// main thread, in memory of a fixed size that both have. The newest are kept, however much a sender gives to tell.
import type { Trust } from '../cid/trust.js';
import type { Close } from '../quic/close.js';
import type { Decoded } from '../quic/decoded.js';
import type { DecodedIssue } from '../quic/issues.js';
import type { Recorder } from '../recorder/recorder.js';

/** Bytes of a recorder to one of details. An Initial that opens takes about 1400 of them, and 200 of these. */
const SHARE = 4;
const LEAST = 64 * 1024;
/** Bytes of the unit in which places are counted: so their lower 32 bits tell more apart than a recorder can hold. */
const UNIT = 8;
/** Before the text: its length. */
const HEADER = UNIT;

/** Keeps plain reads and writes on their side of it. */
const fence = new Int32Array(new SharedArrayBuffer(4));
const keepOrder = () => Atomics.or(fence, 0, 0);

/** Where the parts of the memory begin. */
interface Layout {
  /** Bytes, a power of two. */
  ring: number;
  /** Of each lane's places: four bytes for each record. */
  lanes: number[];
  size: number;
}

function layoutOf({ memory, lanes }: Recorder): Layout {
  const ring = 2 ** Math.floor(Math.log2(Math.max(LEAST, memory.byteLength / SHARE)));
  const starts: number[] = [];
  let size = HEADER + ring;
  for (const { slots } of lanes) {
    starts.push(size);
    size += slots * 4;
  }
  return { ring, lanes: starts, size };
}

export class DetailsRing {
  readonly memory: SharedArrayBuffer;
  /** Place of the oldest text that is whole. */
  private readonly tail: Int32Array;
  private readonly ring: Buffer;
  /** The same. */
  private readonly words: Uint32Array;
  private readonly units: number;
  /** Of each lane: where the text of a record begins, by the record's slot. */
  private readonly places: readonly Uint32Array[];
  private head = 0;

  /** @param memory of the DetailsRing on the other thread; none makes a new one */
  constructor(recorder: Recorder, memory?: SharedArrayBuffer) {
    const layout = layoutOf(recorder);
    this.memory = memory ?? new SharedArrayBuffer(layout.size);
    this.tail = new Int32Array(this.memory, 0, 1);
    this.ring = Buffer.from(this.memory, HEADER, layout.ring);
    this.words = new Uint32Array(this.memory, HEADER, layout.ring / 4);
    this.units = layout.ring / UNIT;
    this.places = recorder.lanes.map(({ slots }, i) => new Uint32Array(this.memory, layout.lanes[i] as number, slots));
  }

  /** Writes what is known of a record, over the oldest that is known of others. */
  set(lane: number, sequence: number, decoded: Decoded): void {
    const { tail, ring, units } = this;
    const text = detailsText(decoded);
    const size = Math.ceil((HEADER + text.length) / UNIT);
    const left = units - (this.head % units);
    // A text never wraps around.
    const start = size > left ? this.head + left : this.head;
    this.head = start + size;
    Atomics.store(tail, 0, (this.head - units) | 0);
    keepOrder();
    const offset = (start % units) * UNIT;
    this.words[offset / 4] = text.length;
    ring.write(text, offset + HEADER, 'latin1');
    const places = this.places[lane] as Uint32Array;
    places[sequence & (places.length - 1)] = start;
  }

  /**
   * The text of a record that the analysis has passed, for `parseDetails`; null when newer ones are in its place. Means
   * something when the recorder still holds the record afterwards.
   */
  get(lane: number, sequence: number): string | null {
    const places = this.places[lane] as Uint32Array;
    const start = places[sequence & (places.length - 1)] as number;
    const offset = (start % this.units) * UNIT;
    const from = offset + HEADER;
    // The length, like the text, may be that of another.
    const to = Math.min(from + (this.words[offset / 4] as number), this.ring.length);
    const text = this.ring.toString('latin1', from, to);
    keepOrder();
    return ((start - Atomics.load(this.tail, 0)) | 0) >= 0 ? text : null;
  }
}

const text = (value: string | number | boolean | null) => (value === null ? '' : `=${value}`);
const closeFields = (close: Close | null) => close && [String(close.errorCode), String(close.frameType), close.reason];
const names = (list: readonly string[] | null) =>
  list === null ? '' : list.reduce((all, name) => `${all}\t${name}`, '=');

/**
 * A line for each field, which begins with a mark where it is not null; the names of a list with a tab before each. All of
 * it is ASCII, and none has such a character: `Decoded` says that texts are safe to print.
 */
function detailsText(decoded: Decoded): string {
  const { decrypted, packetNumber, keySource, sni, alpn, alpnMore, ja4, ech, trust, issues } = decoded;
  const { largestAcknowledged, close } = decoded;
  return `${text(decrypted)}\n${text(packetNumber)}\n${text(keySource)}\n${text(sni)}\n${names(alpn)}\n${alpnMore}\n${text(
    ja4,
  )}\n${text(ech)}\n${text(trust)}\n${names(issues)}\n${text(largestAcknowledged)}\n${names(closeFields(close))}`;
}

function closeOf(fields: readonly string[] | null): Close | null {
  const [errorCode = '', frameType, reason = ''] = fields ?? [];
  return fields && { errorCode: BigInt(errorCode), frameType: Number(frameType), reason };
}

/** What DetailsRing.get() gives, as it was. */
export function parseDetails(details: string): Decoded {
  const [decrypted, packetNumber, keySource, sni, alpn, alpnMore, ja4, ech, trust, issues, largestAcknowledged, close] =
    details.split('\n');
  const value = (field = '') => (field === '' ? null : field.slice(1));
  const number = (field = '') => (field === '' ? null : Number(field.slice(1)));
  const flag = (field = '') => (field === '' ? null : field === '=true');
  const list = (field = '') => (field === '' ? null : field.split('\t').slice(1));
  return {
    decrypted: flag(decrypted),
    packetNumber: number(packetNumber),
    keySource: value(keySource),
    sni: value(sni),
    alpn: list(alpn),
    alpnMore: Number(alpnMore),
    ja4: value(ja4),
    ech: flag(ech),
    largestAcknowledged: number(largestAcknowledged),
    close: closeOf(list(close)),
    trust: value(trust) as Trust | null,
    issues: (list(issues) ?? []) as DecodedIssue[],
  };
}
