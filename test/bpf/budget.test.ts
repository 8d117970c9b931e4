// What a CPU may capture in a second, and what becomes of the packets that are more.
import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { constants, Program, XDP } from '../support/harness.js';
import { cidv1, ethernet, ipv4, longHeader, udp } from '../support/packets.js';

const { QT_MODE_DIVERT, QT_MODE_TAP } = constants;
const SECOND = 1e9;
/** Of a packet over budget one in so many is captured all the same (QT_BUDGET_SAMPLE). */
const SAMPLE = 1024;
const frame = ethernet(ipv4(udp(longHeader({ dcid: cidv1(17) }))));

let program: Program;
afterEach(() => program.close());

const NAMES = ['xdp_filter', 'quic_socket', 'quic_egress', 'quic_ingress'] as const;

/** How often each counter moves when `count` frames come, as fast as they can. */
function counted(name: (typeof NAMES)[number], count: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const { counters } = name === 'xdp_filter' ? program.run(frame) : program.runSkb(name, frame);
    for (const [counter, { packets }] of Object.entries(counters)) sums[counter] = (sums[counter] ?? 0) + packets;
  }
  return sums;
}

describe.each(NAMES)('%s', (name) => {
  it('copies what fits, counts what does not, and copies a sample of that', () => {
    // The hundredth of a second that can be saved is one packet.
    program = new Program({ mode: QT_MODE_TAP, budgetInterval: SECOND / 100 });
    const COUNT = 10 * SAMPLE;
    const start = process.hrtime.bigint();
    const { tapped = 0, over_budget = 0, ...fates } = counted(name, COUNT);
    // Each CPU has its own.
    const fitting = availableParallelism() * (2 + (Number(process.hrtime.bigint() - start) / SECOND) * 100);
    expect(fates).toEqual({ frames: COUNT, long_header: COUNT });
    expect(tapped + over_budget).toBe(COUNT);
    expect(tapped).toBeGreaterThanOrEqual(over_budget / SAMPLE);
    expect(tapped).toBeLessThanOrEqual(fitting + COUNT / SAMPLE + availableParallelism());
    expect(program.tap()).toHaveLength(tapped);
    expect(program.cidCounts().map(({ packets }) => packets)).toEqual([tapped]);
  });

  it('copies all where there is none', () => {
    program = new Program({ mode: QT_MODE_TAP });
    expect(counted(name, 1000)).toEqual({ frames: 1000, long_header: 1000, tapped: 1000 });
  });
});

it('lets pass what is not diverted for it', () => {
  program = new Program({ mode: QT_MODE_DIVERT, budgetInterval: 3600 * SECOND });
  program.addSocket(17);
  const verdicts = Array.from({ length: 100 }, () => program.run(frame).verdict);
  expect(verdicts[0]).toBe(XDP.redirect);
  // Each CPU that this runs on has a budget of one, and then the sample.
  const diverted = verdicts.filter((verdict) => verdict === XDP.redirect).length;
  expect(diverted).toBeLessThanOrEqual(2 * availableParallelism());
  expect(verdicts.filter((verdict) => verdict === XDP.pass)).toHaveLength(100 - diverted);
});
