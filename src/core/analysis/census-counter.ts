// Counts packets by type, version and backend. Counting a packet allocates nothing.
import { PACKET_TYPE, RECORD_FLAGS } from '../native/abi.gen.js';
import type { Decoded } from '../quic/decoder.js';
import type { RecordView } from '../recorder/record.js';
import type { Census, PackedCensus } from './analysis.js';
import { BackendServers, serversOf } from './backend-servers.js';

const BACKENDS = 65_536;
/** Versions that are counted apart; whoever sends random ones shares one count. */
const VERSIONS = 1024;
const SHOWN_VERSIONS = 32;
export const OTHER_VERSIONS = -1;

const BACKEND_FIELDS = 4;
/** Random CIDs name every backend there can be; nobody looks at more than these. */
const SHOWN_BACKENDS = 2048;

export const NO_CENSUS: Census = {
  time: 0,
  packets: 0,
  missed: 0,
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
  private readonly packets = new Float64Array(BACKENDS);
  private readonly bytes = new Float64Array(BACKENDS);
  private readonly trusted = new Float64Array(BACKENDS);
  private readonly servers = new BackendServers();
  private withoutBackend = 0;
  private total = 0;

  count(view: RecordView, decoded: Decoded): void {
    this.total++;
    (this.types[view.type] as number)++;
    (this.versions[this.placeOf(view.version | 0)] as number)++;
    if (!(view.flags & RECORD_FLAGS.RECORD_HAS_BACKEND)) {
      this.withoutBackend++;
      return;
    }
    const backend = view.backend as number;
    (this.packets[backend] as number)++;
    (this.bytes[backend] as number) += view.packetLength;
    const trusted = decoded.trust === 'server';
    if (trusted) (this.trusted[backend] as number)++;
    this.servers.note(view, backend, trusted);
  }

  private placeOf(version: number): number {
    const known = this.places.get(version);
    if (known !== undefined) return known;
    const place = this.places.size;
    if (place < VERSIONS) this.places.set(version, place);
    return place;
  }

  /** @param time milliseconds of performance.now() on the main thread */
  take(time: number, missed: number): PackedCensus {
    const { total: packets, withoutBackend } = this;
    const types = Array.from(this.types);
    const busy = this.busyBackends();
    return {
      time,
      packets,
      missed,
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

  private busyBackends(): Uint16Array {
    const { packets, trusted } = this;
    const of = (counts: Float64Array, backend: number) => counts[backend] as number;
    return Uint16Array.from({ length: BACKENDS }, (_, backend) => backend)
      .filter((backend) => of(packets, backend) > 0)
      .sort((a, b) => of(trusted, b) - of(trusted, a) || of(packets, b) - of(packets, a))
      .subarray(0, SHOWN_BACKENDS);
  }

  private countsOf(busy: Uint16Array): Float64Array {
    const packed = new Float64Array(busy.length * BACKEND_FIELDS);
    let at = 0;
    for (const backend of busy) {
      packed[at++] = backend;
      packed[at++] = this.packets[backend] as number;
      packed[at++] = this.bytes[backend] as number;
      packed[at++] = this.trusted[backend] as number;
    }
    return packed;
  }
}

export function unpackCensus({ servers, ...packed }: PackedCensus): Census {
  const numbers = packed.backends;
  const backends = Array.from({ length: numbers.length / BACKEND_FIELDS }, (_, i) => {
    const [backend, packets, bytes, trusted] = numbers.subarray(i * BACKEND_FIELDS) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return { backend, packets, bytes, trusted, servers: serversOf(servers, i) };
  });
  return { ...packed, backends };
}
