// What is known of a connection. Grouping is by connection IDs and paths (RFC 9000 section 5.1); what is a guess says so.
import type { BackendHandle } from '../cid/layout.js';
import type { ServerId } from '../cid/server-id.js';
import type { Close } from '../quic/close.js';

/**
 * `initial`: the client has begun, nobody answered yet. `retry`: the server asked for a proof of the address. `handshake`: both
 * sides have spoken. `established`: the client has sent packets with a short header, or after a Handshake packet of both sides.
 * `silent`: nothing was seen for a while. `reset`: the server seems to have lost it (stateless reset). `closed`: a
 * CONNECTION_CLOSE was read, or Version Negotiation ended it.
 */
export const CONNECTION_STATES = ['initial', 'retry', 'handshake', 'established', 'silent', 'reset', 'closed'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** What happened to a connection; each a line of its timeline. */
export const CONNECTION_EVENTS = {
  opened: 'the first packet',
  joined: 'the first packet that was seen: it is older than the capture',
  retry: 'the server asked for a proof of the address',
  version_negotiation: 'the server does not speak the version',
  server_hello: 'the first answer of the server',
  handshake: 'the first Handshake packet of the client',
  established: 'the first packet with a short header of the client',
  rotated: 'the client went on to another connection ID of the server',
  rebound: 'the same connection ID came from another port of the client: NAT rebinding',
  migrated: 'the client came from another address, or from another port with another connection ID',
  backend_changed: 'another connection ID of the server names another backend',
  reset: 'a packet that looks like a stateless reset (RFC 9000 section 10.3)',
  silent: 'nothing was seen for a while',
  closed: 'a CONNECTION_CLOSE',
  resumed: 'packets of it came again after it was silent, reset or closed',
  forgotten: 'there were too many connections',
} as const;
export type ConnectionEventKind = keyof typeof CONNECTION_EVENTS;

export interface ConnectionEvent {
  /** Nanoseconds since Recorder.epoch. */
  time: number;
  kind: ConnectionEventKind;
  /** What it is about: an address, a connection ID, an error. Safe to print; empty where there is nothing to say. */
  text: string;
}

/** Whole frames, as a kernel or a file counted them. */
export interface Traffic {
  packets: number;
  bytes: number;
}

/** One connection, as of a report. Times are nanoseconds since Recorder.epoch, spans are nanoseconds. */
export interface Connection {
  /** Counts from 1 in the session, in the order of first packets; never used again. */
  id: number;
  state: ConnectionState;
  /** Address and port as endpointText() gives them. */
  client: string;
  server: string;
  version: number;
  /** What the server's CID names; null: nothing, or nothing that is claimed (see Trust). */
  backend: ServerId | null;
  /** The same as a handle, when there is one. */
  backendHandle: BackendHandle | null;
  sni: string | null;
  alpn: readonly string[] | null;
  ja4: string | null;
  opened: number;
  lastSeen: number;
  /** From the client's first Initial, or its first one after a Retry, to the server's first one, where this capture is. */
  serverAnswer: number | null;
  /** From the server's first Initial to the client's next Handshake or 1-RTT packet, where this capture is. */
  clientAnswer: number | null;
  /** The sum of both: a handshake as the client feels it, as far as this place sees it. */
  handshake: number | null;
  toServer: Traffic;
  toClient: Traffic;
  /** Distinct connection IDs that were seen of it. */
  serverCids: number;
  clientCids: number;
  migrations: number;
  rebindings: number;
  rotations: number;
  resets: number;
  backendChanges: number;
  close: Close | null;
  /** Whose CONNECTION_CLOSE it is. */
  closedBy: 'client' | 'server' | null;
  /** It is older than the capture. */
  joined: boolean;
  /** That its packets are of one connection is a guess. */
  guess: boolean;
}

/** Rows of a report. */
export const MAX_ROWS = 1024;

/** Upper bounds of the buckets of handshake times, nanoseconds; the last bucket has none. */
export const HANDSHAKE_BUCKETS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].map(
  (milliseconds) => milliseconds * 1e6,
);

/** What was counted of the connections of a backend since the start. Counts never go back. */
export interface BackendConnections {
  /** Null: of connections whose backend is not known. */
  backend: ServerId | null;
  handle: BackendHandle | null;
  /** Open now: neither closed, reset nor silent. */
  open: number;
  /** These only grow. */
  opened: number;
  retried: number;
  answered: number;
  established: number;
  /** Ended before they were established: closed, or unanswered. */
  failed: number;
  resets: number;
  unanswered: number;
  migrated: number;
  /** Connections by their handshake time: a count for each of HANDSHAKE_BUCKETS, and one for those above. */
  handshakes: readonly number[];
}

/** About once a second. */
export interface ConnectionsReport {
  /** Milliseconds of performance.now() when it was made. */
  time: number;
  /** The connections that were seen last, the newest packet first, at most MAX_ROWS. */
  rows: readonly Connection[];
  /** Open now; opened since the start, as the client began them or joined; forgotten, because there were too many. */
  open: number;
  opened: number;
  dropped: number;
  backends: readonly BackendConnections[];
}

export const NO_CONNECTIONS: ConnectionsReport = { time: 0, rows: [], open: 0, opened: 0, dropped: 0, backends: [] };

/** Which connection a packet is of. */
export interface PacketConnection {
  id: number;
  guess: boolean;
}
