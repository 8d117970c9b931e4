// What is kept of one connection while its packets are followed. Made once and used again: no object for each packet.
import { CID_WORDS } from '../cid/word-lru.js';
import { RECORD } from '../native/abi.gen.js';
import type { Close } from '../quic/close.js';
import type { RecordView } from '../recorder/record.js';
import type { ConnectionEvent, ConnectionEventKind, ConnectionState, Traffic } from './connection.js';

/** Lines of a timeline behind its first one. When more happens, those in the middle make room: how it began and what came last remain. */
const TIMELINE = 31;

/** How far it has come; each of them later than those before it. */
export const PHASE = { INITIAL: 0, RETRY: 1, HANDSHAKE: 2, ESTABLISHED: 3 } as const;
const PHASES: readonly ConnectionState[] = ['initial', 'retry', 'handshake', 'established'];

/** What happens to a connection at most once, as far as a count of connections goes: bits. */
export const MARK = {
  OPENED: 1,
  RETRIED: 2,
  ANSWERED: 4,
  ESTABLISHED: 8,
  FAILED: 16,
  RESET: 32,
  UNANSWERED: 64,
  MIGRATED: 128,
};

export const ADDRESS_WORDS = 4;
/** Of a CID that is not known. */
export const NO_CID = -1;

/** A connection ID in use, as records have them. */
export class UsedCid {
  readonly words = new Uint32Array(CID_WORDS);
  length = NO_CID;

  /** @param at where in `words` it begins */
  is(words: Uint32Array, at: number, length: number): boolean {
    if (this.length !== length) return false;
    for (let i = 0; i < CID_WORDS; i++) if (this.words[i] !== words[at + i]) return false;
    return true;
  }

  set(words: Uint32Array, at: number, length: number): void {
    for (let i = 0; i < CID_WORDS; i++) this.words[i] = words[at + i] as number;
    this.length = length;
  }
}

/** Address and port of one side, as records have them. */
export class Endpoint {
  readonly words = new Uint32Array(ADDRESS_WORDS);
  port = 0;

  set(words: Uint32Array, at: number, port: number): void {
    for (let i = 0; i < ADDRESS_WORDS; i++) this.words[i] = words[at + i] as number;
    this.port = port;
  }

  isHost(words: Uint32Array, at: number): boolean {
    for (let i = 0; i < ADDRESS_WORDS; i++) if (this.words[i] !== words[at + i]) return false;
    return true;
  }
}

/** Times are nanoseconds since Recorder.epoch; NaN: did not happen. */
export class Tracked {
  /** 0: there is none. */
  id = 0;
  /** Its neighbours in the order of use (see ConnectionPool). */
  newer: Tracked | null = null;
  older: Tracked | null = null;
  /** When it was moved there, in uses of the pool. */
  touched = 0;
  /** Somebody is known to be at both ends: it is no mere claim of whoever sent the first packets. */
  proven = false;

  readonly client = new Endpoint();
  readonly server = new Endpoint();
  ipVersion = 4;
  readonly clientCid = new UsedCid();
  readonly serverCid = new UsedCid();
  /** The server chose it: not the client, for its first packets. */
  serverCidChosen = false;
  /** With which something came that looks like a stateless reset. */
  readonly suspect = new UsedCid();
  version = 0;

  phase: number = PHASE.INITIAL;
  /** What it ended with, if it has; packets may still tell that it goes on. */
  ending: 'silent' | 'reset' | 'closed' | null = null;
  endedAt = 0;
  joined = false;
  guess = false;
  /** The path from which packets were taken for its own by a guess; 0: none. */
  guessedPath = 0;
  /** The guess was wrong: packets came again from where the others had come from. */
  guessRefuted = false;

  opened = 0;
  lastSeen = 0;
  /** The first packet of the client that the server could answer with its Initial. */
  asked = Number.NaN;
  /** The first Initial or Handshake packet of the server, and the next Handshake or 1-RTT packet of the client. */
  answered = Number.NaN;
  agreed = Number.NaN;
  serverHandshake = false;
  clientHandshake = false;

  /** The backend that its server's CIDs name: a handle and its layout; layout 0: none. */
  cidLayout = 0;
  handle = 0;
  sni: string | null = null;
  alpn: readonly string[] | null = null;
  ja4: string | null = null;
  close: Close | null = null;
  closedBy: 'client' | 'server' | null = null;

  readonly toServer: Traffic = { packets: 0, bytes: 0 };
  readonly toClient: Traffic = { packets: 0, bytes: 0 };
  serverCids = 0;
  clientCids = 0;
  migrations = 0;
  rebindings = 0;
  rotations = 0;
  resets = 0;
  backendChanges = 0;
  /** Bits of MARK, and whether they are counted for a backend. */
  marks = 0;
  counted = false;
  private timeline: ConnectionEvent[] | null = null;

  /** Forgets what it was, and begins as the connection of this packet. */
  begin(id: number, view: RecordView, time: number): void {
    const { fromServer, words } = view;
    this.id = id;
    this.proven = false;
    this.client.set(words, (fromServer ? RECORD.dst : RECORD.src) / 4, fromServer ? view.dstPort : view.srcPort);
    this.server.set(words, view.serverAddress, view.serverPort);
    this.ipVersion = view.ipVersion;
    this.clientCid.length = this.serverCid.length = this.suspect.length = NO_CID;
    this.version = 0;
    this.phase = PHASE.INITIAL;
    this.ending = null;
    this.serverCidChosen =
      this.joined =
      this.guess =
      this.guessRefuted =
      this.serverHandshake =
      this.clientHandshake =
      this.counted =
        false;
    this.opened = this.lastSeen = time;
    this.guessedPath = 0;
    this.asked = this.answered = this.agreed = Number.NaN;
    this.cidLayout = this.handle = 0;
    this.sni = this.alpn = this.ja4 = this.close = this.closedBy = null;
    this.toServer.packets = this.toServer.bytes = this.toClient.packets = this.toClient.bytes = 0;
    this.serverCids = this.clientCids = this.migrations = this.rebindings = this.rotations = this.resets = 0;
    this.backendChanges = this.marks = 0;
    this.timeline = null;
  }

  get state(): ConnectionState {
    return this.ending ?? (PHASES[this.phase] as ConnectionState);
  }

  /** Nanoseconds from the server's first Initial to the client's answer to it; NaN: not seen. */
  get clientAnswer(): number {
    return this.agreed - this.answered;
  }

  get serverAnswer(): number {
    return this.answered - this.asked;
  }

  /** Both; NaN: one of them is not known. */
  get handshake(): number {
    return this.serverAnswer + this.clientAnswer;
  }

  add(time: number, kind: ConnectionEventKind, text: string): void {
    this.timeline ??= [];
    const { timeline } = this;
    if (timeline.length === TIMELINE) timeline.splice(TIMELINE >> 1, 1);
    timeline.push({ time, kind, text });
  }

  /** All that is known, the oldest first. */
  events(): ConnectionEvent[] {
    const kind = this.joined ? 'joined' : 'opened';
    return [{ time: this.opened, kind, text: '' }, ...(this.timeline ?? [])];
  }
}
