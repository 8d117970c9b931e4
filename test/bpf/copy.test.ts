// What the tap keeps of a frame, at every length: the same by the kernel's bpf_xdp_load_bytes as by the loop that stands
// in for it before Linux 5.18.
import { afterAll, describe, expect, it } from 'vitest';
import { constants, Program } from '../support/harness.js';
import { cidv1, concat, ethernet, filler, hex, ipv4, longHeader, udp } from '../support/packets.js';

const { QT_MODE_TAP, QT_TAP_LEAST, QT_TAP_SMALL, QT_TAP_LARGE } = constants;
const LONGEST = QT_TAP_LARGE + 50;

const header = longHeader({ dcid: cidv1(17), scid: new Uint8Array(0) });
const frameOf = (padding: number) => ethernet(ipv4(udp(concat(header, filler(padding)))));
const shortest = frameOf(0).length;

describe.each([
  ['by the kernel', false],
  ['by itself', true],
])('copied %s', (_, copiesItself) => {
  it.each([QT_TAP_LEAST, QT_TAP_SMALL, QT_TAP_LARGE])('into records of %i bytes', (tapSize) => {
    const program = new Program({ mode: QT_MODE_TAP, tapSize, copiesItself });
    afterAll(() => program.close());
    for (let length = shortest; length <= LONGEST; length++) {
      const frame = frameOf(length - shortest);
      program.run(frame);
      const [record, ...others] = program.tap();
      expect(others).toEqual([]);
      expect(record?.length).toBe(length);
      expect(hex(record?.bytes as Uint8Array)).toBe(hex(frame.subarray(0, tapSize)));
    }
  });
});
