// Whose the connection IDs are that were seen last.
import { CID_WORDS, WordLru } from '../cid/word-lru.js';
import type { Tracked } from './tracked.js';

const GUESS = 1;
const COUNTED = 2;

export class KnownCids {
  private readonly cids: WordLru;
  private readonly owners: (Tracked | null)[];
  /** By which it is seen whether the owner still is that connection. */
  private readonly ids: Float64Array;
  /** Bits: that it is the owner's is a guess; it is counted for the owner. */
  private readonly flags: Uint8Array;

  constructor(capacity: number) {
    this.cids = new WordLru(capacity, CID_WORDS);
    this.owners = new Array(capacity + 1).fill(null);
    this.ids = new Float64Array(capacity + 1);
    this.flags = new Uint8Array(capacity + 1);
  }

  /** The number of a connection ID if it is known, else 0. @param key its length, and what tells apart those that are equal */
  find(words: Uint32Array, at: number, key: number): number {
    return this.cids.find(words, at, key);
  }

  /** The number of a connection ID, which is now the one used last. */
  use(words: Uint32Array, at: number, key: number): number {
    const cid = this.cids.use(words, at, key);
    if (this.cids.added) this.owners[cid] = null;
    return cid;
  }

  /** Null: nobody's, or that of a connection that is forgotten. */
  owner(cid: number): Tracked | null {
    const owner = this.owners[cid] as Tracked | null;
    return owner !== null && owner.id === this.ids[cid] ? owner : null;
  }

  /** That the owner is that connection is a guess. */
  isGuess(cid: number): boolean {
    return ((this.flags[cid] as number) & GUESS) !== 0;
  }

  give(cid: number, owner: Tracked, guess: boolean): void {
    this.owners[cid] = owner;
    this.ids[cid] = owner.id;
    this.flags[cid] = guess ? GUESS : 0;
  }

  /** Whether this is the first call since it was given. */
  count(cid: number): boolean {
    const flags = this.flags[cid] as number;
    this.flags[cid] = flags | COUNTED;
    return (flags & COUNTED) === 0;
  }
}
