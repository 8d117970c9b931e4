// A frame that ends too early: every valid packet, cut at every byte, passes, is counted as truncated, and leaves no
// trace in a map.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classify, constants, Program, XDP } from '../support/harness.js';
import { type Bytes, ethernet, ipv4, ipv6, longHeader, SERVER, udp } from '../support/packets.js';
import { SHAPES } from './shapes.js';

/** The kernel takes no shorter frame for a test run; the C++ build is cut further. */
const LEAST_FRAME = 14;

const program = new Program({ mode: constants.QT_MODE_DIVERT });
beforeAll(() => {
  for (let slot = 0; slot < constants.QT_QUEUES; slot++) program.addSocket(slot);
});
afterAll(() => program.close());

function expectTruncated(frame: Bytes, ports: number[]) {
  expect(classify(frame, ports).fate).toBe('truncated');
  if (frame.length < LEAST_FRAME) return;
  const one = { packets: 1, bytes: frame.length };
  const { verdict, counters } = program.run(frame);
  expect({ verdict, counters, length: frame.length }).toEqual({
    verdict: XDP.pass,
    counters: { frames: one, truncated: one },
    length: frame.length,
  });
}

function expectNoTrace() {
  expect(program.cidCounts()).toEqual([]);
  expect(program.cidBackends()).toEqual([]);
  expect(program.tap()).toEqual([]);
}

const valid = SHAPES.filter(({ fate, padded }) => (fate === 'long_header' || fate === 'short_header') && !padded);

describe('cut at every byte', () => {
  it.each(valid)('$name', ({ frame, ports = [SERVER.port] }) => {
    program.configure({ ports });
    for (let length = 0; length < frame.length; length++) expectTruncated(frame.subarray(0, length), ports);
    expectNoTrace();
  });
});

describe('a datagram that ends at every byte of its QUIC header, all lengths true', () => {
  it.each([
    ['IPv4', ipv4],
    ['IPv6', ipv6],
  ])('%s', (_, ip) => {
    program.configure({ ports: [SERVER.port] });
    const dcid = Uint8Array.of(1, 0, 0, 17);
    const scid = Uint8Array.of(9, 9, 9);
    const header = longHeader({ dcid, scid }).subarray(0, 6 + dcid.length + 1 + scid.length);
    for (let length = 0; length < header.length; length++) {
      expectTruncated(ethernet(ip(udp(header.subarray(0, length)))), [SERVER.port]);
      // What Ethernet adds behind the packet is no part of it, even where it would complete the header.
      expectTruncated(ethernet(ip(udp(header.subarray(0, length))), { padding: 60 }), [SERVER.port]);
    }
    expectNoTrace();
  });
});
