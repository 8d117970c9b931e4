// The addon's lines of JSON: whatever is in a record, and nothing outside of what it is given.
import { describe, expect, it } from 'vitest';
import { ISSUE, PACKET_LINE, RECORD, RECORD_FLAGS } from '../../src/core/native/abi.gen.js';
import { loadAddon } from '../../src/core/native/addon.js';
import { TYPE_NAMES } from '../../src/core/recorder/record.js';
import { SECOND_EXACT } from '../../src/core/text/format.js';
import { random } from '../support/random.js';

const ISSUES = Object.keys(ISSUE);
const TEXTS = `,"more":"${'m'.repeat(2 * 510)}","issues":[]}`;
const WHOLE = { cids: 0, tail: 0, issues: TEXTS.length - 2, end: TEXTS.length };
const LATEST = 2n ** 64n - 1n;

const { PacketJson, ipv6Text } = loadAddon();
const json = new PacketJson(LATEST, TYPE_NAMES, ['cidv1'], ISSUES);

/** Lines of records of such bytes. */
function linesOf(count: number, byte: (at: number) => number, rest: typeof WHOLE): Uint32Array {
  const lines = new Uint32Array((count * PACKET_LINE.SIZE) / 4);
  const bytes = new Uint8Array(lines.buffer);
  for (let i = 0; i < count; i++) {
    for (let at = 0; at < RECORD.SIZE; at++) bytes[i * PACKET_LINE.SIZE + at] = byte(at);
    for (const [name, value] of Object.entries(rest)) {
      lines[(i * PACKET_LINE.SIZE + PACKET_LINE[name as keyof typeof WHOLE]) / 4] = value;
    }
  }
  return lines;
}

const format = (lines: Uint32Array, count: number, texts = TEXTS) =>
  Buffer.from(json.format(lines, count, texts, '"eth0"', true)).toString('latin1');

it.each([0, 9])('writes a line of JSON for any bytes in a record, with CIDs at %d', (cids) => {
  const below = random(11);
  const count = 2000;
  const lines = format(
    linesOf(count, () => below(256), { ...WHOLE, cids }),
    count,
  ).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines).toHaveLength(count);
  for (const line of lines) {
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    const packet = JSON.parse(line);
    expect(packet).toMatchObject({ event: 'packet', interface: 'eth0' });
    expect(TYPE_NAMES).toContain(packet.type);
    expect(packet.vlan.length).toBeLessThanOrEqual(2);
    if (packet.time !== null) expect(new Date(packet.time).toISOString().slice(0, 23)).toBe(packet.time.slice(0, 23));
    if (cids === 0) expect(Math.max(packet.dcid.length, packet.scid.length)).toBeLessThanOrEqual(40);
  }
});

it('writes the largest values exactly', () => {
  const wide = (flags: number) => (at: number) => (at === RECORD.flags ? flags : at === RECORD.ip_version ? 6 : 0xff);
  const line = format(linesOf(1, wide(0xff & ~RECORD_FLAGS.RECORD_NO_TIME), WHOLE), 1);
  const second = new Date(Number((2n * LATEST) / SECOND_EXACT) * 1000).toISOString().slice(0, 19);
  expect(line).toContain(`"frame":${LATEST},"index":255,"time":"${second}.419103230Z","rx_queue":65535`);
  expect(line).toContain(`,"dst":"${Array(8).fill('ffff').join(':')}","dst_port":65535,"vlan":[65535,65535]`);
  expect(JSON.parse(line).issues).toEqual(ISSUES);
});

describe('refuses', () => {
  const { length } = TEXTS;
  it.each([
    { ...WHOLE, end: length + 1 },
    { ...WHOLE, end: 2 ** 32 - 1 },
    { ...WHOLE, tail: WHOLE.issues + 1 },
    { ...WHOLE, issues: length },
    { ...WHOLE, issues: 2 ** 32 - 1 },
    { ...WHOLE, cids: length - 1019 },
    { ...WHOLE, cids: 2 ** 32 - 1 },
  ])('a line that points past its texts: %j', (rest) => {
    expect(() =>
      format(
        linesOf(1, () => 0xff, rest),
        1,
      ),
    ).toThrow('a line is not in its texts');
  });

  it('more lines than there are', () => {
    const lines = linesOf(2, () => 0, WHOLE);
    expect(format(lines, 0)).toBe('');
    expect(format(lines, 2).split('\n')).toHaveLength(3);
    expect(() => format(lines, 3)).toThrow('too few lines');
    expect(() => format(lines.subarray(1), 2)).toThrow('too few lines');
    expect(format(lines.subarray(PACKET_LINE.SIZE / 4), 1)).toBe(format(lines, 1));
  });

  it('an address that is cut', () => {
    const bytes = new Uint8Array(20);
    expect(ipv6Text(bytes, 4)).toBe('::');
    for (const [short, offset] of [
      [bytes, 5],
      [bytes, -1],
      [bytes.subarray(5), 0],
    ] as const) {
      expect(() => ipv6Text(short, offset)).toThrow('too few bytes');
    }
  });
});
