// Who chose the connection ID that a backend is read from: only a server's CID names one, in any other the backend is chance.
import { ISSUE, LIMITS, PACKET_TYPE, RECORD, RECORD_FLAGS } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { CID_WORDS, WordLru } from './word-lru.js';

/** Each says more than the ones before it. */
export const TRUSTS = ['unknown', 'client', 'server'] as const;
export type Trust = (typeof TRUSTS)[number];

/** CIDs of servers that are remembered: the last ones used. */
const SERVER_CIDS = 65_536;

const DCID = RECORD.dcid / 4;
const SCID = RECORD.scid / 4;

/** Says of the packets of one capture, in their order, who chose the CID of their server side. */
export class TrustJudge {
  private readonly servers = new WordLru(SERVER_CIDS, CID_WORDS);

  /**
   * Trust in the SCID of what comes from a watched port, in the DCID of what goes to one. Null when it is empty.
   * Remembers the CIDs that servers use.
   */
  trustOf(view: RecordView): Trust | null {
    const { words, type } = view;
    if (view.flags & RECORD_FLAGS.RECORD_FROM_WATCHED) return this.ofServer(view);
    const length = view.dcidLength;
    if (length === 0) return null;
    // A packet that its receiver ignores (RFC 9000 section 12.2).
    if (view.issues & ISSUE.ISSUE_DCID_CHANGED) return 'unknown';
    const cut = length > LIMITS.CID_MAX;
    if (!cut && this.servers.find(words, DCID, length) !== 0) return 'server';
    if (type === PACKET_TYPE.TYPE_HANDSHAKE) return cut ? 'unknown' : 'server';
    return type === PACKET_TYPE.TYPE_0RTT ? 'client' : 'unknown';
  }

  private ofServer({ words, type, scidLength: length }: RecordView): Trust | null {
    if (length === 0) return null;
    const cut = length > LIMITS.CID_MAX;
    // Version Negotiation repeats what the client chose (RFC 8999 section 6).
    if (type === PACKET_TYPE.TYPE_VERSION_NEGOTIATION) {
      return !cut && this.servers.find(words, SCID, length) !== 0 ? 'server' : 'client';
    }
    if (!cut) this.servers.use(words, SCID, length);
    return 'server';
  }
}
