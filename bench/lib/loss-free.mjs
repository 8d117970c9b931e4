// The highest rate that a receiver takes with less than 0.1 % lost.

const TOLERATED = 0.001;
const STEPS = 5;
/** The search ends when what was lost on is this much above what was not. */
const CLOSE = 1.05;
const STRIDE = 1.25;

/**
 * Offers all that can be sent; where some of that is lost, bisects by ratios, from where the last search ended.
 * @param {(rate: number) => Promise<{rate: number, lostShare: number}>} offer offers a rate (0: all there is), and tells
 *   what it really was
 * @param {number} [from]
 * @returns {Promise<{rate: number, capped: boolean}>} capped: nothing was lost at the most that was sent
 */
export async function highestLossFree(offer, from = Number.POSITIVE_INFINITY) {
  const most = await offer(0);
  if (most.lostShare < TOLERATED) return { rate: most.rate, capped: true };
  let [good, bad] = [0, most.rate];
  let next = from < bad ? from : (most.rate * (1 - most.lostShare)) / STRIDE;
  // A receiver that loses at any rate is followed down a little longer than the bound.
  for (let step = 0; step < STEPS || (good === 0 && step < 2 * STEPS); step++) {
    const { rate, lostShare } = await offer(next);
    if (lostShare < TOLERATED) good = Math.max(good, rate);
    else bad = Math.min(bad, next);
    if (bad / good < CLOSE) break;
    next = good === 0 ? bad / STRIDE ** (step + 1) : Math.sqrt(good * bad);
  }
  return { rate: good, capped: false };
}
