// The addon's lines of JSON: whatever is in a record, and nothing outside of what it is given.
import { describe, expect, it } from 'vitest';
import { CID_SCHEME, ISSUE, PACKET_LINE, RECORD, RECORD_FLAGS } from '../../src/core/native/abi.gen.js';
import { loadAddon } from '../../src/core/native/addon.js';
import { TYPE_NAMES } from '../../src/core/quic/packet-types.js';
import { SECOND_EXACT } from '../../src/core/text/format.js';
import { cidLayout } from '../support/cid-layouts.js';
import { random } from '../support/random.js';

const ISSUES = Object.keys(ISSUE);
const LATEST = 2n ** 64n - 1n;
const TRUSTS = ['some', 'all'];

const { PacketJson, ipv6Text } = loadAddon();
/** The longest server ids there are, in the bits that a CID has at its end. */
const LAYOUT = cidLayout({ scheme: CID_SCHEME.CID_OFFSET, least: 1, most: 20, id_bit: 40, id_bits: 120 });
const json = new PacketJson(LATEST, {
  cidLayouts: LAYOUT,
  types: TYPE_NAMES,
  schemes: ['offset'],
  trusts: TRUSTS,
  unroutables: [],
  issues: ISSUES,
});

const SNI = '"\\'.repeat(1000);
const ALPN = ['', ...Array(50).fill('"'), ''];
const TEXTS = ['', SNI, ALPN.map((name) => `${name}\n`).join(''), 'd'.repeat(510), '5'.repeat(510), 'more\n', ''];
/** Where each of them begins. */
const AT = TEXTS.map((_, i) => TEXTS.slice(0, i).join('\0').length + Math.min(i, 1));
const [, sni, alpn, dcid, scid, issues, empty] = AT as [number, number, number, number, number, number, number];

type Texts = Partial<Record<'dcid' | 'scid' | 'sni' | 'alpn' | 'ja4' | 'issues' | 'error' | 'reason', number>>;
const ALL = { dcid, scid, sni, alpn, ja4: sni, issues, error: dcid, reason: sni };

/** Lines of such bytes, which point to these texts. */
function linesOf(count: number, byte: (at: number) => number, texts: Texts): Uint32Array {
  const lines = new Uint32Array((count * PACKET_LINE.SIZE) / 4);
  const bytes = new Uint8Array(lines.buffer);
  for (let i = 0; i < count; i++) {
    for (let at = 0; at < PACKET_LINE.SIZE; at++) {
      const isText = at >= PACKET_LINE.dcid && at < PACKET_LINE.trust;
      bytes[i * PACKET_LINE.SIZE + at] = isText ? 0 : byte(at);
    }
    for (const [name, value] of Object.entries(texts)) {
      lines[(i * PACKET_LINE.SIZE + PACKET_LINE[name as keyof Texts]) / 4] = value;
    }
  }
  return lines;
}

const format = (lines: Uint32Array, count: number, texts = `${TEXTS.join('\0')}\0`) =>
  Buffer.from(json.format(lines, count, texts, '"eth0"', true)).toString('latin1');

it.each([{}, ALL])('writes a line of JSON for any bytes, with these texts: %j', (texts: Texts) => {
  const below = random(11);
  const count = 2000;
  const lines = format(
    linesOf(count, () => below(256), texts),
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
    // What a short header has not.
    const [hasDcid, hasScid] = [!packet.issues.includes('ISSUE_CID_LENGTH_UNKNOWN'), packet.form === 'long'];
    expect([packet.dcid !== null, packet.scid !== null, packet.version !== null]).toEqual([hasDcid, hasScid, hasScid]);
    if (texts === ALL) {
      expect(packet).toMatchObject({ sni: SNI, ja4: SNI, alpn: ALPN, reason: SNI });
      expect([packet.dcid ?? TEXTS[3], packet.scid ?? TEXTS[4]]).toEqual([TEXTS[3], TEXTS[4]]);
      expect(packet.issues.at(-1)).toBe('more');
      expect(packet.issues).not.toContain('ISSUE_CID_CUT');
    } else {
      expect(packet).toMatchObject({ sni: null, ja4: null, alpn: null, error: null, reason: null });
      for (const cid of [packet.dcid, packet.scid]) expect(cid?.length ?? 0).toBeLessThanOrEqual(40);
    }
  }
});

it('writes the largest values exactly', () => {
  const wide = (flags: number) => (at: number) => (at === RECORD.flags ? flags : at === RECORD.ip_version ? 6 : 0xff);
  const line = format(linesOf(1, wide(0xff & ~RECORD_FLAGS.RECORD_NO_TIME), {}), 1);
  const second = new Date(Number((2n * LATEST) / SECOND_EXACT) * 1000).toISOString().slice(0, 19);
  expect(line).toContain(`"frame":${LATEST},"index":255,"time":"${second}.419103230Z","rx_queue":65535`);
  expect(line).toContain(`,"dst":"${Array(8).fill('ffff').join(':')}","dst_port":65535,"vlan":[65535,65535]`);
  expect(line).toContain(`,"packet_number":${LATEST - 1n},`);
  expect(JSON.parse(line).issues).toEqual(ISSUES);
});

/** As flags it says that there is a backend, and a time. */
const BYTE = 0xfe & ~RECORD_FLAGS.RECORD_NO_TIME;

it('writes a server id of 15 bytes, and none of a layout that is not there', () => {
  const backendOf = (layout: number) =>
    JSON.parse(
      format(
        linesOf(1, (at) => (at === RECORD.cid_layout ? layout : BYTE), {}),
        1,
      ),
    );
  const { backend, queue } = backendOf(1);
  expect({ backend, queue }).toEqual({ backend: `0x${BYTE.toString(16).repeat(15)}`, queue: BYTE % 64 });
  for (const layout of [0, 9, 255]) expect(backendOf(layout)).toMatchObject({ backend: null, queue: null });
});

it('tells what is not known from what is false, empty or 0', () => {
  const decoded = (byte: number, texts: Texts = {}) =>
    JSON.parse(
      format(
        linesOf(1, (at) => (at === PACKET_LINE.packet_number || at >= PACKET_LINE.trust ? byte : 0), texts),
        1,
      ),
    );
  const nothing = {
    trust: null,
    decrypted: null,
    packet_number: null,
    ech: null,
    alpn: null,
    sni: null,
    ja4: null,
    reason: null,
  };
  expect(decoded(0)).toMatchObject({ ...nothing, issues: [] });
  const none = { sni: empty, alpn: empty, ja4: empty, issues: empty, error: empty, reason: empty };
  const least = {
    trust: 'some',
    decrypted: false,
    packet_number: 0,
    ech: false,
    alpn: [],
    sni: '',
    ja4: '',
    reason: '',
  };
  expect(decoded(1, none)).toMatchObject({ ...least, issues: [] });
  expect(decoded(2)).toMatchObject({ trust: 'all', decrypted: true, packet_number: 1, ech: true });
  expect(decoded(3)).toMatchObject({ trust: null });
});

describe('refuses', () => {
  it.each(Object.keys(ALL))('a line whose %s is not in its texts', (name) => {
    const { length } = TEXTS.join('\0');
    for (const at of [length + 1, length + 2, 2 ** 32 - 1]) {
      const lines = linesOf(1, () => 0xff, { [name]: at });
      expect(() => format(lines, 1)).toThrow('a line is not in its texts');
    }
    expect(() =>
      format(
        linesOf(1, () => 0xff, { [name]: 1 }),
        1,
        '\0without an end',
      ),
    ).toThrow('not in its texts');
  });

  it('more lines than there are', () => {
    const lines = linesOf(2, () => 0, {});
    expect(format(lines, 0)).toBe('');
    expect(format(lines, 2).split('\n')).toHaveLength(3);
    expect(() => format(lines, 3)).toThrow('too few lines');
    expect(() => format(lines.subarray(1), 2)).toThrow('too few lines');
    expect(format(lines.subarray(PACKET_LINE.SIZE / 4), 1)).toBe(format(lines, 1));
  });

  it('to work without names of types', () => {
    const none = { cidLayouts: LAYOUT, types: [], schemes: [], trusts: [], unroutables: [], issues: [] };
    expect(() => new PacketJson(0n, none)).toThrow('no names of packet types');
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
