// What changes while the program runs, and what it does at its limits: ports, mode, sockets, long frames, a full tap.
import { afterEach, describe, expect, it } from 'vitest';
import { constants, Program, type ProgramOptions, XDP } from '../support/harness.js';
import {
  type Bytes,
  cidv1,
  coalesce,
  ethernet,
  filler,
  hex,
  invariantHeader,
  ipv4,
  longHeader,
  u8,
  udp,
} from '../support/packets.js';

const { QT_MODE_IDLE, QT_MODE_DIVERT, QT_MODE_TAP, QT_TAP_LEAST, QT_TAP_SMALL, QT_TAP_LARGE } = constants;

let program: Program;
afterEach(() => program.close());

function load(options?: ProgramOptions) {
  program = new Program(options);
  return program;
}

/** The names of the counters that one frame moves. */
const moves = (frame: Bytes) => Object.keys(program.run(frame).counters);

const to = (port: number) => ethernet(ipv4(udp(longHeader(), { dstPort: port })));

/** A frame of `length` bytes whose DCID is CIDv1 of backend 17, or not CIDv1 at all. */
function frameOf(length: number, dcid = cidv1(17)): Bytes {
  const build = (rest: Bytes) => ethernet(ipv4(udp(invariantHeader({ dcid, rest }))));
  const frame = build(filler(length - build(u8()).length));
  expect(frame).toHaveLength(length);
  return frame;
}

it('is loaded idle, on the default port: it counts and passes everything', () => {
  load().addSocket(17);
  expect(moves(to(constants.QT_DEFAULT_PORT))).toEqual(['frames', 'long_header']);
  expect(program.tap()).toEqual([]);
});

it('watches the ports it is told to, from the next frame on', () => {
  load();
  for (const ports of [[443], [], [443, 8443], [4433]]) {
    program.configure({ ports });
    for (const port of [443, 4433, 8443]) {
      expect(moves(to(port))).toEqual(['frames', ports.includes(port) ? 'long_header' : 'other_port']);
    }
  }
});

it.each([QT_TAP_LEAST, QT_TAP_SMALL, 1000])('copies %i bytes of each frame when it is told to', (tapSize) => {
  load({ mode: QT_MODE_TAP, tapSize });
  for (const length of [100, tapSize, tapSize + 1, 1400]) {
    const frame = frameOf(length);
    program.run(frame);
    const [record] = program.tap();
    expect(record?.length).toBe(length);
    expect(hex(record?.bytes as Bytes)).toBe(hex(frame.subarray(0, tapSize)));
  }
});

it.each([
  ['an Initial', 1, 'initial', QT_TAP_LARGE],
  ['a Handshake', 1, 'handshake', QT_TAP_LEAST],
  ['a 0-RTT packet', 1, '0rtt', QT_TAP_LEAST],
  ['an Initial of version 2', 0x6b3343cf, 'initial', QT_TAP_LARGE],
  ['a Retry of version 2, coded as an Initial of version 1 is', 0x6b3343cf, 'retry', QT_TAP_LEAST],
  ['an Initial of draft-29', 0xff00001d, 'initial', QT_TAP_LARGE],
  ['an Initial of mvfst', 0xfaceb002, 'initial', QT_TAP_LARGE],
  ["an Initial of Google's T051", 0x54303531, 'initial', QT_TAP_LARGE],
  ['a version that nobody knows', 0x1a2a3a4a, 'initial', QT_TAP_LEAST],
] as const)('copies more of Initials than of others when it is told to: %s', (_, version, type, most) => {
  load({ mode: QT_MODE_TAP, tapSize: QT_TAP_LARGE, tapOtherSize: QT_TAP_LEAST });
  const frame = ethernet(ipv4(udp(coalesce(longHeader({ version, type }), filler(1300)))));
  program.run(frame);
  expect(program.tap()).toMatchObject([{ length: frame.length }]);
  program.run(frame);
  expect(hex(program.tap()[0]?.bytes as Bytes)).toBe(hex(frame.subarray(0, most)));
});

it('watches every port of all', () => {
  load({ ports: Array.from({ length: 65536 }, (_, port) => port) });
  for (const port of [0, 63, 64, 443, 32768, 65535]) expect(moves(to(port))).toEqual(['frames', 'long_header']);
});

it('changes its mode from the next frame on', () => {
  load().addSocket(17);
  const outcomes = [QT_MODE_DIVERT, QT_MODE_TAP, QT_MODE_IDLE, QT_MODE_DIVERT].map((mode) => {
    program.configure({ mode });
    return moves(to(4433)).slice(2);
  });
  expect(outcomes).toEqual([['redirected'], ['tapped'], [], ['redirected']]);
});

it('takes an unknown mode for a reason to pass', () => {
  load({ mode: 99 }).addSocket(17);
  expect(program.run(to(4433)).verdict).toBe(XDP.pass);
});

it('passes again when the socket is gone', () => {
  load({ mode: QT_MODE_DIVERT }).addSocket(17);
  expect(program.run(to(4433)).verdict).toBe(XDP.redirect);
  program.removeSocket(17);
  expect(program.run(to(4433)).verdict).toBe(XDP.pass);
});

it('redirects a frame of max_frame bytes, and copies a longer one', () => {
  load({ mode: QT_MODE_DIVERT, maxFrame: 1000 }).addSocket(17);
  expect(moves(frameOf(1000))).toEqual(['frames', 'long_header', 'redirected']);
  expect(moves(frameOf(1001))).toEqual(['frames', 'long_header', 'tapped']);
});

describe('the tap', () => {
  it.each([QT_TAP_SMALL - 1, QT_TAP_SMALL, QT_TAP_SMALL + 1, 1514, QT_TAP_LARGE, QT_TAP_LARGE + 1, 3000])(
    'copies a frame of %i bytes, up to the largest record',
    (length) => {
      load({ mode: QT_MODE_TAP });
      const frame = frameOf(length);
      expect(moves(frame)).toEqual(['frames', 'long_header', 'tapped']);
      const [record] = program.tap();
      expect(record?.length).toBe(length);
      expect(hex(record?.bytes ?? u8())).toBe(hex(frame.subarray(0, QT_TAP_LARGE)));
    },
  );

  it('counts each copy that finds it full, passes the frame, and goes on when there is room', () => {
    load({ mode: QT_MODE_TAP, tapBytes: 4096 });
    const frame = frameOf(200);
    let copied = 0;
    while (!moves(frame).includes('tap_full')) copied++;
    const full = program.run(frame);
    expect(full.verdict).toBe(XDP.pass);
    const one = { packets: 1, bytes: frame.length };
    expect(full.counters).toEqual({ frames: one, long_header: one, tapped: one, tap_full: one });

    expect(copied).toBeGreaterThan(0);
    expect(program.tap()).toHaveLength(copied);
    expect(moves(frame)).toEqual(['frames', 'long_header', 'tapped']);
  });
});

it('counts a CID however many others pass by', () => {
  load({ mode: QT_MODE_TAP });
  const steady = to(4433);
  for (let i = 0; i < 4 * constants.QT_CID_COUNTER_ENTRIES; i++) {
    program.run(frameOf(100, Uint8Array.of(2, i >> 8, i, 0)));
    program.run(steady);
  }
  const counted = program.cidCounts().find(({ bytes }) => hex(bytes) === hex(cidv1(17)));
  expect(counted?.packets).toBe(4 * constants.QT_CID_COUNTER_ENTRIES);
});

it('is far from the limits of the verifier: a million instructions walked, 512 bytes of stack', () => {
  for (const [name, { instructions, stack }] of Object.entries(load().verified)) {
    // In every run's output, so that growth is seen before it is too much.
    console.log(`${name}: ${instructions} instructions verified, ${stack} bytes of stack`);
    expect(instructions).toBeLessThan(250_000);
    expect(stack).toBeGreaterThan(0);
    // Of all its functions together, of which no call has all on the stack: the XDP program has three, one after the other.
    expect(stack).toBeLessThan(600);
  }
});
