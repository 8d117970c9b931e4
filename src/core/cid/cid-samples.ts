// Some of the connection IDs that each server chose, to be looked at byte by byte.
import { LIMITS } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { serverAddressText } from '../text/address.js';
import { endpointText } from '../text/format.js';
import { byteEvidence, type LengthEvidence } from './byte-evidence.js';
import { guessScheme, type Verdict } from './guess-scheme.js';
import { WordLru } from './word-lru.js';

/** Servers (address and port) that are remembered: the last ones seen, a power of two. */
const SERVERS = 64;
/** Connection IDs of each: the first ones. */
const CIDS = 256;
/** Servers that are told of: to look into the bytes of one takes a millisecond. */
const MOST_TOLD = 16;

const ADDRESS_WORDS = 4;
const ROOM = 1 + LIMITS.CID_MAX;

/** What the connection IDs that a server chose look like, and what scheme fits them. */
export interface ServerEvidence {
  /** Address and port. */
  server: string;
  lengths: readonly LengthEvidence[];
  verdict: Verdict;
}

export class CidSamples {
  private readonly servers = new WordLru(SERVERS, ADDRESS_WORDS);
  private readonly names: string[] = Array(SERVERS + 1).fill('');
  private readonly counts = new Uint16Array(SERVERS + 1);
  /** A length and its bytes for each. */
  private readonly cids = new Uint8Array((SERVERS + 1) * CIDS * ROOM);

  /** Takes the CID in that the server of this packet chose, and that was not seen before. */
  note(view: RecordView): void {
    const { serverAddress, serverPort, serverCid, serverCidLength: length } = view;
    const slot = this.servers.use(view.words, serverAddress, serverPort);
    if (this.servers.added) {
      this.counts[slot] = 0;
      this.names[slot] = endpointText(serverAddressText(view), serverPort);
    }
    const count = this.counts[slot] as number;
    if (count === CIDS) return;
    this.counts[slot] = count + 1;
    const at = (slot * CIDS + count) * ROOM;
    this.cids[at] = length;
    this.cids.set(view.bytes.subarray(serverCid, serverCid + length), at + 1);
  }

  /** Of the servers with most CIDs, those first. */
  evidence(): ServerEvidence[] {
    const slots = Array.from({ length: this.servers.size }, (_, i) => i + 1);
    const countOf = (slot: number) => this.counts[slot] as number;
    return slots
      .sort((a, b) => countOf(b) - countOf(a))
      .slice(0, MOST_TOLD)
      .map((slot) => {
        const cids = this.cidsOf(slot);
        return { server: this.names[slot] as string, lengths: byteEvidence(cids), verdict: guessScheme(cids) };
      });
  }

  private cidsOf(slot: number): Uint8Array[] {
    return Array.from({ length: this.counts[slot] as number }, (_, i) => {
      const at = (slot * CIDS + i) * ROOM;
      return this.cids.subarray(at + 1, at + 1 + (this.cids[at] as number));
    });
  }
}
