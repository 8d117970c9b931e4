import { isIPv6 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RecordView } from '../../../src/core/recorder/record.js';
import { dstText, srcText } from '../../../src/core/text/address.js';
import {
  Clock,
  dcidText,
  endpointText,
  printable,
  versionName,
  versionText,
  wrap,
} from '../../../src/core/text/format.js';
import { FakeRecorder } from '../../support/fake-recorder.js';

function record(packet: Partial<Parameters<FakeRecorder['add']>[0]>): RecordView {
  const fake = new FakeRecorder();
  fake.add({ time: 0, ...packet });
  const view = new RecordView();
  expect(fake.recorder.lanes[0]?.load(0, view)).toBe(true);
  return view;
}

/** The sixteen bytes of an address in any valid form, by the system's own parser. */
function ipv6Bytes(address: string): number[] {
  const host = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = host.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const zeros = Array<string>(8 - groups(head).length - groups(tail).length).fill('0');
  return [...groups(head), ...zeros, ...groups(tail)].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 255];
  });
}

describe('addresses', () => {
  it('IPv4', () => {
    const view = record({ src: [10, 0, 0, 2], dst: [192, 168, 255, 0] });
    expect([srcText(view), dstText(view)]).toEqual(['10.0.0.2', '192.168.255.0']);
  });

  // RFC 5952 section 4: no leading zeros, the longest run of zeros, the first of equals, never a single group.
  it.each([
    'fd77::1',
    '::',
    '::1',
    '1::',
    '2001:db8::1:0:0:1',
    '2001:db8:0:1:1:1:1:1',
    '1:2:3:4:5:6:7:8',
    '1:0:0:2::3',
  ])('IPv6 %s', (address) => {
    expect(isIPv6(address)).toBe(true);
    expect(srcText(record({ src: ipv6Bytes(address) }))).toBe(address);
  });

  it('with a port', () => {
    expect(endpointText('10.0.0.1', 4433)).toBe('10.0.0.1:4433');
    expect(endpointText('fd77::1', 4433)).toBe('[fd77::1]:4433');
  });
});

it('a CID longer than the record holds is cut, an empty one is empty', () => {
  expect(dcidText(record({ dcid: 'ab'.repeat(160) }))).toBe('ab'.repeat(20));
  expect(dcidText(record({ dcid: '' }))).toBe('');
});

it('versions have eight digits', () => {
  expect(versionText(1)).toBe('0x00000001');
  expect(versionText(0xfaceb002)).toBe('0xfaceb002');
});

describe('Clock', () => {
  const clock = new Clock(1_795_348_800_999_999_999n);
  it.each([
    [0, '2026-11-22T12:00:00.999999999Z'],
    [1, '2026-11-22T12:00:01.000000000Z'],
    [3_600_000_000_001, '2026-11-22T13:00:01.000000000Z'],
    [86_400_000_000_123, '2026-11-23T12:00:01.000000122Z'],
  ])('%d ns after the epoch', (time, text) => expect(clock.iso(time)).toBe(text));

  it('goes back and forth over a second', () => {
    const [before, after] = ['2026-11-22T12:00:00.999999999Z', '2026-11-22T12:00:01.000000000Z'];
    expect([1, 0, 1].map((time) => clock.iso(time))).toEqual([after, before, after]);
  });
});

it('names versions', () => {
  const versions = [0, 1, 0x6b3343cf, 0xff00001d, 0x1a2a3a4a, 0xfaceb00e, 0xfaceb001, 0xfaceb002, 0x51303530];
  const names = ['VN', 'v1', 'v2', 'd29', '1a2a3a4a', 'faceb00e', 'mvfst1', 'mvfst2', 'Q050'];
  expect(versions.map(versionName)).toEqual(names);
});

it('printable shows control characters, escapes and the backslash as bytes', () => {
  expect(printable('eth0')).toBe('eth0');
  expect(printable('a\x1b[2J\n\\\x7fé')).toBe('a\\x1b[2J\\x0a\\x5c\\x7f\\xc3\\xa9');
});

describe('wrap', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 8, ['one two', 'three']],
    ['one two three', 13, ['one two three']],
    ['a longer one', 3, ['a', 'lon', 'ger', 'one']],
    ['abc', 0, ['a', 'b', 'c']],
    ['', 3, ['']],
  ])('%j in %i columns', (text, width, lines) => expect(wrap(text, width)).toEqual(lines));
});
