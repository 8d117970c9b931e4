// One run: a receiver at one end of a cable, the generator at the other, and what each of them counted and cost.
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { CPUS, startGenerator, sum } from './flood.mjs';
import { idleSeconds, threadNanoseconds } from './proc.mjs';

/**
 * @typedef {object} Outcome
 * @property {number} rate frames offered in a second
 * @property {number} sent
 * @property {number} received
 * @property {Record<string, number>} lost by cause, and `veth_full`: those that the interface had no room for
 * @property {Record<string, number>} [kernel] quic-top's counters of where every frame ended
 * @property {number} lostShare of those sent
 * @property {boolean} balanced sent = received + lost
 * @property {Cost} cost in one second
 *
 * @typedef {object} Cost
 * @property {number} generator seconds of CPU of the generator, which include what the kernel does for the receiver there
 * @property {number} waited times that the generator had nothing to send yet
 * @property {number} receiver seconds of CPU of the receiving process
 * @property {number} rest seconds that the cores but the generator's were busy
 *
 * @typedef {object} Traffic
 * @property {number} rate frames a second; 0: as fast as the generator can
 * @property {number} seconds
 * @property {boolean} [foreign] send all of them to a port that nobody watches
 * @property {boolean} [discard] make the frames and send none
 */

/** Before and after the costs are read, so that start and end are not in them. */
const MARGIN = 0.25;

/** Which kernel threads do the first core's share of receiving when there is too much of it. */
const [KSOFTIRQD] = execFileSync('pgrep', ['-x', `ksoftirqd/${CPUS.generator}`], { encoding: 'utf8' }).split('\n');
const ksoftirqd = () => threadNanoseconds(Number(KSOFTIRQD)) / 1e9;

/** Seconds that the cores but the first have been idle, together. */
const idleRest = () =>
  idleSeconds()
    .slice(1)
    .reduce((total, seconds) => total + seconds, 0);

/** Reads what the receiver costs until the answer is called. @param {number} [pid] */
function startCosting(pid) {
  const receiver = () => (pid === undefined ? 0 : threadNanoseconds(pid) / 1e9);
  const [start, idle, used] = [performance.now(), idleRest(), receiver()];
  return () => {
    const seconds = (performance.now() - start) / 1000;
    const rest = os.cpus().length - 1 - (idleRest() - idle) / seconds;
    return { receiver: (receiver() - used) / seconds, rest };
  };
}

/**
 * Sends to a receiver, or to nobody.
 * @param {import('../../demo/network.mjs').PairNetwork} cable
 * @param {import('./receivers.mjs').Receiver} receiver
 * @param {Traffic} traffic
 * @returns {Promise<Outcome>}
 */
export async function trial(
  cable,
  { start, backends = 64, dcids = 1000, size = 1200 },
  { rate, seconds, foreign = false, discard = false },
) {
  const running = discard ? null : await start(cable.right);
  const duration = seconds + 2 * MARGIN;
  const softirqBefore = ksoftirqd();
  const frames = { backends, dcids, size, discard, 'foreign-share': foreign ? 1 : 0 };
  const sender = startGenerator(cable, { rate, duration, ...frames });
  await sleep(MARGIN * 1000);
  const stopCosting = startCosting(running?.pid);
  await sleep(seconds * 1000);
  const cost = stopCosting();
  if ((await sender.ended) !== 0) throw new Error(sender.stderr);
  const softirq = ksoftirqd() - softirqBefore;
  const counted = await running?.stop();

  const { sent, dropped, waited, cpu_seconds, seconds: ran } = JSON.parse(sender.stdout);
  const received = counted?.received ?? sent;
  const lost = counted ? { ...counted.lost, veth_full: dropped } : {};
  return {
    rate: sent / ran,
    sent,
    received,
    lost,
    ...(counted?.kernel && { kernel: counted.kernel }),
    lostShare: (sent - received) / sent,
    balanced: sent === received + sum(lost),
    cost: { ...cost, generator: (cpu_seconds + softirq) / ran, waited: waited / ran },
  };
}
