// Whether numbers in connection IDs take so few values that chance is ruled out.
import { chanceOf, DOUBT } from './evidence.js';

/** More hypotheses than are ever tried on one set of connection IDs: so often chance has a try. */
const LOOKS = 1000;

/** Whether what random connection IDs show with this probability, at most, cannot be chance. */
export const isRuledOut = (chance: number) => chance * LOOKS < DOUBT;

/**
 * The probability, at most, that `cids` random numbers of so many bits have no more than `distinct` values.
 * 1 where they are no fewer than to be expected.
 */
export function chanceOfValues(distinct: number, cids: number, bits: number): number {
  // Each one that repeats another one did so with this probability at most, whatever came before it.
  const repeating = chanceOf(cids - distinct, cids, Math.min(1, cids / 2 ** bits));
  return Math.min(1, 2 * Math.min(repeating, bits <= 8 ? chanceOfSet(distinct, cids, 2 ** bits) : 1));
}

/** At most: all of them are in one of the sets of so many values that there are. Better where there are many numbers. */
function chanceOfSet(distinct: number, cids: number, possible: number): number {
  if (distinct >= possible) return 1;
  let sets = 0;
  for (let i = 1; i <= distinct; i++) sets += Math.log((possible - distinct + i) / i);
  return Math.min(1, Math.exp(sets + cids * Math.log(distinct / possible)));
}
