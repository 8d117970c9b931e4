// What is known of one QUIC connection whose client Initial was opened.
import { hex } from '../text/format.js';
import { type InitialKeys, initialKeys, type Side, versionKeys } from './keys.js';
import { type OpenedPacket, openPacket } from './protection.js';

/** CIDs and addresses are strings of one character per byte, so that they can be keys of maps. */
export type ByteString = string;

export interface OpenedInitial {
  packet: OpenedPacket;
  /** The DCID that its keys are made of, in hex. */
  keySource: string;
}

/** Server CIDs remembered of a connection; each is one lookup key of the table. */
const MAX_SERVER_CIDS = 8;

/** Two sides, at most two sources; and versions, which a hostile packet could go through. */
const MAX_KEYS = 8;

interface KnownKeys {
  side: Side;
  version: number;
  /** The DCID that they are made of. */
  source: ByteString;
  sourceText: string;
  /** Null: nobody knows how that version makes them. */
  keys: InitialKeys | null;
}

export class Connection {
  /** In the table of connections, once it is there. */
  place = -1;
  /** What a client may put into the DCID of its packets, its first choice apart. */
  readonly serverCids = new Set<ByteString>();
  /** The SCID of the Retry that keys were made of since, or null. */
  retrySource: ByteString | null = null;
  private readonly largest: Record<Side, number> = { client: -1, server: -1 };
  private readonly keys: KnownKeys[] = [];

  /**
   * @param firstDcid the client's first DCID, which the keys are made of
   * @param mayBeRetried the first Initial seen had a token: its DCID may have come from a Retry that was not seen
   */
  constructor(
    readonly firstDcid: ByteString,
    readonly clientCid: ByteString,
    readonly path: ByteString,
    readonly mayBeRetried: boolean,
  ) {}

  /** Whether it is a CID that the server is known to have chosen for this connection. */
  isServerCid(cid: ByteString): boolean {
    return cid !== this.firstDcid && this.serverCids.has(cid);
  }

  /** False: it was known, or there are too many already. */
  addServerCid(cid: ByteString): boolean {
    if (cid === '' || this.serverCids.has(cid) || this.serverCids.size >= MAX_SERVER_CIDS) return false;
    this.serverCids.add(cid);
    return true;
  }

  private keysOf(side: Side, version: number, source: ByteString): KnownKeys {
    for (const known of this.keys) {
      if (known.side === side && known.version === version && known.source === source) return known;
    }
    const parameters = versionKeys(version);
    const bytes = Buffer.from(source, 'latin1');
    const keys = parameters && initialKeys(parameters, bytes, side);
    const made = { side, version, source, sourceText: hex(bytes), keys };
    if (this.keys.length < MAX_KEYS) this.keys.push(made);
    return made;
  }

  /**
   * Opens an Initial of this connection, by the keys after the Retry first. Null: it is none of this connection.
   * @param room see openPacket()
   */
  open(side: Side, version: number, packet: Uint8Array, numberOffset: number, room: Uint8Array): OpenedInitial | null {
    for (const source of this.retrySource === null ? [this.firstDcid] : [this.retrySource, this.firstDcid]) {
      const { keys, sourceText } = this.keysOf(side, version, source);
      const opened = keys && openPacket(keys, packet, numberOffset, this.largest[side], room);
      if (opened) {
        this.largest[side] = Math.max(this.largest[side], opened.packetNumber);
        return { packet: opened, keySource: sourceText };
      }
    }
    return null;
  }
}
