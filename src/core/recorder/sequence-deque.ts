// Ascending sequence numbers in a typed array that grows at both ends: no object per packet.

const FIRST_CAPACITY = 1024;

/** Index 0 is the oldest (smallest) number. */
export class SequenceDeque {
  private items = new Float64Array(FIRST_CAPACITY);
  private start = 0;
  private size = 0;

  get length(): number {
    return this.size;
  }

  get(index: number): number {
    return this.items[(this.start + index) & (this.items.length - 1)] as number;
  }

  /** Appends a number greater than all others. */
  pushNewest(sequence: number): void {
    if (this.size === this.items.length) this.grow();
    this.items[(this.start + this.size) & (this.items.length - 1)] = sequence;
    this.size++;
  }

  /** Prepends a number smaller than all others. */
  pushOldest(sequence: number): void {
    if (this.size === this.items.length) this.grow();
    this.start = (this.start - 1) & (this.items.length - 1);
    this.items[this.start] = sequence;
    this.size++;
  }

  /** How many numbers are smaller than `sequence`. */
  countBelow(sequence: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.get(middle) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  dropBelow(sequence: number): void {
    const dropped = this.countBelow(sequence);
    this.start = (this.start + dropped) & (this.items.length - 1);
    this.size -= dropped;
  }

  /** A copy of all numbers, ascending. */
  toArray(): Float64Array {
    const copy = new Float64Array(this.size);
    const upper = this.items.subarray(this.start, this.start + this.size);
    copy.set(upper);
    copy.set(this.items.subarray(0, this.size - upper.length), upper.length);
    return copy;
  }

  clear(): void {
    this.size = 0;
  }

  private grow(): void {
    const items = new Float64Array(this.items.length * 2);
    for (let i = 0; i < this.size; i++) items[i] = this.get(i);
    this.items = items;
    this.start = 0;
  }
}
