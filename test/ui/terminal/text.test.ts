import { describe, expect, it } from 'vitest';
import { count, printable } from '../../../src/core/text/format.js';
import { bar, cell, clip, columnsOf, fill, short, shortEndpoint, sparkline } from '../../../src/ui/terminal/text.js';

describe('clip', () => {
  it('counts columns, not SGR sequences, and keeps those', () => {
    expect(clip('\x1b[1;38;5;75mabc\x1b[0mdef', 4)).toEqual({ text: '\x1b[1;38;5;75mabc\x1b[0md', columns: 4 });
  });

  it('keeps the sequences that follow the last column: they end what was begun', () => {
    expect(clip('\x1b[1mab\x1b[22mc', 2).text).toBe('\x1b[1mab\x1b[22m');
  });

  it.each([
    ['\x1b]0;title\x07x', '?]0;title?x'],
    ['\x1b[2Jx', '?[2Jx'],
    ['\x1b[31', '?[31'],
    ['a\rb\nc\td\x00\x7f\x9b', 'a?b?c?d???'],
    ['宽🙂é', '???'],
    ['\u202e\u200b', '??'],
  ])('lets no other control or wide character through: %j', (line, safe) => {
    expect(clip(line, 80).text).toBe(safe);
  });

  it('lets the signs of the screen through', () => {
    const signs = '·…‖●■─│╭╮╰╯▁█▏⠿';
    expect(clip(signs, 80)).toEqual({ text: signs, columns: signs.length });
  });
});

describe('text', () => {
  it('fills up to the width and cuts at it', () => {
    expect(fill('ab', 4)).toBe('ab  ');
    expect(fill('abcdef', 4)).toBe('abcd');
    expect(columnsOf('\x1b[1mab\x1b[0m')).toBe(2);
  });

  it('escapes everything outside printable ASCII, and the backslash', () => {
    expect(printable('eth0\x1b[2J\\é')).toBe('eth0\\x1b[2J\\x5c\\xc3\\xa9');
  });

  it('shows that a cell was cut', () => {
    expect([cell('abc', 5), cell('abc', 5, 'right'), cell('abcdef', 4), cell('abc', 0)]).toEqual([
      'abc  ',
      '  abc',
      'abc…',
      '',
    ]);
  });

  it('writes numbers for people', () => {
    expect([0, 7, 9.44, 950, 999.4, 999.6, 1234, 12345, 123456, 1.2e9].map(short)).toEqual([
      '0',
      '7',
      '9.4',
      '950',
      '999',
      '1.00k',
      '1.23k',
      '12.3k',
      '123k',
      '1.20G',
    ]);
    expect(count(1234567)).toBe('1,234,567');
  });

  it('draws bars of constant width, and sparklines', () => {
    expect([0, 0.5, 1, 2, 0.01].map((share) => bar(share, 4))).toEqual(['    ', '■■  ', '■■■■', '■■■■', '■   ']);
    expect(sparkline([0, 5, 10])).toBe('▁▄█');
  });
});

describe('shortEndpoint', () => {
  it.each([
    ['10.0.0.1:4433', 13, '10.0.0.1:4433'],
    ['10.0.0.1:4433', 12, '10.0.0.1'],
    ['10.0.0.1:4433', 7, '10.0.0…'],
    ['[fd77::1]:443', 12, 'fd77::1'],
    ['[2001:db8:1:2::1]:443', 15, '2001:db8:1:2::1'],
    ['[2001:db8:1:2::1]:443', 14, '2001:db8:1:2:…'],
  ])('%s in %i columns', (endpoint, width, text) => expect(shortEndpoint(endpoint, width)).toBe(text));
});
