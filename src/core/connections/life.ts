// What each packet says of the life of its connection: phases, times, ends, and what of it is told.

import { serverIdText } from '../cid/server-id.js';
import { PACKET_TYPE, RECORD } from '../native/abi.gen.js';
import { fullCloseText } from '../quic/close.js';
import type { Decoded } from '../quic/decoded.js';
import type { RecordView } from '../recorder/record.js';
import { srcText } from '../text/address.js';
import { dcidText, endpointText } from '../text/format.js';
import type { BackendTotals } from './backend-totals.js';
import type { ConnectionEventKind } from './connection.js';
import type { Grouping } from './grouping.js';
import { MARK, PHASE, type Tracked } from './tracked.js';

const { TYPE_INITIAL, TYPE_HANDSHAKE, TYPE_RETRY, TYPE_VERSION_NEGOTIATION, TYPE_1RTT } = PACKET_TYPE;

/** Nanoseconds without a packet after which a connection is silent: the shortest idle timeout that is common. */
export const SILENCE = 30e9;
/** Nanoseconds that endpoints may go on to send after a CONNECTION_CLOSE (three PTO, RFC 9000 section 10.2). */
const CLOSING = 3e9;

/** Nanoseconds after which an established connection is counted for no backend when none is claimed. */
const PROOF = 1e9;

const NO_LONGER_ASKED = MARK.ANSWERED | MARK.UNANSWERED | MARK.RETRIED;

/** Told of each event of a connection. */
export type OnEvent = (connection: Tracked, time: number, kind: ConnectionEventKind) => void;

export class Life {
  /** @param unanswered nanoseconds after which a first packet is unanswered */
  constructor(
    private readonly grouping: Grouping,
    private readonly totals: BackendTotals,
    private readonly unanswered: number,
    private readonly onEvent: OnEvent,
  ) {}

  /** A packet of that connection came, as the grouping has just found. */
  follow(connection: Tracked, view: RecordView, decoded: Decoded, time: number): void {
    const { grouping } = this;
    if (grouping.isFirst) this.open(connection, time);
    else this.wake(connection, view, decoded, time);
    connection.lastSeen = Math.max(connection.lastSeen, time);
    if (view.index === 0) count(view.fromServer ? connection.toClient : connection.toServer, view.frameLength);
    if (grouping.isReset) {
      this.reset(connection, time);
      return;
    }
    if (grouping.rotated && grouping.isNewServerCid) {
      connection.rotations++;
      this.tell(connection, time, 'rotated', dcidText(view));
    }
    this.noteBackend(connection, view, decoded, time);
    if (view.fromServer) this.fromServer(connection, view, time);
    else this.fromClient(connection, view, decoded, time);
    if (connection.serverHandshake && connection.clientHandshake) this.establish(connection, time);
    if (decoded.close) this.close(connection, view, decoded, time);
  }

  /** What happened by that time because no packet came. */
  look(connection: Tracked, now: number): void {
    const { marks, ending } = connection;
    if ((marks & NO_LONGER_ASKED) === 0 && !connection.joined && this.isUnanswered(connection, now)) {
      this.totals.mark(connection, MARK.UNANSWERED);
      this.totals.mark(connection, MARK.FAILED);
      this.totals.count(connection);
    }
    // The backend of a server's first CIDs is claimed a little later than they are seen.
    if (!connection.counted && marks & MARK.ESTABLISHED && now - connection.opened > PROOF)
      this.totals.count(connection);
    if (ending === null && now - connection.lastSeen > SILENCE)
      this.end(connection, connection.lastSeen + SILENCE, 'silent', '');
  }

  private isUnanswered({ asked, toClient }: Tracked, now: number): boolean {
    return toClient.packets === 0 && now - asked > this.unanswered;
  }

  /** It is to be forgotten. */
  forget(connection: Tracked, now: number): void {
    this.look(connection, now);
    this.totals.count(connection);
    this.tell(connection, now, 'forgotten', '');
  }

  private tell(connection: Tracked, time: number, kind: ConnectionEventKind, text = ''): void {
    connection.add(time, kind, text);
    this.onEvent(connection, time, kind);
  }

  private open(connection: Tracked, time: number): void {
    this.totals.mark(connection, MARK.OPENED);
    this.onEvent(connection, time, connection.joined ? 'joined' : 'opened');
  }

  /** It had ended, as it seemed: then a packet came. */
  private wake(connection: Tracked, view: RecordView, { close }: Decoded, time: number): void {
    // Nearly always it was there a moment ago.
    if (time - connection.lastSeen > this.unanswered) this.look(connection, time);
    const { ending } = connection;
    if (ending === null || this.grouping.isReset) return;
    const isLater = view.type !== TYPE_INITIAL && time - connection.endedAt > CLOSING;
    const goesOn =
      ending === 'silent' ||
      (close === null && isLater) ||
      (ending === 'reset' && view.fromServer && view.type !== TYPE_VERSION_NEGOTIATION) ||
      // The client tries once more, with a version that the server speaks.
      (ending === 'closed' && connection.close === null && view.type === TYPE_INITIAL && !view.fromServer);
    if (!goesOn) return;
    connection.ending = connection.close = connection.closedBy = null;
    this.tell(connection, time, 'resumed');
  }

  private end(connection: Tracked, time: number, ending: 'silent' | 'reset' | 'closed', text: string): void {
    connection.ending = ending;
    connection.endedAt = time;
    this.totals.count(connection);
    this.tell(connection, time, ending, text);
  }

  private reset(connection: Tracked, time: number): void {
    connection.resets++;
    this.totals.mark(connection, MARK.RESET);
    if (connection.ending === 'reset') connection.add(time, 'reset', '');
    else this.end(connection, time, 'reset', '');
  }

  private fromServer(connection: Tracked, { type, version }: RecordView, time: number): void {
    if (type === TYPE_VERSION_NEGOTIATION) this.refuse(connection, time);
    else if (type === TYPE_RETRY) this.retry(connection, time);
    // The client's answer may be behind it; of one that was joined it is long ago.
    else if (type === TYPE_1RTT) {
      if (connection.joined) this.establish(connection, time);
    } else {
      connection.version = version;
      if (type === TYPE_HANDSHAKE) connection.serverHandshake = true;
      this.answer(connection, type, time);
    }
  }

  /** By Version Negotiation. Clients ignore it after any other packet of the server (RFC 9000 section 6.2). */
  private refuse(connection: Tracked, time: number): void {
    if (connection.phase !== PHASE.INITIAL || connection.ending !== null) return;
    this.tell(connection, time, 'version_negotiation');
    this.totals.mark(connection, MARK.FAILED);
    this.end(connection, time, 'closed', 'by Version Negotiation');
  }

  private retry(connection: Tracked, time: number): void {
    if (connection.phase !== PHASE.INITIAL) return;
    connection.phase = PHASE.RETRY;
    connection.asked = Number.NaN;
    this.totals.mark(connection, MARK.RETRIED);
    this.tell(connection, time, 'retry');
  }

  private answer(connection: Tracked, type: number, time: number): void {
    if (connection.phase >= PHASE.HANDSHAKE) return;
    connection.phase = PHASE.HANDSHAKE;
    this.totals.mark(connection, MARK.ANSWERED);
    // The answer came before what was seen first.
    if (connection.joined && type === TYPE_HANDSHAKE) return;
    connection.answered = time;
    this.tell(connection, time, 'server_hello');
  }

  private fromClient(connection: Tracked, view: RecordView, decoded: Decoded, time: number): void {
    const { type } = view;
    if (type !== TYPE_1RTT && connection.version === 0) connection.version = view.version;
    if (type === TYPE_1RTT || type === TYPE_HANDSHAKE) {
      this.move(connection, view, time);
      this.agree(connection, time);
      if (type === TYPE_1RTT) this.establish(connection, time);
      else this.noteHandshake(connection, time);
      return;
    }
    if (Number.isNaN(connection.asked)) connection.asked = time;
    if (decoded.ech !== null && connection.ja4 === null) {
      connection.sni = decoded.sni;
      connection.alpn = decoded.alpn;
      connection.ja4 = decoded.ja4;
    }
  }

  private noteHandshake(connection: Tracked, time: number): void {
    if (connection.clientHandshake) return;
    connection.clientHandshake = true;
    connection.phase = Math.max(connection.phase, PHASE.HANDSHAKE);
    // Without an answer it would have no keys for it.
    this.totals.mark(connection, MARK.ANSWERED);
    this.tell(connection, time, 'handshake');
  }

  /** The client has the server's answer. */
  private agree(connection: Tracked, time: number): void {
    if (!Number.isNaN(connection.agreed) || Number.isNaN(connection.answered)) return;
    connection.agreed = time;
    if (!Number.isNaN(connection.handshake)) this.totals.markHandshake(connection);
  }

  private establish(connection: Tracked, time: number): void {
    if (connection.phase === PHASE.ESTABLISHED) return;
    connection.phase = PHASE.ESTABLISHED;
    this.totals.mark(connection, MARK.ANSWERED);
    this.totals.mark(connection, MARK.ESTABLISHED);
    // Of one that was joined nobody saw it happen.
    if (!connection.joined) this.tell(connection, time, 'established');
  }

  /** The client is where its last packet came from. Where it had been before is no news. */
  private move(connection: Tracked, view: RecordView, time: number): void {
    const { client, server } = connection;
    const { words, srcPort } = view;
    const isSameHost = client.isHost(words, RECORD.src / 4);
    if (isSameHost && client.port === srcPort) return;
    client.set(words, RECORD.src / 4, srcPort);
    server.set(words, view.serverAddress, view.serverPort);
    this.grouping.noteNeighbour(connection);
    if (!this.grouping.isNewPath) return;
    // A client that knows that it moves takes another connection ID (RFC 9000 section 9.5); behind a NAT it does not know.
    const isRebound = isSameHost && !this.grouping.isNewServerCid;
    if (isRebound) {
      connection.rebindings++;
    } else {
      connection.migrations++;
      this.totals.mark(connection, MARK.MIGRATED);
    }
    this.tell(connection, time, isRebound ? 'rebound' : 'migrated', endpointText(srcText(view), srcPort));
  }

  /** Another backend counts when another CID names it: one that is known names what it named. */
  private noteBackend(connection: Tracked, view: RecordView, { trust }: Decoded, time: number): void {
    if (!view.hasBackend) return;
    const { cidLayout, backendHandle } = view;
    // A client goes on to a CID that it has from the server, which made all of them alike.
    const isAlike = view.type === TYPE_1RTT && !view.fromServer && cidLayout === connection.cidLayout;
    if (trust !== 'server' && !isAlike) return;
    if (connection.cidLayout === cidLayout && connection.handle === backendHandle) return;
    const had = connection.cidLayout !== 0;
    connection.cidLayout = cidLayout;
    connection.handle = backendHandle;
    this.totals.count(connection);
    this.grouping.noteNeighbour(connection);
    if (!had || !this.grouping.isNewServerCid) return;
    connection.backendChanges++;
    this.tell(connection, time, 'backend_changed', serverIdText(view.serverIds.of(cidLayout, backendHandle)));
  }

  private close(connection: Tracked, view: RecordView, { close }: Decoded, time: number): void {
    // Once both have other keys, an Initial is from somebody else (RFC 9001 section 4.9.1).
    if (!close || connection.phase === PHASE.ESTABLISHED || connection.ending === 'closed') return;
    connection.close = close;
    connection.closedBy = view.fromServer ? 'server' : 'client';
    this.totals.mark(connection, MARK.FAILED);
    this.end(connection, time, 'closed', fullCloseText(close));
  }
}

function count(traffic: { packets: number; bytes: number }, bytes: number): void {
  traffic.packets++;
  traffic.bytes += bytes;
}
