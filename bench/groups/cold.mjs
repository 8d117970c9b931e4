// What is lost in the first second after quic-top says that it listens, at 600,000 frames a second: pages that nobody touched yet,
// caches that are cold, and whatever else comes once.
import { makeCable } from '../lib/flood.mjs';
import { RECEIVERS } from '../lib/receivers.mjs';
import { interleave, median } from '../lib/statistics.mjs';
import { trial } from '../lib/trial.mjs';

const RATE = 600_000;
const FRAMES = { size: 1200, dcids: 1024 };
const { divert, tap, 'no-op AF_XDP': noOp, 'tcpdump -B 32768': tcpdump } = RECEIVERS;

const SUBJECTS = {
  divert: { ...divert, ...FRAMES },
  tap: { ...tap, ...FRAMES },
  'divert, 64 bytes': { ...divert, ...FRAMES, size: 64 },
  'tap, 64 bytes': { ...tap, ...FRAMES, size: 64 },
  'divert, 240 bytes': { ...divert, ...FRAMES, size: 240 },
  'tap, 240 bytes': { ...tap, ...FRAMES, size: 240 },
  'divert, 1,000,000 DCIDs': { ...divert, ...FRAMES, dcids: 1_000_000 },
  'divert, 4 RX queues': { ...divert, ...FRAMES, queues: 4 },
  'tap, 4 RX queues': { ...tap, ...FRAMES, queues: 4 },
  'no-op AF_XDP': { ...noOp, ...FRAMES },
  'tcpdump -B 32768': { ...tcpdump, ...FRAMES },
};

/** @type {import('../lib/report.mjs').Group} */
export async function cold({ rounds, say }) {
  const cables = { 1: makeCable(), 4: makeCable({ queues: 4 }) };
  try {
    const lost = await interleave(SUBJECTS, rounds, async (receiver, name) => {
      const cable = 'queues' in receiver ? cables[4] : cables[1];
      const outcome = await trial(cable, receiver, { rate: RATE, seconds: 0.5 });
      if (!outcome.balanced) say(`${name}: does not balance: ${JSON.stringify(outcome)}`);
      say(`${name}: ${Math.round(outcome.rate)}/s, ${(100 * outcome.lostShare).toFixed(3)} % lost`);
      return 100 * outcome.lostShare;
    });
    const row = (/** @type {string} */ name, /** @type {string} */ subject) => ({
      name,
      value: median(lost[subject] ?? []),
      target: { most: 0 },
    });
    return {
      rows: [
        row('divert: % lost in the first second, at 600,000/s', 'divert'),
        row('tap: the same', 'tap'),
        row('divert, 1,000,000 DCIDs: the same', 'divert, 1,000,000 DCIDs'),
        row('divert, 4 RX queues: the same', 'divert, 4 RX queues'),
        row('tap, 4 RX queues: the same', 'tap, 4 RX queues'),
      ],
      details: {
        title: 'Lost in the first second, at 600,000 frames a second',
        note: 'Frames of 1200 bytes and 1,024 DCIDs, where nothing else is said.',
        unit: '%',
        digits: 3,
        values: lost,
      },
    };
  } finally {
    for (const cable of Object.values(cables)) cable.remove();
  }
}
