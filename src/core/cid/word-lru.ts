// The keys that were used last, in typed arrays: no object and no string per key or per packet.
import { LIMITS } from '../native/abi.gen.js';

/** Words of a connection ID, zero behind its end as records hold it; its length is the number that goes with them. */
export const CID_WORDS = LIMITS.CID_MAX / 4;

/**
 * A bounded set that forgets the least recently used key: some 32-bit words, and one more number. Each key in it has a
 * slot, from 1 to `capacity`, by which its owner can keep more about it in arrays of `capacity` + 1; 0 stands for none.
 */
export class WordLru {
  /** Keys that are held: their slots are 1 to `size`. */
  size = 0;
  /** The last use() took a key in: what was kept by its slot is of a key that was forgotten, if of any. */
  added = false;
  private readonly keys: Uint32Array;
  private readonly buckets: Uint32Array;
  /** The next slot of the same bucket. */
  private readonly chain: Uint32Array;
  /** A ring through slot 0: older[0] is the slot used last, newer[0] the one that is forgotten next. */
  private readonly older: Uint32Array;
  private readonly newer: Uint32Array;
  /** Nobody who sends packets knows them, so nobody can choose keys that all fall into one bucket. */
  private readonly factors: Uint32Array;

  /** @param capacity a power of two @param wordCount words of a key */
  constructor(
    readonly capacity: number,
    private readonly wordCount: number,
  ) {
    this.factors = crypto.getRandomValues(new Uint32Array(wordCount + 1)).map((factor) => factor | 1);
    this.keys = new Uint32Array((capacity + 1) * (wordCount + 1));
    this.buckets = new Uint32Array(2 * capacity);
    this.chain = new Uint32Array(capacity + 1);
    this.older = new Uint32Array(capacity + 1);
    this.newer = new Uint32Array(capacity + 1);
  }

  /** The slot of the key whose words begin at words[at], with that number; 0 when it is not held. */
  find(words: Uint32Array, at: number, number: number): number {
    return this.search(this.bucketOf(words, at, number), words, at, number);
  }

  /** The slot of that key, which is now the one used last. */
  use(words: Uint32Array, at: number, number: number): number {
    const { wordCount } = this;
    const bucket = this.bucketOf(words, at, number);
    let slot = this.search(bucket, words, at, number);
    this.added = slot === 0;
    if (slot === 0) {
      slot = this.size < this.capacity ? ++this.size : this.forgetOldest();
      const key = slot * (wordCount + 1);
      for (let i = 0; i < wordCount; i++) this.keys[key + i] = words[at + i] as number;
      this.keys[key + wordCount] = number;
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

  /** A copy of the words of the key that has this slot. */
  words(slot: number): Uint32Array {
    const key = slot * (this.wordCount + 1);
    return this.keys.slice(key, key + this.wordCount);
  }

  /** The number that goes with them. */
  number(slot: number): number {
    return this.keys[slot * (this.wordCount + 1) + this.wordCount] as number;
  }

  private bucketOf(words: Uint32Array, at: number, number: number): number {
    const { factors, wordCount } = this;
    let hash = number;
    for (let i = 0; i < wordCount; i++) {
      hash = Math.imul(hash ^ (words[at + i] as number), factors[i] as number);
      hash ^= hash >>> 15;
    }
    return (Math.imul(hash, factors[wordCount] as number) >>> 8) & (this.buckets.length - 1);
  }

  private search(bucket: number, words: Uint32Array, at: number, number: number): number {
    const { keys, chain, wordCount } = this;
    let slot = this.buckets[bucket] as number;
    for (; slot !== 0; slot = chain[slot] as number) {
      const key = slot * (wordCount + 1);
      if (keys[key + wordCount] !== number) continue;
      let i = 0;
      while (i < wordCount && keys[key + i] === words[at + i]) i++;
      if (i === wordCount) break;
    }
    return slot;
  }

  private unlink(slot: number): void {
    const older = this.older[slot] as number;
    const newer = this.newer[slot] as number;
    this.older[newer] = older;
    this.newer[older] = newer;
  }

  /** Takes the key that was not used for longest out, and returns its slot. */
  private forgetOldest(): number {
    const slot = this.newer[0] as number;
    const bucket = this.bucketOf(this.keys, slot * (this.wordCount + 1), this.number(slot));
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
