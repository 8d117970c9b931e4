// Whether a server really puts its id into connection IDs: of those that it chose, do more fit than chance explains?
import type { RecordView } from '../recorder/record.js';
import { isUdpgrm } from './udpgrm.js';
import { WordLru } from './word-lru.js';

/** Servers (address and port) that are remembered: the last ones seen. */
const SERVERS = 4096;
/** How likely chance may be and the CIDs be claimed all the same. */
export const DOUBT = 1e-6;

const ADDRESS_WORDS = 4;

/**
 * The probability, at most, that `fitting` or more of `cids` random CIDs fit when each does with probability `chance`
 * (Chernoff's bound). 1 where so many are no more than to be expected.
 */
export function chanceOf(fitting: number, cids: number, chance: number): number {
  const share = fitting / cids;
  if (!(share > chance)) return 1;
  const rest = share < 1 ? (1 - share) * Math.log((1 - share) / (1 - chance)) : 0;
  return Math.exp(-cids * (share * Math.log(share / chance) + rest));
}

export class Evidence {
  private readonly servers = new WordLru(SERVERS, ADDRESS_WORDS);
  private readonly cids = new Uint32Array(SERVERS + 1);
  private readonly fitting = new Uint32Array(SERVERS + 1);
  private readonly proven = new Uint8Array(SERVERS + 1);
  /** What the server sends is seen: anybody can send to it, with whatever CIDs, so only its own packets count. */
  private readonly heard = new Uint8Array(SERVERS + 1);

  /** Takes a CID in that the server of this packet seems to have chosen, and that was not seen before. */
  note(view: RecordView): void {
    const { fromServer } = view;
    // Both schemes begin so, and in one in eight CIDs of the one the other's checksum holds: these tell nothing.
    if (isUdpgrm(view.bytes, view.serverCid)) return;
    const slot = this.servers.use(view.words, view.serverAddress, view.serverPort);
    const begins = this.servers.added || (fromServer && this.heard[slot] === 0);
    if (begins) {
      this.cids[slot] = 0;
      this.fitting[slot] = 0;
      this.heard[slot] = Number(fromServer);
    } else if (!fromServer && this.heard[slot] === 1) {
      return;
    }
    const cids = ++(this.cids[slot] as number);
    const fitting = view.hasBackend ? ++(this.fitting[slot] as number) : (this.fitting[slot] as number);
    this.proven[slot] = Number(chanceOf(fitting, cids, view.serverIds.chance) < DOUBT);
  }

  /** Whether the server of this packet chose so many CIDs that fit that chance is ruled out. */
  isProven(view: RecordView): boolean {
    const slot = this.servers.find(view.words, view.serverAddress, view.serverPort);
    return slot !== 0 && this.proven[slot] === 1;
  }
}
