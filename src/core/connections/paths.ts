// The connections of each path, which is a pair of addresses and ports (RFC 9000 section 9), the one used last first.
import { WordLru } from '../cid/word-lru.js';
import { RECORD } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { ADDRESS_WORDS, type Tracked } from './tracked.js';

/** Connections that are remembered of a path. Nearly all have one. */
export const ON_PATH = 4;

const SRC = RECORD.src / 4;
const DST = RECORD.dst / 4;

export class Paths {
  private readonly paths: WordLru;
  private readonly key = new Uint32Array(2 * ADDRESS_WORDS);
  /** By slot; the id tells whether it still is that connection. */
  private readonly connections: (Tracked | null)[];
  private readonly ids: Float64Array;

  constructor(capacity: number) {
    this.paths = new WordLru(capacity, 2 * ADDRESS_WORDS);
    this.connections = new Array((capacity + 1) * ON_PATH).fill(null);
    this.ids = new Float64Array((capacity + 1) * ON_PATH);
  }

  /** The number of a packet's path, which is now the one used last. */
  use(view: RecordView): number {
    const { key } = this;
    const { words, fromServer } = view;
    const client = fromServer ? DST : SRC;
    const server = fromServer ? SRC : DST;
    for (let i = 0; i < ADDRESS_WORDS; i++) {
      key[i] = words[client + i] as number;
      key[ADDRESS_WORDS + i] = words[server + i] as number;
    }
    const ports = fromServer ? (view.dstPort << 16) | view.srcPort : (view.srcPort << 16) | view.dstPort;
    const path = this.paths.use(key, 0, ports >>> 0);
    if (this.paths.added) this.connections.fill(null, path * ON_PATH, (path + 1) * ON_PATH);
    return path;
  }

  /** The connection that used it last (place 0), or one before; null: there is none. */
  at(path: number, place: number): Tracked | null {
    const at = path * ON_PATH + place;
    const connection = this.connections[at] as Tracked | null;
    return connection !== null && connection.id === this.ids[at] ? connection : null;
  }

  has(path: number, connection: Tracked): boolean {
    for (let place = 0; place < ON_PATH; place++) if (this.at(path, place) === connection) return true;
    return false;
  }

  /** That connection used it now. False: it had not before. */
  put(path: number, connection: Tracked): boolean {
    const { connections, ids } = this;
    const first = path * ON_PATH;
    if (this.at(path, 0) === connection) return true;
    let place = 1;
    while (place < ON_PATH && this.at(path, place) !== connection) place++;
    const known = place < ON_PATH;
    if (!known) place = this.room(path);
    for (let at = first + place; at > first; at--) {
      connections[at] = connections[at - 1] as Tracked | null;
      ids[at] = ids[at - 1] as number;
    }
    connections[first] = connection;
    ids[first] = connection.id;
    return known;
  }

  /** It was not that connection's. */
  remove(path: number, connection: Tracked): void {
    for (let place = 0; place < ON_PATH; place++) {
      if (this.at(path, place) === connection) this.connections[path * ON_PATH + place] = null;
    }
  }

  /** A place that is free, or of which little is lost: first packets of connections anybody can send. */
  private room(path: number): number {
    let place = 0;
    while (place < ON_PATH && this.at(path, place) !== null) place++;
    if (place < ON_PATH) return place;
    for (place = ON_PATH - 1; place > 0 && this.at(path, place)?.proven; place--);
    return place > 0 ? place : ON_PATH - 1;
  }
}
