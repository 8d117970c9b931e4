// A program whose user space does not drain any more, because it is stopped or hangs, lets the host have everything.
import { afterEach, describe, expect, it } from 'vitest';
import { constants, Program, XDP } from '../support/harness.js';
import { cidv1, ethernet, ipv4, longHeader, udp } from '../support/packets.js';

const { QT_MODE_IDLE, QT_MODE_DIVERT, QT_MODE_TAP } = constants;
const SECOND = 1e9;
const frame = ethernet(ipv4(udp(longHeader({ dcid: cidv1(17) }))));

/** CLOCK_MONOTONIC, which hrtime is. */
const ago = (seconds: number) => Number(process.hrtime.bigint()) - seconds * SECOND;

let program: Program | undefined;
afterEach(() => program?.close());

/** The sign is given once the program is loaded, which can take long. */
function run(mode: number, seconds: number) {
  program = new Program({ mode });
  program.addSocket(17);
  program.configure({ heartbeat: ago(seconds) });
  const { verdict, counters } = program.run(frame);
  return { verdict, counters: Object.keys(counters), copies: program.tap().length };
}

describe.each([
  ['divert', QT_MODE_DIVERT, { verdict: XDP.redirect, counters: ['frames', 'long_header', 'redirected'], copies: 0 }],
  ['tap', QT_MODE_TAP, { verdict: XDP.pass, counters: ['frames', 'long_header', 'tapped'], copies: 1 }],
] as const)('mode %s', (_, mode, attended) => {
  it.each([0, 1, 1.5])('goes on %d seconds after the last sign', (seconds) => {
    expect(run(mode, seconds)).toEqual(attended);
  });

  it('goes on when the sign is younger than the packet', () => {
    expect(run(mode, -1)).toEqual(attended);
  });

  it.each([2.1, 3600])('passes and copies nothing, and counts that, %d seconds after', (seconds) => {
    const unattended = { verdict: XDP.pass, counters: ['frames', 'long_header', 'unattended'], copies: 0 };
    expect(run(mode, seconds)).toEqual(unattended);
  });
});

it.each(['quic_socket', 'quic_egress', 'quic_ingress'] as const)('%s copies nothing', (name) => {
  program = new Program({ mode: QT_MODE_TAP });
  program.configure({ heartbeat: ago(3) });
  expect(Object.keys(program.runSkb(name, frame).counters)).toEqual(['frames', 'long_header', 'unattended']);
  expect(program.tap()).toEqual([]);
});

it('counts nothing of it when nobody captures', () => {
  expect(run(QT_MODE_IDLE, 3600).counters).toEqual(['frames', 'long_header']);
});

/** The two tables of CIDs after a packet. */
function tables(mode: number, seconds: number, where: { interface?: number } = {}) {
  program?.close();
  program = new Program({ mode, ...where });
  program.configure({ heartbeat: ago(seconds), ...where });
  program.run(frame);
  return [program.cidCounts().length, program.cidBackends().length];
}

it('writes no CID down that nobody will look at', () => {
  expect(tables(QT_MODE_TAP, 0)).toEqual([1, 1]);
  expect(tables(QT_MODE_TAP, 3)).toEqual([0, 0]);
  expect(tables(QT_MODE_IDLE, 0)).toEqual([0, 0]);
});

it('writes CIDs down when it was loaded by hand, for bpftool', () => {
  expect(tables(QT_MODE_IDLE, 3600, { interface: 0 })).toEqual([1, 1]);
});
