// Which connection a packet is of: by the connection IDs of both sides and by its path (RFC 9000 section 5.1, RFC 9312).
// Whoever sends packets can claim to be anybody; so nobody who has a path or a CID loses it to a packet that claims it.
import { CID_WORDS } from '../cid/word-lru.js';
import { ISSUE, LIMITS, PACKET_TYPE, RECORD } from '../native/abi.gen.js';
import type { Decoded } from '../quic/decoded.js';
import type { ReadFrame } from '../quic/decoder.js';
import type { RecordView } from '../recorder/record.js';
import type { ConnectionPool } from './connection-pool.js';
import { KnownCids } from './known-cids.js';
import { Neighbours } from './neighbours.js';
import { ON_PATH, Paths } from './paths.js';
import { NO_CID, PHASE, type Tracked } from './tracked.js';

const { TYPE_INITIAL, TYPE_HANDSHAKE, TYPE_VERSION_NEGOTIATION, TYPE_1RTT } = PACKET_TYPE;
const DCID = RECORD.dcid / 4;
const SCID = RECORD.scid / 4;

/** Bytes of a CID that two servers do not choose both (RFC 9000 section 7.2 asks for as many of clients). */
const UNIQUE = 8;
/** Bytes of a stateless reset (RFC 9000 section 10.3): shorter than the packet that it answers, and no longer than needed. */
const RESET = { least: 21, most: 43 };
/** Of the key of a client's CID. */
const OF_CLIENT = 0x80000000;

export interface GroupingSizes {
  cids: number;
  paths: number;
}

export class Grouping {
  // Of the packet that was looked at last:
  /** That it is of this connection is a guess. */
  guess = false;
  /** It is the first one of the connection, which began before it. */
  isFirst = false;
  joined = false;
  /** Its connection was not seen on its path before. */
  isNewPath = false;
  /** The server's CID was not seen before; the client went on to another one. */
  isNewServerCid = false;
  rotated = false;
  /** It seems to be a stateless reset. */
  isReset = false;

  private readonly cids: KnownCids;
  private readonly paths: Paths;
  private readonly neighbours = new Neighbours();
  /** Of the last packet: its frame, for those that follow in the same datagram. */
  private frame = -1;
  private lane = -1;
  private last: Tracked | null = null;
  private lastId = 0;
  private ids = 0;
  private readonly scratch = new Uint32Array(CID_WORDS);
  private readonly scratchBytes = Buffer.from(this.scratch.buffer);

  constructor(
    private readonly pool: ConnectionPool,
    sizes: GroupingSizes,
    private readonly readFrame: ReadFrame,
  ) {
    this.cids = new KnownCids(sizes.cids);
    this.paths = new Paths(sizes.paths);
  }

  /** Records are given in order of time, each once. */
  connectionOf(view: RecordView, decoded: Decoded, time: number): Tracked {
    this.guess = this.guess && view.index > 0;
    this.isFirst = this.joined = this.isNewPath = this.isNewServerCid = this.rotated = this.isReset = false;
    const path = this.paths.use(view);
    const connection = this.first(view) ?? this.find(view, decoded, path, time) ?? this.begin(view, time);
    if (!this.isReset) this.learn(connection, view);
    this.isNewPath = !this.paths.put(path, connection) && !this.isFirst;
    if (this.isNewPath && connection.guess && this.guess) connection.guessedPath ||= path;
    this.last = connection;
    this.lastId = connection.id;
    return connection;
  }

  /** Its backend or its address is known, or new. */
  noteNeighbour(connection: Tracked): void {
    this.neighbours.note(connection);
  }

  /** The connection of the packet before it in the same datagram. */
  private first(view: RecordView): Tracked | null {
    const { frame, lane } = view;
    const follows = view.index > 0 && frame === this.frame && lane === this.lane && this.last?.id === this.lastId;
    this.frame = frame;
    this.lane = lane;
    if (!follows) this.guess = false;
    return follows ? this.last : null;
  }

  private find(view: RecordView, decoded: Decoded, path: number, time: number): Tracked | null {
    if (!view.fromServer) return this.byServerCid(view) ?? this.fromClient(view, decoded, path, time);
    return view.type === TYPE_1RTT ? this.shortFromServer(view, path) : this.longFromServer(view, decoded, path);
  }

  private begin(view: RecordView, time: number): Tracked {
    const connection = this.pool.take();
    this.ids = (this.ids + 1) % 2 ** 31 || 1;
    connection.begin(this.ids, view, time);
    this.neighbours.note(connection);
    const { type } = view;
    connection.joined = view.fromServer || type === TYPE_1RTT || type === TYPE_HANDSHAKE;
    this.isFirst = true;
    this.joined = connection.joined;
    return connection;
  }

  /** The connection of the DCID of a packet to the server. */
  private byServerCid(view: RecordView): Tracked | null {
    const { words, dcidLength } = view;
    if (dcidLength === 0) return null;
    const cid = this.cids.use(words, DCID, dcidLength);
    const owner = this.cids.owner(cid);
    if (owner === null || (dcidLength < UNIQUE && !isServerOf(owner, view))) return null;
    const isGuess = this.cids.isGuess(cid);
    if (isGuess && owner.guessRefuted) return null;
    if (!isGuess && owner.guessedPath !== 0) this.refute(owner);
    this.guess = isGuess;
    return owner;
  }

  private refute(connection: Tracked): void {
    this.paths.remove(connection.guessedPath, connection);
    connection.guessedPath = 0;
    connection.guessRefuted = true;
    connection.guess = false;
  }

  /** Of a client's packet whose DCID is nobody's. */
  private fromClient(view: RecordView, decoded: Decoded, path: number, time: number): Tracked | null {
    const { type, dcidLength } = view;
    if (type !== TYPE_1RTT && type !== TYPE_HANDSHAKE && dcidLength > 0) return this.continued(view, decoded, path);
    const onPath = this.pick(view, path, PHASE.HANDSHAKE);
    if (onPath) {
      this.rotated = dcidLength > 0 && type === TYPE_1RTT && onPath.serverCidChosen;
      return onPath;
    }
    const neighbour = type === TYPE_1RTT ? this.neighbours.find(view, time) : null;
    if (neighbour) {
      this.guess = neighbour.guess = true;
      this.rotated = dcidLength > 0;
    }
    return neighbour;
  }

  /** An Initial with a DCID that is not known goes on with a connection when its keys or the client's CID say so. */
  private continued(view: RecordView, { keySource, decrypted }: Decoded, path: number): Tracked | null {
    if (view.type === TYPE_INITIAL && keySource !== null) {
      const owner = this.byKeys(keySource);
      if (owner && this.paths.has(path, owner)) return owner;
    }
    const { words, scidLength } = view;
    if (scidLength === 0) return null;
    for (let place = 0; place < ON_PATH; place++) {
      const connection = this.paths.at(path, place);
      if (!connection?.clientCid.is(words, SCID, scidLength)) continue;
      // Its own keys, and no token: it begins.
      if (decrypted && view.tokenLength === 0) return null;
      this.guess = !decrypted;
      return connection;
    }
    return null;
  }

  /** The connection whose Initials have the keys that are made of this DCID (hex). */
  private byKeys(keySource: string): Tracked | null {
    this.scratch.fill(0);
    this.scratchBytes.write(keySource, 'hex');
    const cid = this.cids.find(this.scratch, 0, keySource.length / 2);
    return cid === 0 ? null : this.cids.owner(cid);
  }

  private longFromServer(view: RecordView, { keySource }: Decoded, path: number): Tracked | null {
    const { words, dcidLength, scidLength, type } = view;
    const { cids, paths } = this;
    if (scidLength > 0) {
      const cid = cids.find(words, SCID, scidLength);
      const owner = cid === 0 ? null : cids.owner(cid);
      const fits = owner && (paths.has(path, owner) || owner.clientCid.is(words, DCID, dcidLength));
      if (fits) return owner;
    }
    if (type === TYPE_INITIAL && keySource !== null) {
      const owner = this.byKeys(keySource);
      if (owner) return owner;
    }
    const onPath = this.pick(view, path, PHASE.INITIAL);
    if (onPath && (onPath.clientCid.length === NO_CID || this.isClientCid(onPath, view))) return onPath;
    this.guess = false;
    return this.byClientCid(view);
  }

  private shortFromServer(view: RecordView, path: number): Tracked | null {
    const onPath = this.pick(view, path, PHASE.HANDSHAKE);
    if (onPath === null || onPath.clientCid.length <= 0) return onPath ?? this.byClientCid(view);
    if (this.isClientCid(onPath, view)) {
      this.guess = false;
      return onPath;
    }
    // pick() prefers one whose CID it is: it is none's.
    const other = this.byClientCid(view);
    if (other) this.guess = false;
    else this.isReset = this.looksLikeReset(onPath, view);
    return other ?? onPath;
  }

  /** Of a packet from the server with a CID that is not the client's. */
  private looksLikeReset({ clientCid, suspect }: Tracked, view: RecordView): boolean {
    const { packetLength } = view;
    if (packetLength < RESET.least || packetLength > RESET.most || !this.copyShortCid(view, clientCid.length))
      return false;
    // What is random is not sent twice: the client has another CID.
    if (suspect.is(this.scratch, 0, clientCid.length)) return false;
    suspect.set(this.scratch, 0, clientCid.length);
    return true;
  }

  /** The connection of the DCID of a packet from the server. */
  private byClientCid(view: RecordView): Tracked | null {
    const { dcidLength } = view;
    if (dcidLength === 0) return null;
    const cid = this.cids.find(view.words, DCID, clientKey(view, RECORD.src / 4, view.srcPort, dcidLength));
    return cid === 0 ? null : this.cids.owner(cid);
  }

  /** Whether the DCID of a packet from the server is the client's. That of a short header may be read too long, or not. */
  private isClientCid({ clientCid }: Tracked, view: RecordView): boolean {
    if (view.type !== TYPE_1RTT) return clientCid.is(view.words, DCID, view.dcidLength);
    const { length } = clientCid;
    return length > 0 && this.copyShortCid(view, length) && clientCid.is(this.scratch, 0, length);
  }

  /** Copies the first bytes behind the first one of a short header to `scratch`. False: they are not there. */
  private copyShortCid(view: RecordView, length: number): boolean {
    const { scratch, scratchBytes } = this;
    scratch.fill(0);
    if (length > LIMITS.CID_MAX) return false;
    if (length <= view.dcidLength) {
      scratchBytes.set(view.bytes.subarray(RECORD.dcid, RECORD.dcid + length));
      return true;
    }
    const at = view.packetOffset + 1;
    const frame = this.readFrame(view);
    if (!frame || at + length > frame.length) return false;
    scratchBytes.set(frame.subarray(at, at + length));
    return true;
  }

  /**
   * Of the connections on a path the one that fits a packet best: whose CIDs are its own, that has not ended, and is in a
   * phase to send such packets. Says whether it is a guess among several.
   * @param phase the first one in which the packet is expected
   */
  private pick(view: RecordView, path: number, phase: number): Tracked | null {
    this.guess = false;
    let best: Tracked | null = null;
    let rank = -1;
    for (let place = 0; place < ON_PATH; place++) {
      const connection = this.paths.at(path, place);
      if (connection === null) continue;
      const its = this.rank(connection, view, phase);
      if (its > rank) best = connection;
      this.guess = its === rank || (this.guess && its < rank);
      rank = Math.max(rank, its);
    }
    return best;
  }

  private rank(connection: Tracked, view: RecordView, phase: number): number {
    const { words, scidLength, fromServer } = view;
    const expected = phase === PHASE.INITIAL ? connection.phase <= PHASE.RETRY : connection.phase >= phase;
    let rank = Number(connection.ending === null) + 2 * Number(expected);
    if (fromServer) {
      if (this.isClientCid(connection, view)) rank += 4;
    } else if (scidLength > 0 && connection.clientCid.is(words, SCID, scidLength)) {
      rank += 4;
    }
    return rank;
  }

  /** Takes in the CIDs of a packet of that connection. */
  private learn(connection: Tracked, view: RecordView): void {
    const { words, type, fromServer, dcidLength, scidLength } = view;
    const isShort = type === TYPE_1RTT;
    if (!fromServer) {
      if (dcidLength > 0) this.learnServerCid(connection, view, DCID, dcidLength, isShort || type === TYPE_HANDSHAKE);
      else if ((view.issues & ISSUE.ISSUE_CID_LENGTH_UNKNOWN) === 0) connection.serverCid.length = 0;
      if (!isShort) this.learnClientCid(connection, view, words, SCID, scidLength);
    } else if (isShort) {
      const { length } = connection.clientCid;
      // By the length that it had: what follows it would be taken for a part of it.
      if (length > 0 && this.copyShortCid(view, length)) this.learnClientCid(connection, view, this.scratch, 0, length);
    } else if (type !== TYPE_VERSION_NEGOTIATION) {
      if (scidLength > 0) this.learnServerCid(connection, view, SCID, scidLength, true);
      else connection.serverCid.length = 0;
      this.learnClientCid(connection, view, words, DCID, dcidLength);
    }
  }

  /** @param chosen a server chose it, as it seems: a client that begins chooses one itself */
  private learnServerCid(
    connection: Tracked,
    { words }: RecordView,
    at: number,
    length: number,
    chosen: boolean,
  ): void {
    const { cids } = this;
    const { serverCid } = connection;
    const isSame = serverCid.is(words, at, length);
    if (isSame && (!chosen || connection.serverCidChosen)) return;
    const cid = cids.use(words, at, length);
    const owner = cids.owner(cid);
    if (owner === null || (owner !== connection && owner.guessRefuted && cids.isGuess(cid))) {
      cids.give(cid, connection, this.guess);
      this.isNewServerCid = true;
      if (this.guess) connection.guess = true;
    }
    serverCid.set(words, at, length);
    connection.serverCidChosen = chosen || (isSame && connection.serverCidChosen);
    if (chosen && cids.owner(cid) === connection && cids.count(cid)) connection.serverCids++;
  }

  private learnClientCid(connection: Tracked, view: RecordView, words: Uint32Array, at: number, length: number): void {
    const { clientCid } = connection;
    if (clientCid.is(words, at, length)) return;
    clientCid.set(words, at, length);
    if (length === 0) return;
    const cid = this.cids.use(words, at, clientKey(view, view.serverAddress, view.serverPort, length));
    this.cids.give(cid, connection, this.guess);
    connection.clientCids++;
  }
}

const isServerOf = ({ server }: Tracked, { words, serverAddress, serverPort }: RecordView) =>
  server.port === serverPort && server.isHost(words, serverAddress);

/** Clients choose short ones: they are told apart by the server that they talk to. */
function clientKey({ words }: RecordView, server: number, port: number, length: number): number {
  let hash = port;
  for (let i = 0; i < 4; i++) hash = Math.imul(hash ^ (words[server + i] as number), 0x9e3779b1) ^ (hash >>> 13);
  return (OF_CLIENT | ((hash & 0x7fffff) << 8) | length) >>> 0;
}
