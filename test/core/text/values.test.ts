import { describe, expect, it } from 'vitest';
import {
  formatPorts,
  parseCount,
  parseCpus,
  parseDuration,
  parsePorts,
  parseSize,
  parseSnaplen,
} from '../../../src/core/text/values.js';

describe('parsePorts', () => {
  it.each([
    ['4433', [4433]],
    ['443,4433', [443, 4433]],
    ['8000-8003', [8000, 8001, 8002, 8003]],
    ['5,1-3,2', [1, 2, 3, 5]],
    ['1,65535', [1, 65535]],
  ])('%s', (text, ports) => expect(parsePorts(text, '--port')).toEqual(ports));

  it.each(['0', '70000', '65536', 'x', '', '1,', '-1', '10-5', '1-2-3', '1.5', '0x10', '٣'])('refuses "%s"', (text) =>
    expect(() => parsePorts(text, '--port')).toThrow(/^--port: "/),
  );
});

describe('parseCpus', () => {
  it.each([
    ['2', [2]],
    ['0,2-5', [0, 2, 3, 4, 5]],
    ['3,1', [3, 1]],
    ['1, 1', [1, 1]],
    ['0-0,1023', [0, 1023]],
  ])('%s, in the order of the list', (text, cpus) => expect(parseCpus(text, '--cpu')).toEqual(cpus));

  it.each(['', 'x', '-1', '1024', '99999', '0,', '5-2', '1-2-3', '1.5', '0x1', 'all'])('refuses "%s"', (text) =>
    expect(() => parseCpus(text, '--cpu')).toThrow(/^--cpu: ".* (CPU from 0 to 1023|range of CPUs)$/),
  );
});

it('formatPorts joins neighbours', () => {
  expect(formatPorts([443, 4433, 8000, 8001, 8002])).toBe('443,4433,8000-8002');
});

describe('parseSize', () => {
  it.each([
    ['64M', 64 * 2 ** 20],
    ['1g', 2 ** 30],
    ['512k', 512 * 1024],
    ['4096', 4096],
  ])('%s', (text, bytes) => expect(parseSize(text, '--buffer')).toBe(bytes));

  it.each(['0', '', 'M', '-1M', '1.5M', '64MB', '1e9'])('refuses "%s"', (text) =>
    expect(() => parseSize(text, '--buffer')).toThrow(/^--buffer: /),
  );
});

describe('parseDuration', () => {
  it.each([
    ['10s', 10_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['3', 3000],
  ])('%s', (text, milliseconds) => expect(parseDuration(text, '--duration')).toBe(milliseconds));

  it.each(['0', '', 's', '-1s', '10 s x', '9999h', '1d'])('refuses "%s"', (text) =>
    expect(() => parseDuration(text, '--duration')).toThrow(/^--duration: /),
  );
});

describe('parseCount', () => {
  it('takes whole numbers within the limits', () => expect(parseCount('17', '-c', 1, 100)).toBe(17));
  it.each(['0', '101', '', '1.5', '1e1', 'x', '-1'])('refuses "%s"', (text) =>
    expect(() => parseCount(text, '-c', 1, 100)).toThrow(/^-c: .* 1 to 100$/),
  );
});

describe('parseSnaplen', () => {
  const parse = (text: string) => parseSnaplen(text, '-s', 64, 1000);

  it('takes one number, or one of each', () => {
    expect(parse('100')).toEqual({ initials: 100, others: 100 });
    expect(parse('initials:900,other:64')).toEqual({ initials: 900, others: 64 });
    expect(parse('other:64, initials:900')).toEqual({ initials: 900, others: 64 });
    expect(parse('other:240')).toEqual({ initials: 1000, others: 240 });
  });

  it.each([
    '',
    '63',
    'initials',
    'initials:',
    'initials:63',
    'other:1,other:2',
    'short:64',
    'initials:64,',
    '64,other:64',
  ])('refuses %j', (text) => expect(() => parse(text)).toThrow(/^-s: /));
});
