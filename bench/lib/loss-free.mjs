// The highest rate that a receiver takes with less than 0.1 % lost.

const TOLERATED = 0.001;
const STEPS = 5;
/** The search ends when what was lost on is this much above what was not. */
const CLOSE = 1.05;
const STRIDE = 1.25;

/**
 * Bisects, by ratios, from where the last search ended.
 * @param {(rate: number) => Promise<{rate: number, lostShare: number}>} offer offers a rate, and tells what it really was
 * @param {number} [from]
 * @returns {Promise<{rate: number, capped: boolean}>} capped: nothing was lost at the most that could be offered
 */
export async function highestLossFree(offer, from) {
  let [good, bad] = [0, Number.POSITIVE_INFINITY];
  let next = from;
  if (next === undefined) {
    const most = await offer(0);
    if (most.lostShare < TOLERATED) return { rate: most.rate, capped: true };
    bad = most.rate;
    next = (most.rate * (1 - most.lostShare)) / STRIDE;
  }
  // A receiver that loses at any rate is followed down a little longer than the bound.
  for (let step = 0; step < STEPS || (good === 0 && step < 2 * STEPS); step++) {
    const { rate, lostShare } = await offer(next);
    if (lostShare < TOLERATED) {
      good = Math.max(good, rate);
      if (rate < next * 0.98) return { rate, capped: true };
    } else {
      bad = Math.min(bad, next);
    }
    if (bad / good < CLOSE) break;
    if (good === 0) next = bad / STRIDE ** (step + 1);
    else next = Number.isFinite(bad) ? Math.sqrt(good * bad) : good * STRIDE;
  }
  return { rate: good, capped: false };
}
