// Medians: one disturbed run among five does not move them.

/** @param {number[]} values @returns {number} */
export const median = (values) => quantile(values, 0.5);

/**
 * The value that `share` of the others do not exceed.
 * @param {number[]} values
 * @param {number} share 0 to 1
 * @returns {number}
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * The median of what `a` is in each round, divided by what `b` is in the same round.
 * @param {number[]} a
 * @param {number[]} b
 */
export const medianRatio = (a, b) => median(a.map((value, round) => value / (b[round] ?? Number.NaN)));

/**
 * Runs each of `subjects` in each round, so that what disturbs the machine for a while disturbs all of them.
 * @template T, R
 * @param {Record<string, T>} subjects
 * @param {number} rounds
 * @param {(subject: T, name: string) => Promise<R>} run
 * @returns {Promise<Record<string, R[]>>} the results of each, by round
 */
export async function interleave(subjects, rounds, run) {
  const results = Object.fromEntries(Object.keys(subjects).map((name) => [name, /** @type {R[]} */ ([])]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, subject] of Object.entries(subjects)) results[name]?.push(await run(subject, name));
  }
  return results;
}
