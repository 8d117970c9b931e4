// CPU time for each packet at 200,000 a second: of the whole machine without the generator's part, and of the process.
import { makeCable } from '../lib/flood.mjs';
import { RECEIVERS } from '../lib/receivers.mjs';
import { ratioRow } from '../lib/report.mjs';
import { interleave } from '../lib/statistics.mjs';
import { trial } from '../lib/trial.mjs';

const RATE = 200_000;
const { 'no-op AF_XDP': noOp, 'tcpdump -B 32768': tcpdump, divert, tap } = RECEIVERS;
const { 'divert, screen open': _, ...quiet } = RECEIVERS;

const SUBJECTS = {
  ...quiet,
  'divert, 1 slot': { ...divert, backends: 1 },
  'divert, 1,000,000 DCIDs': { ...divert, dcids: 1_000_000 },
  'no-op AF_XDP, 64 bytes': { ...noOp, size: 64 },
  'divert, 64 bytes': { ...divert, size: 64 },
  'tap, 64 bytes': { ...tap, size: 64 },
  'tcpdump -B 32768, 64 bytes': { ...tcpdump, size: 64 },
};

/** @type {import('../lib/report.mjs').Group} */
export async function cpu({ rounds, quick, say }) {
  const cable = makeCable();
  const seconds = quick ? 1 : 2;
  const discard = (/** @type {{rate: number, size?: number}} */ { rate, size = 1200 }) =>
    trial(cable, { ...noOp, size }, { rate, seconds, discard: true });
  /** @type {Record<string, number[]>} */
  const ofProcess = {};
  /** @type {number} */
  let turn = 0; // seconds of CPU that one turn of the waiting generator takes
  /** @type {Map<number, {core0: number, rest: number}>} */
  const own = new Map(); // what the generator itself costs for a frame, by the frame's size
  try {
    const ofMachine = await interleave({ generator: null, ...SUBJECTS }, rounds, async (receiver, name) => {
      if (!receiver) {
        const waiting = (await discard({ rate: 1 })).cost;
        turn = waiting.generator / waiting.waited;
        for (const size of [64, 1200]) {
          const { cost, rate } = await discard({ rate: RATE, size });
          own.set(size, { core0: (cost.generator - cost.waited * turn) / rate, rest: cost.rest / rate });
        }
        return (own.get(1200)?.core0 ?? 0) * 1e9;
      }
      const { cost, rate, lost, balanced, lostShare } = await trial(cable, receiver, { rate: RATE, seconds });
      if (!balanced) say(`${name}: does not balance`);
      if (lostShare > 0) say(`${name}: ${(100 * lostShare).toFixed(3)} % lost: ${JSON.stringify(lost)}`);
      const base = own.get('size' in receiver ? (receiver.size ?? 1200) : 1200) ?? { core0: 0, rest: 0 };
      const core0 = (cost.generator - cost.waited * turn) / rate - base.core0;
      const rest = cost.rest / rate - base.rest;
      const process = (cost.receiver / rate) * 1e9;
      ofProcess[name] = [...(ofProcess[name] ?? []), process];
      const nanoseconds = (core0 + rest) * 1e9;
      say(
        `${name}: ${nanoseconds.toFixed(0)} ns a packet, of them ${(core0 * 1e9).toFixed(0)} beside the generator; process ${process.toFixed(0)}`,
      );
      return nanoseconds;
    });
    const row = ratioRow(ofMachine);
    return {
      rows: [
        row('divert: whole-machine CPU per packet at 200,000/s / no-op AF_XDP', 'divert', 'no-op AF_XDP', {
          most: 1.5,
        }),
        row('tap, all bytes: the same / `tcpdump -B 32768`', 'tap', 'tcpdump -B 32768', { most: 0.7 }),
        row('tap, `-s 240`: the same / `tcpdump -B 32768`', 'tap, -s 240', 'tcpdump -B 32768', { most: 0.5 }),
        row('divert, 64 busy slots: the same / 1 slot', 'divert', 'divert, 1 slot', { most: 1.2 }),
        row('divert, 1,000,000 DCIDs: the same / 1,000', 'divert, 1,000,000 DCIDs', 'divert', { most: 1.3 }),
      ],
      details: [
        {
          title: 'CPU per packet at 200,000 packets a second, whole machine',
          note: 'What all cores do beyond being idle, less what the generator costs when its frames go nowhere (the first line). Frames of 1200 bytes, 1,000 DCIDs and 64 backends, where nothing else is said.',
          unit: 'ns',
          digits: 0,
          values: ofMachine,
        },
        { title: 'The same, of the receiving process alone', unit: 'ns', digits: 0, values: ofProcess },
      ],
    };
  } finally {
    cable.remove();
  }
}
