// The connection IDs that were used last, in typed arrays: no object and no string per CID or per packet.
import { LIMITS } from '../native/abi.gen.js';

/** A CID is compared as 32-bit words, zero behind its end as records hold it, and its length. */
const CID_WORDS = LIMITS.CID_MAX / 4;
const KEY_WORDS = CID_WORDS + 1;

/**
 * A bounded set that forgets the least recently used CID. Each CID in it has a slot, from 1 to `capacity`, by which its
 * owner can keep more about it in arrays of `capacity` + 1; 0 stands for none.
 */
export class CidLru {
  /** CIDs that are held: their slots are 1 to `size`. */
  size = 0;
  /** The last use() took a CID in: what was kept by its slot is of a CID that was forgotten, if of any. */
  added = false;
  private readonly keys: Uint32Array;
  private readonly buckets: Uint32Array;
  /** The next slot of the same bucket. */
  private readonly chain: Uint32Array;
  /** A ring through slot 0: older[0] is the slot used last, newer[0] the one that is forgotten next. */
  private readonly older: Uint32Array;
  private readonly newer: Uint32Array;
  /** Nobody who sends packets knows them, so nobody can choose CIDs that all fall into one bucket. */
  private readonly factors = crypto.getRandomValues(new Uint32Array(KEY_WORDS)).map((factor) => factor | 1);

  /** @param capacity a power of two */
  constructor(readonly capacity: number) {
    this.keys = new Uint32Array((capacity + 1) * KEY_WORDS);
    this.buckets = new Uint32Array(2 * capacity);
    this.chain = new Uint32Array(capacity + 1);
    this.older = new Uint32Array(capacity + 1);
    this.newer = new Uint32Array(capacity + 1);
  }

  /** The slot of the CID in words[at, at + 5), `length` bytes long (at most LIMITS.CID_MAX); 0 when it is not held. */
  find(words: Uint32Array, at: number, length: number): number {
    return this.search(this.bucketOf(words, at, length), words, at, length);
  }

  /** The slot of that CID, which is now the one used last. */
  use(words: Uint32Array, at: number, length: number): number {
    const bucket = this.bucketOf(words, at, length);
    let slot = this.search(bucket, words, at, length);
    this.added = slot === 0;
    if (slot === 0) {
      slot = this.size < this.capacity ? ++this.size : this.forgetOldest();
      for (let i = 0; i < CID_WORDS; i++) this.keys[slot * KEY_WORDS + i] = words[at + i] as number;
      this.keys[slot * KEY_WORDS + CID_WORDS] = length;
      this.chain[slot] = this.buckets[bucket] as number;
      this.buckets[bucket] = slot;
    } else if (slot === this.older[0]) {
      return slot;
    } else {
      this.unlink(slot);
    }
    const newest = this.older[0] as number;
    this.older[slot] = newest;
    this.newer[slot] = 0;
    this.newer[newest] = slot;
    this.older[0] = slot;
    return slot;
  }

  /** A copy of the bytes of the CID that has this slot. */
  bytes(slot: number): Uint8Array {
    const key = this.keys.slice(slot * KEY_WORDS, (slot + 1) * KEY_WORDS);
    return new Uint8Array(key.buffer, 0, key[CID_WORDS] as number);
  }

  private bucketOf(words: Uint32Array, at: number, length: number): number {
    const { factors } = this;
    let hash = length;
    for (let i = 0; i < CID_WORDS; i++) {
      hash = Math.imul(hash ^ (words[at + i] as number), factors[i] as number);
      hash ^= hash >>> 15;
    }
    return (Math.imul(hash, factors[CID_WORDS] as number) >>> 8) & (this.buckets.length - 1);
  }

  private search(bucket: number, words: Uint32Array, at: number, length: number): number {
    const { keys, chain } = this;
    let slot = this.buckets[bucket] as number;
    for (; slot !== 0; slot = chain[slot] as number) {
      const key = slot * KEY_WORDS;
      if (keys[key + CID_WORDS] !== length) continue;
      let i = 0;
      while (i < CID_WORDS && keys[key + i] === words[at + i]) i++;
      if (i === CID_WORDS) break;
    }
    return slot;
  }

  private unlink(slot: number): void {
    const older = this.older[slot] as number;
    const newer = this.newer[slot] as number;
    this.older[newer] = older;
    this.newer[older] = newer;
  }

  /** Takes the CID that was not used for longest out, and returns its slot. */
  private forgetOldest(): number {
    const slot = this.newer[0] as number;
    const key = slot * KEY_WORDS;
    const bucket = this.bucketOf(this.keys, key, this.keys[key + CID_WORDS] as number);
    this.unlink(slot);
    if (this.buckets[bucket] === slot) {
      this.buckets[bucket] = this.chain[slot] as number;
    } else {
      let before = this.buckets[bucket] as number;
      while (this.chain[before] !== slot) before = this.chain[before] as number;
      this.chain[before] = this.chain[slot] as number;
    }
    return slot;
  }
}
