// What is known of one QUIC connection whose client Initial was opened.
import { HelloStream } from './hello-stream.js';
import { initialSecret, type PacketKeys, packetKeys, type Side, sideSecret, versionKeys } from './keys.js';
import { type OpenedPacket, openPacket } from './protection.js';

/** CIDs and addresses are strings of one character per byte, so that they can be keys of maps. */
export type ByteString = string;

export interface OpenedInitial extends OpenedPacket {
  /** The DCID that its keys are made of. */
  keySource: ByteString;
}

/** Server CIDs remembered of a connection; each is one lookup key of the table. */
const MAX_SERVER_CIDS = 8;

export class Connection {
  readonly hello = new HelloStream();
  /** What a client may put into the DCID of its packets, its first choice apart. */
  readonly serverCids = new Set<ByteString>();
  /** The SCID of the Retry that keys were made of since, or null. */
  retrySource: ByteString | null = null;
  private readonly largest: Record<Side, number> = { client: -1, server: -1 };
  private readonly keys = new Map<string, PacketKeys | null>();

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

  private keysOf(side: Side, version: number, source: ByteString): PacketKeys | null {
    const name = `${version} ${side} ${source}`;
    let keys = this.keys.get(name);
    if (keys === undefined) {
      const parameters = versionKeys(version);
      const initial = parameters && initialSecret(parameters, Buffer.from(source, 'latin1'));
      keys = parameters && initial && packetKeys(parameters, sideSecret(initial, side));
      // At most two sources; and versions, which a hostile packet could go through.
      if (this.keys.size < 8) this.keys.set(name, keys);
    }
    return keys;
  }

  /** Opens an Initial of this connection, by the keys after the Retry first. Null: it is none of this connection. */
  open(side: Side, version: number, packet: Uint8Array, numberOffset: number): OpenedInitial | null {
    for (const source of this.retrySource === null ? [this.firstDcid] : [this.retrySource, this.firstDcid]) {
      const keys = this.keysOf(side, version, source);
      const opened = keys && openPacket(keys, packet, numberOffset, this.largest[side]);
      if (opened) {
        this.largest[side] = Math.max(this.largest[side], opened.packetNumber);
        return { ...opened, keySource: source };
      }
    }
    return null;
  }
}
