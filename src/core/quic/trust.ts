// Who chose the connection ID that a backend is read from: only a server's CID names one, in any other the backend is chance.
import { ISSUE, LIMITS, PACKET_TYPE, RECORD_FLAGS } from '../abi.gen.js';
import type { RecordView } from '../record.js';
import type { ByteString } from './connection.js';

export type Trust = 'server' | 'client' | 'unknown';

/** The CIDs that servers were seen to use. Bounded: holds the last `capacity` / 2 at least. */
export class ServerCids {
  private young = new Set<ByteString>();
  private old = new Set<ByteString>();

  constructor(private readonly capacity = 65_536) {}

  has(cid: ByteString): boolean {
    return this.young.has(cid) || this.old.has(cid);
  }

  add(cid: ByteString): void {
    if (this.young.size >= this.capacity / 2) {
      this.old = this.young;
      this.young = new Set();
    }
    this.young.add(cid);
  }
}

/**
 * Trust in the CID of a packet's server side: the SCID of what comes from a watched port, the DCID of what goes to
 * one. Null when it is empty. Remembers the CIDs that servers use.
 * @param cid that CID, as far as the record holds it
 */
export function trustOf(view: RecordView, cid: ByteString, servers: ServerCids): Trust | null {
  const fromServer = (view.flags & RECORD_FLAGS.RECORD_FROM_WATCHED) !== 0;
  const length = fromServer ? view.scidLength : view.dcidLength;
  if (length === 0) return null;
  const cut = length > LIMITS.CID_MAX;
  if (fromServer) {
    // Version Negotiation repeats what the client chose (RFC 8999 section 6).
    if (view.type === PACKET_TYPE.TYPE_VERSION_NEGOTIATION) return !cut && servers.has(cid) ? 'server' : 'client';
    if (!cut) servers.add(cid);
    return 'server';
  }
  // A packet that its receiver ignores (RFC 9000 section 12.2).
  if (view.issues & ISSUE.ISSUE_DCID_CHANGED) return 'unknown';
  if (!cut && servers.has(cid)) return 'server';
  if (view.type === PACKET_TYPE.TYPE_HANDSHAKE) return cut ? 'unknown' : 'server';
  return view.type === PACKET_TYPE.TYPE_0RTT ? 'client' : 'unknown';
}
