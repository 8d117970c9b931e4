// The highest offered rate with less than 0.1 % lost, of quic-top, its limits and its peers.

import { makeCable } from '../lib/flood.mjs';
import { highestLossFree } from '../lib/loss-free.mjs';
import { RECEIVERS } from '../lib/receivers.mjs';
import { ratioRow } from '../lib/report.mjs';
import { interleave } from '../lib/statistics.mjs';
import { trial } from '../lib/trial.mjs';

const { 'no-op AF_XDP': noOp, 'no-op ring buffer': noOpTap, 'tcpdump -B 32768': tcpdump } = RECEIVERS;
const { divert, tap, 'divert, screen open': screen, 'dumpcap -w /dev/null': dumpcap } = RECEIVERS;

/** At which the open screen is measured. */
const SCREEN_RATE = 200_000;

export const SUBJECTS = {
  'no-op AF_XDP': noOp,
  divert,
  'divert, screen open': screen,
  'divert, 1 slot': { ...divert, backends: 1 },
  'divert, 1,000,000 DCIDs': { ...divert, dcids: 1_000_000 },
  tap,
  'no-op ring buffer': noOpTap,
  'tcpdump -B 32768': tcpdump,
  'dumpcap -w /dev/null': dumpcap,
  'no-op AF_XDP, 64 bytes': { ...noOp, size: 64 },
  'divert, 64 bytes': { ...divert, size: 64 },
  'tap, 64 bytes': { ...tap, size: 64 },
};

/** @type {import('../lib/report.mjs').Group} */
export async function rate({ rounds, quick, say }) {
  const cable = makeCable();
  /** Where a subject's last search ended. @type {Map<string, number>} */
  const last = new Map();
  /** In how many rounds nothing was lost of all that was sent. @type {Map<string, number>} */
  const capped = new Map();
  try {
    const rates = await interleave(SUBJECTS, rounds, async (receiver, name) => {
      const offer = async (/** @type {number} */ rate) => {
        const outcome = await trial(cable, receiver, { rate, seconds: quick ? 0.5 : 0.8 });
        if (!outcome.balanced) say(`${name}: does not balance: ${JSON.stringify(outcome)}`);
        return outcome;
      };
      const found = await highestLossFree(offer, last.get(name));
      if (found.capped) capped.set(name, (capped.get(name) ?? 0) + 1);
      else if (found.rate > 0) last.set(name, found.rate);
      say(`${name}: ${(found.rate / 1e6).toFixed(3)} Mpps${found.capped ? ', all that was sent' : ''}`);
      return found.rate;
    });
    /** Whether the median is of a round in which nothing was lost. @param {string} name */
    const isCapped = (name) => (capped.get(name) ?? 0) > rounds / 2;
    const seconds = quick ? 0.5 : 1;
    const shares = await interleave({ divert, 'divert, screen open': screen }, rounds, async (receiver, name) => {
      const { rate, lostShare } = await trial(cable, receiver, { rate: SCREEN_RATE, seconds });
      say(`${name}, ${Math.round(rate)}/s sent: ${(100 * lostShare).toFixed(3)} % lost`);
      return (1 - lostShare) * Math.min(1, rate / SCREEN_RATE);
    });
    const ratio = ratioRow(rates);
    /** @type {typeof ratio} */
    const row = (name, subject, limit, target) =>
      ratio(name, subject, limit, target, isCapped(subject) ? 'nothing was lost of all that was sent' : undefined);
    return {
      rows: [
        row('divert: loss-free rate / no-op AF_XDP', 'divert', 'no-op AF_XDP', { least: 0.9 }),
        row('divert: loss-free rate / `tcpdump -B 32768`', 'divert', 'tcpdump -B 32768', { least: 2 }),
        row('tap: loss-free rate / `tcpdump -B 32768`', 'tap', 'tcpdump -B 32768', { least: 1.5 }),
        ratioRow(shares)(
          'divert with the screen open: what is received of 200,000/s / without it',
          'divert, screen open',
          'divert',
          { least: 0.95 },
        ),
      ],
      details: {
        title: 'Highest rate with less than 0.1 % lost',
        note: 'Frames of 1200 bytes, 1,000 DCIDs and 64 backends, where nothing else is said. "At least": nothing was lost of all that the generator sent. It shares its core with the kernel\'s receive path, so it sends the less the more the kernel does for a frame.',
        unit: 'frames/s',
        digits: 0,
        values: Object.fromEntries(
          Object.entries(rates).map(([name, values]) => [isCapped(name) ? `${name} (at least)` : name, values]),
        ),
      },
    };
  } finally {
    cable.remove();
  }
}
