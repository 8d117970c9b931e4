// What was found out about the DCIDs that packets to watched ports carried last.
import { LIMITS, RECORD } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { TRUSTS, type Trust } from './trust.js';
import { CID_WORDS, WordLru } from './word-lru.js';

const CIDS = 65_536;

export class CidTrust {
  private readonly cids = new WordLru(CIDS, CID_WORDS);
  private readonly ranks = new Uint8Array(CIDS + 1);
  private readonly asked = new Uint32Array(LIMITS.CID_MAX / 4);
  private readonly askedBytes = new Uint8Array(this.asked.buffer);

  /** @param trust the decoder's verdict on this packet */
  note(view: RecordView, trust: Trust | null): void {
    const length = view.dcidLength;
    if (trust === null || length > LIMITS.CID_MAX || view.fromServer) return;
    const slot = this.cids.use(view.words, RECORD.dcid / 4, length);
    const rank = TRUSTS.indexOf(trust);
    if (this.cids.added || rank > (this.ranks[slot] as number)) this.ranks[slot] = rank;
  }

  /** The best that was said of a DCID (hex digits); null when it was not seen, or is forgotten. */
  of(cid: string): Trust | null {
    const bytes = Buffer.from(cid, 'hex');
    if (bytes.length > LIMITS.CID_MAX) return null;
    this.askedBytes.fill(0);
    this.askedBytes.set(bytes);
    const slot = this.cids.find(this.asked, 0, bytes.length);
    return slot === 0 ? null : (TRUSTS[this.ranks[slot] as number] as Trust);
  }
}
