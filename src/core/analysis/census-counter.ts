// Counts packets by type, version and backend. Counting a packet allocates nothing.
import type { ServerIds } from '../cid/server-id.js';
import { WordLru } from '../cid/word-lru.js';
import { PACKET_TYPE, RECORD, RECORD_FLAGS } from '../native/abi.gen.js';
import type { Decoded } from '../quic/decoder.js';
import type { RecordView } from '../recorder/record.js';
import type { Census, PackedCensus } from './analysis.js';
import { BackendServers, serversOf } from './backend-servers.js';

/** Backends that are counted: the last ones used. */
const BACKENDS = 65_536;
/** Versions that are counted apart; whoever sends random ones shares one count. */
const VERSIONS = 1024;
const SHOWN_VERSIONS = 32;
export const OTHER_VERSIONS = -1;

const BACKEND_FIELDS = 6;
/** Random CIDs name all backends there can be; nobody looks at more than these. */
const SHOWN_BACKENDS = 2048;

export const NO_CENSUS: Census = {
  time: 0,
  packets: 0,
  missed: 0,
  overBudget: 0,
  types: Object.keys(PACKET_TYPE).map(() => 0),
  versions: [],
  backends: [],
  withoutBackend: 0,
};

export class CensusCounter {
  private readonly types = new Float64Array(Object.keys(PACKET_TYPE).length);
  /** The place of a version's count; the last place is that of all that came when the others were taken. */
  private readonly places = new Map<number, number>();
  private readonly versions = new Float64Array(VERSIONS + 1);
  /** A backend's handle, and its layout. */
  private readonly backends = new WordLru(BACKENDS, 1);
  // By the slots of `backends`.
  private readonly packets = new Float64Array(BACKENDS + 1);
  private readonly bytes = new Float64Array(BACKENDS + 1);
  private readonly trusted = new Float64Array(BACKENDS + 1);
  private readonly short = new Float64Array(BACKENDS + 1);
  private readonly servers = new BackendServers(BACKENDS);
  private withoutBackend = 0;
  private total = 0;

  count(view: RecordView, decoded: Decoded): void {
    this.total++;
    (this.types[view.type] as number)++;
    if (!view.isShort) (this.versions[this.placeOf(view.version | 0)] as number)++;
    if (!(view.flags & RECORD_FLAGS.RECORD_HAS_BACKEND)) {
      this.withoutBackend++;
      return;
    }
    const slot = this.backends.use(view.words, RECORD.backend / 4, view.cidLayout);
    if (this.backends.added) this.begin(slot);
    if (view.isShort) {
      (this.short[slot] as number)++;
      return;
    }
    (this.packets[slot] as number)++;
    (this.bytes[slot] as number) += view.packetLength;
    const trusted = decoded.trust === 'server';
    if (trusted) (this.trusted[slot] as number)++;
    this.servers.note(view, slot, trusted);
  }

  private begin(slot: number): void {
    this.packets[slot] = 0;
    this.bytes[slot] = 0;
    this.trusted[slot] = 0;
    this.short[slot] = 0;
    this.servers.begin(slot);
  }

  private placeOf(version: number): number {
    const known = this.places.get(version);
    if (known !== undefined) return known;
    const place = this.places.size;
    if (place < VERSIONS) this.places.set(version, place);
    return place;
  }

  /** @param time milliseconds of performance.now() on the main thread */
  take(time: number, missed: number, overBudget: number): PackedCensus {
    const { total: packets, withoutBackend } = this;
    const types = Array.from(this.types);
    const busy = this.busyBackends();
    return {
      time,
      packets,
      missed,
      overBudget,
      types,
      versions: this.topVersions(),
      backends: this.countsOf(busy),
      servers: this.servers.pack(busy),
      withoutBackend,
    };
  }

  private topVersions(): Census['versions'] {
    const all = [...this.places]
      .map(([version, place]) => ({ version: version >>> 0, packets: this.versions[place] as number }))
      .sort((a, b) => b.packets - a.packets);
    const rest = all
      .slice(SHOWN_VERSIONS)
      .reduce((sum, { packets }) => sum + packets, this.versions[VERSIONS] as number);
    const shown = all.slice(0, SHOWN_VERSIONS);
    return rest > 0 ? [...shown, { version: OTHER_VERSIONS, packets: rest }] : shown;
  }

  /** Their slots, the busiest first. */
  private busyBackends(): Uint32Array {
    const { packets, trusted, backends } = this;
    const of = (counts: Float64Array, slot: number) => counts[slot] as number;
    const numberOf = (slot: number) => backends.words(slot)[0] as number;
    return Uint32Array.from({ length: backends.size }, (_, i) => i + 1)
      .sort((a, b) => of(trusted, b) - of(trusted, a) || of(packets, b) - of(packets, a) || numberOf(a) - numberOf(b))
      .subarray(0, SHOWN_BACKENDS);
  }

  private countsOf(busy: Uint32Array): Float64Array {
    const packed = new Float64Array(busy.length * BACKEND_FIELDS);
    let at = 0;
    for (const slot of busy) {
      packed[at++] = this.backends.number(slot);
      packed[at++] = this.backends.words(slot)[0] as number;
      packed[at++] = this.packets[slot] as number;
      packed[at++] = this.bytes[slot] as number;
      packed[at++] = this.trusted[slot] as number;
      packed[at++] = this.short[slot] as number;
    }
    return packed;
  }
}

/** @param serverIds of the recorder whose packets were counted */
export function unpackCensus({ servers, ...packed }: PackedCensus, serverIds: ServerIds): Census {
  const numbers = packed.backends;
  const backends = Array.from({ length: numbers.length / BACKEND_FIELDS }, (_, i) => {
    const [cidLayout, handle, packets, bytes, trusted, short] = numbers.subarray(i * BACKEND_FIELDS) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const backend = serverIds.of(cidLayout, handle);
    return { cidLayout, handle, backend, packets, bytes, trusted, short, servers: serversOf(servers, i) };
  });
  return { ...packed, backends };
}
