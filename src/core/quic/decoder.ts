// Opens what of a QUIC packet everybody can open: Initials, whose keys are made of connection IDs on the wire.

import { type Trust, TrustJudge } from '../cid/trust.js';
import { ISSUE, LIMITS, PACKET_TYPE, QUIC_LIMITS, RECORD, RECORD_FLAGS } from '../native/abi.gen.js';
import { type HelloTexts, loadAddon, type NativeHelloReader } from '../native/addon.js';
import type { RecordView } from '../recorder/record.js';
import { printableBytes } from '../text/format.js';
import { type ByteString, Connection, type OpenedInitial } from './connection.js';
import { ConnectionTable } from './connections.js';
import {
  type Decoded,
  NEVER_OPENED,
  NOT_OPENED,
  NOTHING_READ,
  OVER_BUDGET,
  RETRY_OVER_BUDGET,
  RETRY_TAG_WRONG,
  UNAUTHENTIC,
} from './decoded.js';
import { initialIssueNames } from './issues.js';
import { versionKeys } from './keys.js';
import { isRetryAuthentic } from './protection.js';
import type { TimeBudget } from './time-budget.js';

export type { Decoded } from './decoded.js';

/** Gives the captured bytes of a packet's frame, or null when they are gone. */
export type ReadFrame = (view: RecordView) => Uint8Array | null;

export interface DecoderOptions {
  /** Connections that are remembered. */
  connections?: number;
  /** Without one, everything is opened. */
  budget?: TimeBudget | null;
}

/** Of these an Initial is not whole. */
const NOT_WHOLE = ISSUE.ISSUE_LENGTH_BEYOND_DATAGRAM | ISSUE.ISSUE_HEADER_CUT | ISSUE.ISSUE_CID_TOO_LONG;

/** No UDP payload is longer. */
const MAX_PACKET = 65_535;

const varintSize = (first: number) => 1 << (first >> 6);

/** Where an Initial's packet number begins; past the packet's end when the record and the bytes do not agree. */
export function packetNumberOffset(view: RecordView, packet: Uint8Array): number {
  const token = QUIC_LIMITS.LONG_PREFIX + view.dcidLength + 1 + view.scidLength;
  const length = token + varintSize(packet[token] ?? 0) + view.tokenLength;
  return length + varintSize(packet[length] ?? 0);
}

interface Opened {
  initial: OpenedInitial;
  connection: Connection;
  trust: Trust | null;
}

/** Follows the connections of one capture. Records are given to it in order of time, each once. */
export class Decoder {
  private readonly connections: ConnectionTable;
  private readonly judge = new TrustJudge();
  private readonly budget: TimeBudget | null;
  private readonly hellos: NativeHelloReader;
  private readonly opened = Buffer.alloc(MAX_PACKET);
  /** Initials and Retry packets that the budget did not allow. */
  overBudget = 0;

  constructor({ connections = 4096, budget = null }: DecoderOptions = {}) {
    this.connections = new ConnectionTable(connections);
    this.hellos = new (loadAddon().HelloReader)(connections);
    this.budget = budget;
  }

  /** Connections that had to be forgotten for newer ones. */
  get connectionsDropped(): number {
    return this.connections.dropped;
  }

  /** Whether this is a packet that is opened, or that says how others are. */
  static opens(view: RecordView): boolean {
    return view.type === PACKET_TYPE.TYPE_INITIAL || view.type === PACKET_TYPE.TYPE_RETRY;
  }

  /**
   * Never throws.
   * @param readFrame asked for the packet's frame only when it is going to be opened: a copy costs more than a look
   */
  decode(view: RecordView, readFrame: ReadFrame): Decoded {
    const trust = this.judge.trustOf(view);
    const isInitial = view.type === PACKET_TYPE.TYPE_INITIAL;
    const isRetry = view.type === PACKET_TYPE.TYPE_RETRY && (view.flags & RECORD_FLAGS.RECORD_FROM_WATCHED) !== 0;
    if (!isInitial && !isRetry) return NEVER_OPENED[trust ?? 'none'];
    if (view.issues & NOT_WHOLE) return (isInitial ? NOT_OPENED : NEVER_OPENED)[trust ?? 'none'];
    if (this.budget && !this.budget.begin(view.time)) {
      this.overBudget++;
      return (isInitial ? OVER_BUDGET : RETRY_OVER_BUDGET)[trust ?? 'none'];
    }
    const decoded = isInitial
      ? this.decodeInitial(view, readFrame, trust)
      : this.decodeRetry(view, readFrame(view), trust);
    this.budget?.end();
    return decoded;
  }

  private dcid(view: RecordView): ByteString {
    return this.bytes(view, RECORD.dcid, Math.min(view.dcidLength, LIMITS.CID_MAX));
  }

  private scid(view: RecordView): ByteString {
    return this.bytes(view, RECORD.scid, Math.min(view.scidLength, LIMITS.CID_MAX));
  }

  private bytes(view: RecordView, offset: number, length: number): ByteString {
    return view.bytes.toString('latin1', offset, offset + length);
  }

  /** Client's address and port, then the server's. */
  private path(view: RecordView, fromServer: boolean): ByteString {
    const [src, dst] = [this.bytes(view, RECORD.src, 16), this.bytes(view, RECORD.dst, 16)];
    return fromServer ? `${dst}${src}${view.dstPort} ${view.srcPort}` : `${src}${dst}${view.srcPort} ${view.dstPort}`;
  }

  /** The QUIC packet's bytes, or null when not all of them are there. */
  private packet(view: RecordView, frame: Uint8Array): Uint8Array | null {
    const end = view.packetOffset + view.packetLength;
    return end > frame.length ? null : frame.subarray(view.packetOffset, end);
  }

  private decodeInitial(view: RecordView, readFrame: ReadFrame, trust: Trust | null): Decoded {
    const notOpened = NOT_OPENED[trust ?? 'none'];
    const fromServer = (view.flags & RECORD_FLAGS.RECORD_FROM_WATCHED) !== 0;
    const [dcid, scid] = [this.dcid(view), this.scid(view)];
    const frame = readFrame(view);
    const packet = frame && this.packet(view, frame);
    const path = this.path(view, fromServer);
    if (!packet) {
      // The header says enough to open what the server answers.
      if (!fromServer && this.connections.ofClient(dcid, scid, path).length === 0) {
        this.add(new Connection(dcid, scid, path, view.tokenLength > 0));
      }
      return notOpened;
    }
    const opened = fromServer
      ? this.openFromServer(view, packet, dcid, scid, path, trust)
      : this.openFromClient(view, packet, dcid, scid, path, trust);
    if (!opened) return notOpened;
    if (opened === 'unauthentic') return UNAUTHENTIC[trust ?? 'none'];
    return this.read(opened, fromServer);
  }

  private add(connection: Connection): void {
    this.connections.add(connection);
    this.hellos.begin(connection.place);
  }

  /** Null: the client's first Initial was not seen. */
  private openFromServer(
    view: RecordView,
    packet: Uint8Array,
    dcid: ByteString,
    scid: ByteString,
    path: ByteString,
    trust: Trust | null,
  ): Opened | 'unauthentic' | null {
    const candidates = this.connections.ofServer(dcid, path);
    const numberOffset = packetNumberOffset(view, packet);
    for (const connection of candidates) {
      const opened = connection.open('server', view.version, packet, numberOffset, this.opened);
      if (opened) {
        this.connections.addServerCid(connection, scid);
        return { initial: opened, connection, trust };
      }
    }
    return candidates.length > 0 ? 'unauthentic' : null;
  }

  private openFromClient(
    view: RecordView,
    packet: Uint8Array,
    dcid: ByteString,
    scid: ByteString,
    path: ByteString,
    trust: Trust | null,
  ): Opened | 'unauthentic' {
    const numberOffset = packetNumberOffset(view, packet);
    for (const connection of this.connections.ofClient(dcid, scid, path)) {
      const opened = connection.open('client', view.version, packet, numberOffset, this.opened);
      if (opened) return { initial: opened, connection, trust: this.learn(connection, dcid, trust) };
    }
    // The first of its connection, or the first after a Retry that was not seen: made of its own DCID.
    const connection = new Connection(dcid, scid, path, view.tokenLength > 0);
    const opened = connection.open('client', view.version, packet, numberOffset, this.opened);
    if (!opened) return 'unauthentic';
    const earlier = view.tokenLength > 0 && scid ? this.connections.onPath(scid, path) : undefined;
    if (earlier && earlier.retrySource === null) {
      earlier.retrySource = dcid;
      return { initial: opened, connection: earlier, trust: this.learn(earlier, dcid, trust) };
    }
    this.add(connection);
    return { initial: opened, connection, trust: this.learn(connection, dcid, trust) };
  }

  /** A client leaves its first DCID only for one that the server chose: of a packet that opened, that is certain. */
  private learn(connection: Connection, dcid: ByteString, trust: Trust | null): Trust | null {
    if (trust !== 'unknown') return trust;
    if (dcid === connection.firstDcid) return connection.mayBeRetried ? 'unknown' : 'client';
    this.connections.addServerCid(connection, dcid);
    return 'server';
  }

  private read({ initial, connection, trust }: Opened, fromServer: boolean): Decoded {
    const { packet, keySource } = initial;
    const found = this.hellos.read(fromServer ? -1 : connection.place, packet.bytes, packet.payloadOffset, packet.end);
    const hello = this.hellos.hello();
    return {
      decrypted: true,
      ...NOTHING_READ,
      packetNumber: packet.packetNumber,
      keySource,
      ...(hello && printableTexts(hello)),
      trust,
      issues: initialIssueNames(found, packet.reservedBits),
    };
  }

  private decodeRetry(view: RecordView, frame: Uint8Array | null, trust: Trust | null): Decoded {
    const unchanged = NEVER_OPENED[trust ?? 'none'];
    const parameters = versionKeys(view.version);
    const packet = frame && this.packet(view, frame);
    if (!parameters || !packet) return unchanged;
    const candidates = this.connections.ofServer(this.dcid(view), this.path(view, true));
    const { retry } = parameters;
    for (const connection of candidates) {
      if (retry && !isRetryAuthentic(retry, Buffer.from(connection.firstDcid, 'latin1'), packet)) continue;
      const scid = this.scid(view);
      // A client takes one Retry (RFC 9000 section 17.2.5.2).
      connection.retrySource ??= scid;
      this.connections.addServerCid(connection, scid);
      return unchanged;
    }
    return candidates.length > 0 ? RETRY_TAG_WRONG[trust ?? 'none'] : unchanged;
  }
}

const printableName = (name: string) => printableBytes(Buffer.from(name, 'latin1'));

function printableTexts(hello: HelloTexts): HelloTexts {
  const { sni, alpn } = hello;
  return { ...hello, sni: sni && printableName(sni), alpn: alpn?.map(printableName) ?? null };
}
