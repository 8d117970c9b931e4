// Which slot of xsks_map a backend's packets go to: rx_queue * slots + backend % slots, and no other.
import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { constants, enterPrivateNetwork, Program, XDP } from '../support/harness.js';
import { cidv1, ethernet, ipv4, longHeader, udp } from '../support/packets.js';

const BACKENDS = Array.from({ length: 128 }, (_, backend) => backend);
const frames = BACKENDS.map((backend) => ethernet(ipv4(udp(longHeader({ dcid: cidv1(backend) })))));

let device = 0;
let program: Program | undefined;
afterEach(() => program?.close());

// A veth with four RX queues for the test runs to come from.
beforeAll(() => {
  enterPrivateNetwork();
  const queues = ['numrxqueues', '4', 'numtxqueues', '4'];
  execFileSync('ip', ['link', 'add', 'four0', ...queues, 'type', 'veth', 'peer', 'name', 'four1', ...queues]);
  device = JSON.parse(execFileSync('ip', ['-json', 'link', 'show', 'four0'], { encoding: 'utf8' }))[0].ifindex;
  expect(networkInterfaces()).toEqual({});
});

describe.each([
  { slots: 64, rxQueue: 0, xsksEntries: 64 },
  { slots: 64, rxQueue: 3, xsksEntries: 256 },
  { slots: 16, rxQueue: 0, xsksEntries: 64 },
  { slots: 16, rxQueue: 3, xsksEntries: 64 },
])('$slots slots, RX queue $rxQueue', ({ slots, rxQueue, xsksEntries }) => {
  it('redirects a backend to its slot only', () => {
    program = new Program({ mode: constants.QT_MODE_DIVERT, interface: device, slots, xsksEntries });
    for (let slot = 0; slot < xsksEntries; slot++) {
      program.addSocket(slot);
      const redirected = BACKENDS.filter((backend) => {
        const { verdict, metadata } = (program as Program).run(frames[backend] as Uint8Array, {
          interface: device,
          rxQueue,
        });
        if (verdict !== XDP.redirect) return false;
        expect(metadata).toMatchObject({ backend, rxQueue });
        return true;
      });
      expect(redirected, `slot ${slot}`).toEqual(
        BACKENDS.filter((backend) => rxQueue * slots + (backend % slots) === slot),
      );
      program.removeSocket(slot);
      program.tap();
    }
    const routes = program.cidBackends().map(({ backend, queue }) => ({ backend, queue }));
    expect(routes.sort((a, b) => a.backend - b.backend)).toEqual(
      BACKENDS.map((backend) => ({ backend, queue: backend % constants.QT_QUEUES })),
    );
  });
});

it('an RX queue beyond the map passes, and is copied', () => {
  program = new Program({ mode: constants.QT_MODE_DIVERT, interface: device, slots: 64, xsksEntries: 64 });
  for (let slot = 0; slot < 64; slot++) program.addSocket(slot);
  const { verdict, counters } = program.run(frames[17] as Uint8Array, { interface: device, rxQueue: 1 });
  expect(verdict).toBe(XDP.pass);
  expect(Object.keys(counters)).toEqual(['frames', 'long_header', 'tapped', 'no_socket']);
  expect(program.tap()).toMatchObject([{ metadata: { rxQueue: 1, backend: 17 } }]);
});

it('what arrives at another interface is counted and passed, whatever the mode', () => {
  for (const mode of [constants.QT_MODE_DIVERT, constants.QT_MODE_TAP]) {
    program = new Program({ mode, interface: device });
    for (let slot = 0; slot < 64; slot++) program.addSocket(slot);
    const { verdict, counters } = program.run(frames[17] as Uint8Array);
    expect(verdict).toBe(XDP.pass);
    expect(Object.keys(counters)).toEqual(['frames', 'long_header']);
    expect(program.tap()).toEqual([]);
    program.close();
  }
});
