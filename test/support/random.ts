// Numbers that look random and are the same in every run.

/** A source of integers from 0 to below `limit` (xorshift32). */
export function random(seed: number): (limit: number) => number {
  let state = seed * 0x9e3779b9 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
