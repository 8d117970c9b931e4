// Who chose the connection ID that a backend is read from: only a server's CID names one, in any other the backend is chance.
import { ISSUE, LIMITS, PACKET_TYPE, RECORD } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { CidSamples } from './cid-samples.js';
import { Evidence } from './evidence.js';
import { CID_WORDS, WordLru } from './word-lru.js';

/** Each says more than the ones before it. */
export const TRUSTS = ['unknown', 'client', 'echoed', 'server'] as const;
export type Trust = (typeof TRUSTS)[number];

/** CIDs of servers, and CIDs in which nobody encoded anything, that are remembered: the last ones used. */
const CIDS = 65_536;

/** Whose packet was evidence: that of the server itself says more. */
const NOBODY = 0;
const CLIENT = 1;
const SERVER = 2;

const DCID = RECORD.dcid / 4;
const SCID = RECORD.scid / 4;

/** Says of the packets of one capture, in their order, who chose the CID of their server side. */
export class TrustJudge {
  private readonly servers = new WordLru(CIDS, CID_WORDS);
  /** Whose packets with each of them were taken for evidence. */
  private readonly notedBy = new Uint8Array(CIDS + 1);
  /** What clients chose first, and what servers chose in a Retry (RFC 9000 section 7.2). */
  private readonly unencoded = new WordLru(CIDS, CID_WORDS);
  private readonly byRetry = new Uint8Array(CIDS + 1);
  private readonly evidence = new Evidence();
  /** Of the CIDs that servers chose. */
  readonly samples = new CidSamples();

  /**
   * Trust in the SCID of what comes from a watched port, in the DCID of what goes to one. Null when it is empty.
   * Remembers the CIDs that servers use.
   */
  trustOf(view: RecordView): Trust | null {
    const { words, type } = view;
    if (view.fromServer) return this.ofServer(view);
    const length = view.dcidLength;
    if (length === 0) return null;
    // A packet that its receiver ignores (RFC 9000 section 12.2).
    if (view.issues & ISSUE.ISSUE_DCID_CHANGED) return 'unknown';
    const cut = length > LIMITS.CID_MAX;
    if (!cut && this.servers.find(words, DCID, length) !== 0) return this.claim(view);
    const unencoded = cut ? 0 : this.unencoded.find(words, DCID, length);
    if (type === PACKET_TYPE.TYPE_HANDSHAKE) {
      if (unencoded !== 0) return this.ofUnencoded(view, unencoded);
      return cut ? 'unknown' : this.chosen(view, DCID, length);
    }
    // The client has been given it, even if no long header had it. It is no evidence: its length may be a guess.
    if (type === PACKET_TYPE.TYPE_1RTT) return unencoded === 0 ? this.claim(view) : this.ofUnencoded(view, unencoded);
    if (type !== PACKET_TYPE.TYPE_0RTT) return 'unknown';
    if (!cut) this.remember(view, DCID, length, false);
    return 'client';
  }

  /** The same of an Initial to a watched port of which trustOf() knew nothing, once its keys have told who chose the DCID. */
  trustByKeys(view: RecordView, chooser: 'client' | 'server'): Trust {
    const { words, dcidLength: length } = view;
    if (length > LIMITS.CID_MAX) return chooser;
    // The keys after a Retry are those of the CID that it chose (RFC 9001 section 5.2).
    const unencoded = this.unencoded.find(words, DCID, length);
    if (unencoded !== 0 && this.byRetry[unencoded]) return this.ofUnencoded(view, unencoded);
    if (chooser === 'server') return this.chosen(view, DCID, length);
    this.remember(view, DCID, length, false);
    return 'client';
  }

  private ofServer(view: RecordView): Trust | null {
    const { words, type, scidLength: length } = view;
    if (length === 0) return null;
    const cut = length > LIMITS.CID_MAX;
    // Version Negotiation repeats what the client chose (RFC 8999 section 6).
    if (type === PACKET_TYPE.TYPE_VERSION_NEGOTIATION) {
      return !cut && this.servers.find(words, SCID, length) !== 0 ? this.claim(view) : 'client';
    }
    if (cut) return 'server';
    if (type === PACKET_TYPE.TYPE_RETRY && view.cidLayout === 0 && !view.serverIds.readRetries) {
      this.remember(view, SCID, length, true);
      return 'server';
    }
    // Servers may keep the DCID that the client began with.
    const unencoded = this.unencoded.find(words, SCID, length);
    return unencoded === 0 ? this.chosen(view, SCID, length) : this.ofUnencoded(view, unencoded);
  }

  /** Of a CID in which nobody encoded anything: whom it is from, unless a backend seems to be in it. */
  private ofUnencoded(view: RecordView, slot: number): Trust {
    if (!this.byRetry[slot]) return 'echoed';
    return view.backendLayout ? 'unknown' : 'server';
  }

  private remember({ words }: RecordView, at: number, length: number, byRetry: boolean): void {
    const slot = this.unencoded.use(words, at, length);
    if (this.unencoded.added) this.byRetry[slot] = Number(byRetry);
  }

  /** Takes a CID in that a server chose. */
  private chosen(view: RecordView, at: number, length: number): Trust {
    const slot = this.servers.use(view.words, at, length);
    if (this.servers.added) this.notedBy[slot] = NOBODY;
    // That of a Retry is when the server goes on with it: in a flood of Retries some fit by chance.
    const by = view.fromServer ? SERVER : CLIENT;
    const before = this.notedBy[slot] as number;
    // Once more when the server itself is heard: a client uses the CID of a Retry before its server does.
    if (by > before && view.type !== PACKET_TYPE.TYPE_RETRY) {
      this.notedBy[slot] = by;
      this.evidence.note(view);
      if (before === NOBODY) this.samples.note(view);
    }
    return this.claim(view);
  }

  /** What a CID that a server chose is worth: what it names counts when this server is known to put names there. */
  private claim(view: RecordView): Trust {
    return view.backendLayout?.isGiven === false && !this.evidence.isProven(view) ? 'unknown' : 'server';
  }
}
