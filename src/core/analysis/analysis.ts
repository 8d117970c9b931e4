// What the analysis of a capture tells the main thread, and the messages by which it learns it.
import type { Cids } from '../capture/capture.js';
import type { ServerEvidence } from '../cid/cid-samples.js';
import type { BackendHandle } from '../cid/layout.js';
import type { ServerId } from '../cid/server-id.js';
import type { Trust } from '../cid/trust.js';
import type { ConnectionChange } from '../connections/changes.js';
import type { ConnectionEvent, ConnectionsReport, PacketConnection } from '../connections/connection.js';
import type { Decoded } from '../quic/decoder.js';
import type { RecordView } from '../recorder/record.js';
import type { Servers } from './backend-servers.js';

export interface Analysis {
  /** What is known of a packet. Only for records below decodedUpTo(lane); for others an "unknown" constant. */
  decodedOf(view: RecordView): Decoded;
  /** One past the newest record of that lane whose decoding is known here. */
  decodedUpTo(lane: number): number;
  /** Counts since the start, replaced about once a second. */
  readonly census: Census;
  /** Packets that were passed over: they came faster than they are decoded. */
  readonly missed: number;
  /** Initials and Retry packets that were not opened: others took the time for it. */
  readonly overBudget: number;
  /** Trust of DCIDs (hex): asked for the rows on the screen, answered within a second; null while not known. */
  trustOf(cid: string): Trust | null;
  /** What the CIDs look like that each server chose: asked for, and answered within a second; null while not known. */
  evidence(): readonly ServerEvidence[] | null;
  /** Which connection a packet is of; null while not known. Only for records below decodedUpTo(lane). */
  connectionOf(view: RecordView): PacketConnection | null;
  /** The connections, replaced about once a second. */
  readonly connections: ConnectionsReport;
  /** What happened to connections since the last call, when that was asked for at the start. */
  takeChanges(): ConnectionChange[];
  /** Changes that there was no room for. */
  readonly changesLost: number;
  /** What happened to a connection: asked for, and answered within a second; null while not known. */
  eventsOf(connection: number): readonly ConnectionEvent[] | null;
  /**
   * To be called once the capture is stopped: resolves when all that was captured is decoded, or passed over because
   * there was no progress for seconds. decodedUpTo() is then the end of each lane.
   */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** What was counted of a backend since the start. */
export interface BackendCounts extends BackendHandle {
  backend: ServerId;
  /** With long headers. */
  packets: number;
  bytes: number;
  trusted: number;
  /** Those with short headers that were recorded: of a file all, of a live capture only those that are new. */
  short: number;
  servers: Servers;
}

export interface Census {
  /** Milliseconds of performance.now() when it was taken (0 before the first). */
  time: number;
  /** Packets counted; records the worker could not keep up with, counted nowhere else. */
  packets: number;
  missed: number;
  /** See Analysis. */
  overBudget: number;
  /** Of each packet type (index: PACKET_TYPE). */
  types: number[];
  /** Packets of each QUIC version, most first, at most 32, the rest as version -1. */
  versions: { version: number; packets: number }[];
  /**
   * Of each backend with packets: packets, bytes (of QUIC packets), and how many of the packets are trusted (trust
   * "server"), and the servers that they went to or came from. Those with most trusted packets first, then those with
   * most packets, at most 2048.
   */
  backends: BackendCounts[];
  /** Packets without a backend. */
  withoutBackend: number;
}

/**
 * A Census on its way between threads: `backends` as numbers in a row, six of each (layout, handle, packets, bytes,
 * trusted, short), and their servers in the same order.
 */
export type PackedCensus = Omit<Census, 'backends'> & { backends: Float64Array; servers: Uint32Array };

/** What an Analyser found out since its last report. */
export interface Report {
  /** Of each lane, one past the newest record that was decoded or passed over. */
  upTo: number[];
  /** There is more to decode already. */
  more: boolean;
  /** See Analysis. */
  missed: number;
  overBudget: number;
  /** About once a second, like `cids` when there is something new. */
  census: PackedCensus | null;
  cids: Cids | null;
  /** What happened to them since the last report, and what of it is lost; null: nobody asked for it. */
  changes: { taken: ConnectionChange[]; lost: number } | null;
  /** Together with the census. */
  connections: ConnectionsReport | null;
}

/** To the worker: whose trust is asked for. From it: the answers, in the same order. */
export interface TrustRequest {
  cids: string[];
}
/** To the worker: what the CIDs of servers look like is asked for. */
export type EvidenceRequest = 'evidence';
/** To the worker: what happened to a connection is asked for. */
export interface TimelineRequest {
  connection: number;
}
/** To the worker: the capture is stopped. */
export type Finish = 'finish';
export interface TrustAnswer {
  cids: string[];
  trusts: (Trust | null)[];
}
export interface EvidenceAnswer {
  evidence: ServerEvidence[];
}
export interface TimelineAnswer {
  connection: number;
  events: ConnectionEvent[];
}
export type Request = TrustRequest | EvidenceRequest | TimelineRequest;
export type Answer = TrustAnswer | EvidenceAnswer | TimelineAnswer;
