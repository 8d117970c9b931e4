// The connections whose client Initial was opened, found again by their connection IDs and by their path.
// Bounded: the oldest goes first. Initials are exchanged in the first seconds of a connection.
import type { ByteString, Connection } from './connection.js';

/** A hostile sender can give many connections one CID or path; of those only the newest are found by it. */
const MAX_PER_KEY = 8;
/** Connections whose keys are tried on one packet. */
const MAX_CANDIDATES = 4;
/** The same when its DCID is of none of them: as a rule it is the first of a connection. */
const MAX_GUESSES = 1;

/** From a key to the connections that have it, newest first. */
class Index {
  private readonly lists = new Map<ByteString, Connection[]>();

  get(key: ByteString): readonly Connection[] {
    return this.lists.get(key) ?? [];
  }
  add(key: ByteString, connection: Connection): void {
    const list = this.lists.get(key);
    if (!list) this.lists.set(key, [connection]);
    else if (!list.includes(connection)) {
      list.unshift(connection);
      list.length = Math.min(list.length, MAX_PER_KEY);
    }
  }
  remove(key: ByteString, connection: Connection): void {
    const list = this.lists.get(key)?.filter((one) => one !== connection);
    if (list && list.length > 0) this.lists.set(key, list);
    else this.lists.delete(key);
  }
}

const newestFirst = (candidates: Connection[], path: ByteString) => [
  ...candidates.filter((connection) => connection.path === path),
  ...candidates.filter((connection) => connection.path !== path),
];

export class ConnectionTable {
  /** A ring: the next one's place is that of the oldest, once all are taken. */
  private readonly ring: Connection[] = [];
  private place = 0;
  private readonly byDcid = new Index();
  private readonly byClientCid = new Index();
  /** Of clients whose CID is empty. */
  private readonly byPath = new Index();
  /** Connections that had to go for newer ones. */
  dropped = 0;

  constructor(private readonly capacity: number) {}

  /** Adds a connection that a client's first Initial began. */
  add(connection: Connection): void {
    const oldest = this.ring[this.place];
    if (oldest) {
      this.remove(oldest);
      this.dropped++;
    }
    this.ring[this.place] = connection;
    connection.place = this.place;
    this.place = (this.place + 1) % this.capacity;
    // Empty CIDs tell nothing apart.
    if (connection.firstDcid) this.byDcid.add(connection.firstDcid, connection);
    if (connection.clientCid) this.byClientCid.add(connection.clientCid, connection);
    else this.byPath.add(connection.path, connection);
  }

  private remove(connection: Connection): void {
    for (const cid of [connection.firstDcid, ...connection.serverCids]) this.byDcid.remove(cid, connection);
    if (connection.clientCid) this.byClientCid.remove(connection.clientCid, connection);
    else this.byPath.remove(connection.path, connection);
  }

  /** From now on packets to this CID may be this connection's. */
  addServerCid(connection: Connection, cid: ByteString): void {
    if (connection.addServerCid(cid)) this.byDcid.add(cid, connection);
  }

  /** Which connections an Initial from a client may belong to, the likeliest first. */
  ofClient(dcid: ByteString, scid: ByteString, path: ByteString): Connection[] {
    const known = this.byDcid.get(dcid).filter((connection) => {
      if (connection.isServerCid(dcid)) return connection.clientCid === scid || connection.path === path;
      // Two clients can choose one DCID. Those that also have no SCID are told apart by where they are.
      return connection.clientCid === scid && (scid !== '' || connection.path === path);
    });
    if (known.length > 0) return newestFirst(known, path).slice(0, MAX_CANDIDATES);
    // The server's packet that changed the DCID was not seen, or it has no CID.
    return this.ofClientCid(scid, path).slice(0, MAX_GUESSES);
  }

  /** The newest connection of the client with this SCID on this path. */
  onPath(scid: ByteString, path: ByteString): Connection | undefined {
    const [newest] = this.ofClientCid(scid, path);
    return newest?.path === path ? newest : undefined;
  }

  private ofClientCid(cid: ByteString, path: ByteString): Connection[] {
    if (cid !== '') return newestFirst([...this.byClientCid.get(cid)], path);
    return [...this.byPath.get(path)];
  }

  /** Which connections an Initial or Retry from a server may belong to, the likeliest first. */
  ofServer(dcid: ByteString, path: ByteString): Connection[] {
    return this.ofClientCid(dcid, path).slice(0, MAX_CANDIDATES);
  }
}
