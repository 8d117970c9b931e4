// The connection of each network and backend that was seen last: a client that comes with another address and another
// connection ID, to the same backend, may be one of the same network that was there a moment ago. Where connection IDs name no
// backend, only another port of the same address is taken for it, and only at the same port of a server.
import { WordLru } from '../cid/word-lru.js';
import { RECORD } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import type { Tracked } from './tracked.js';

const NETWORKS = 16_384;
/** Nanoseconds since its last packet: who goes on with another address does it at once. */
const AT_ONCE = 1e9;

export class Neighbours {
  /** The client's /24, or its /56, and the backend's handle; with its layout. Without a backend as said above, with 0. */
  private readonly networks = new WordLru(NETWORKS, 3);
  private readonly key = new Uint32Array(3);
  private readonly last: (Tracked | null)[] = new Array(NETWORKS + 1).fill(null);
  private readonly ids = new Float64Array(NETWORKS + 1);

  /** That connection has an address, and perhaps a backend. */
  note(connection: Tracked): void {
    const { client, server, ipVersion, cidLayout, handle } = connection;
    this.set(client.words, 0, ipVersion, cidLayout, cidLayout === 0 ? server.port : handle);
    const network = this.networks.use(this.key, 0, cidLayout);
    this.last[network] = connection;
    this.ids[network] = connection.id;
  }

  /** The connection that the client of a packet may have gone on with; null: none. */
  find(view: RecordView, time: number): Tracked | null {
    const layout = view.hasBackend ? view.cidLayout : 0;
    const backend = view.hasBackend ? view.backendHandle : view.serverPort;
    this.set(view.words, RECORD.src / 4, view.ipVersion, layout, backend);
    const network = this.networks.find(this.key, 0, layout);
    const connection = network === 0 ? null : (this.last[network] ?? null);
    if (connection === null || connection.id !== this.ids[network]) return null;
    const fits = connection.ending === null && connection.guessedPath === 0 && !connection.guessRefuted;
    return fits && time - connection.lastSeen < AT_ONCE ? connection : null;
  }

  private set(words: Uint32Array, at: number, ipVersion: number, layout: number, backend: number): void {
    const { key } = this;
    // Addresses are in network byte order, words in that of this machine, which is little-endian.
    const isWhole = layout === 0;
    const isIpv6 = ipVersion === 6;
    key[0] = (words[at] as number) & (isWhole || isIpv6 ? 0xffffffff : 0x00ffffff);
    key[1] = isIpv6 ? (words[at + 1] as number) & (isWhole ? 0xffffffff : 0x00ffffff) : 0;
    key[2] = backend;
  }
}
