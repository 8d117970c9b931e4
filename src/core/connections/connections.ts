// Follows the connections of a capture: which one each packet is of, and what became of them. Bounded, whatever is sent.

import type { ServerIds } from '../cid/server-id.js';
import type { Decoded } from '../quic/decoded.js';
import type { ReadFrame } from '../quic/decoder.js';
import type { RecordView } from '../recorder/record.js';
import { addressText } from '../text/address.js';
import { endpointText } from '../text/format.js';
import { BackendTotals } from './backend-totals.js';
import {
  type Connection,
  type ConnectionEvent,
  type ConnectionsReport,
  MAX_ROWS,
  type PacketConnection,
  type Traffic,
} from './connection.js';
import { ConnectionPool } from './connection-pool.js';
import { Grouping } from './grouping.js';
import { Life, type OnEvent } from './life.js';
import type { Endpoint, Tracked } from './tracked.js';

/** What a connection's packets and bytes are, where somebody counts better than by records; null: of this one nobody does. */
export type TrafficOf = (id: number) => { toServer: Traffic; toClient: Traffic } | null;

export interface ConnectionsOptions {
  serverIds: ServerIds;
  readFrame: ReadFrame;
  /** Connections that are followed; CIDs and paths of them: powers of two. */
  connections?: number;
  cids?: number;
  paths?: number;
  /** Nanoseconds after which a first packet is unanswered. */
  unanswered?: number;
  trafficOf?: TrafficOf;
  onEvent?: OnEvent;
}

/** Packets after which another connection is looked at, in turn: whether it is silent. */
const LOOK = 4;

export class Connections {
  private readonly pool: ConnectionPool;
  private readonly grouping: Grouping;
  private readonly life: Life;
  private readonly totals = new BackendTotals();
  private readonly serverIds: ServerIds;
  private readonly trafficOf: TrafficOf;
  private readonly packet = { id: 0, guess: false };
  private hand = 0;
  private packets = 0;
  private opened = 0;
  /** The time of the newest packet, and what time it is: nanoseconds since Recorder.epoch. */
  newest = 0;
  private now = 0;

  constructor({
    serverIds,
    readFrame,
    connections = 16_384,
    cids = 65_536,
    paths = 65_536,
    unanswered = 1e9,
    trafficOf = () => null,
    onEvent = () => {},
  }: ConnectionsOptions) {
    this.serverIds = serverIds;
    this.trafficOf = trafficOf;
    this.pool = new ConnectionPool(connections, (connection) => this.life.forget(connection, this.now));
    this.grouping = new Grouping(this.pool, { cids, paths }, readFrame);
    this.life = new Life(this.grouping, this.totals, unanswered, onEvent);
  }

  /** Records are given in order of time, each once. What is returned is good until the next call. */
  add(view: RecordView, decoded: Decoded): Readonly<PacketConnection> {
    const { pool, grouping, packet } = this;
    const time = view.hasTime ? view.time : this.newest;
    this.newest = Math.max(this.newest, time);
    this.now = Math.max(this.now, time);
    const connection = grouping.connectionOf(view, decoded, time);
    if (grouping.isFirst) this.opened++;
    else pool.touch(connection);
    this.life.follow(connection, view, decoded, time);
    if (isHeard(connection)) pool.prove(connection);
    this.lookAround();
    packet.id = connection.id;
    packet.guess = grouping.guess;
    return packet;
  }

  private lookAround(): void {
    this.packets = (this.packets + 1) % LOOK;
    if (this.packets > 0) return;
    const { all } = this.pool;
    this.hand = this.hand + 1 < all.length ? this.hand + 1 : 0;
    this.life.look(all[this.hand] as Tracked, this.now);
  }

  /** What became of all of them by that time, when no packet came. */
  passTime(now: number): void {
    this.now = Math.max(this.now, now);
    for (const connection of this.pool.all) this.life.look(connection, this.now);
  }

  /** @param time milliseconds of performance.now() on the main thread */
  report(time: number, limit = MAX_ROWS): ConnectionsReport {
    const open = this.pool.all.filter(({ ending }) => ending === null);
    return {
      time,
      rows: this.pool.newest(limit).map((connection) => this.row(connection)),
      open: open.length,
      opened: this.opened,
      dropped: this.pool.dropped,
      backends: this.totals.rows(open, this.serverIds),
    };
  }

  /** Its timeline; empty when it is forgotten. */
  events(id: number): ConnectionEvent[] {
    return this.pool.all.find((connection) => connection.id === id)?.events() ?? [];
  }

  row(connection: Tracked): Connection {
    const { id, state, cidLayout, handle, handshake, serverAnswer, clientAnswer } = connection;
    const traffic = this.trafficOf(id) ?? connection;
    return {
      id,
      state,
      client: this.endpoint(connection, connection.client),
      server: this.endpoint(connection, connection.server),
      version: connection.version,
      backend: cidLayout === 0 ? null : this.serverIds.of(cidLayout, handle),
      backendHandle: cidLayout === 0 ? null : { cidLayout, handle },
      sni: connection.sni,
      alpn: connection.alpn,
      ja4: connection.ja4,
      opened: connection.opened,
      lastSeen: connection.lastSeen,
      serverAnswer: known(serverAnswer),
      clientAnswer: known(clientAnswer),
      handshake: known(handshake),
      toServer: { ...traffic.toServer },
      toClient: { ...traffic.toClient },
      serverCids: connection.serverCids,
      clientCids: connection.clientCids,
      migrations: connection.migrations,
      rebindings: connection.rebindings,
      rotations: connection.rotations,
      resets: connection.resets,
      backendChanges: connection.backendChanges,
      close: connection.close,
      closedBy: connection.closedBy,
      joined: connection.joined,
      guess: connection.guess,
    };
  }

  private endpoint({ ipVersion }: Tracked, { words, port }: Endpoint): string {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    return endpointText(addressText(ipVersion === 6 ? bytes : bytes.subarray(0, 4)), port);
  }
}

/** Packets of a client alone after which it is taken for more than a claim. */
const CLAIMS = 8;

const isHeard = ({ toServer, toClient }: Tracked) => toClient.packets > 0 || toServer.packets >= CLAIMS;

const known = (time: number): number | null => (Number.isNaN(time) ? null : time);
