// Texts that need not be UTF-8: no byte is lost on the way to text and back.
import { expect, it } from 'vitest';
import { bytesOf, textOf } from '../../../src/core/text/bytes-text.js';
import { printable } from '../../../src/core/text/format.js';
import { random } from '../../support/random.js';

it('reads UTF-8 as it is, and any other byte as a lone surrogate', () => {
  expect(textOf(Buffer.from('é😀'))).toBe('é😀');
  expect(textOf(Buffer.from([0x71, 0xff, 0x80]))).toBe('q\udcff\udc80');
  expect(bytesOf('q\udcff\udc80')).toEqual(Buffer.from([0x71, 0xff, 0x80]));
  expect(printable('q\udcff')).toBe('q\\xff');
});

it('gives any bytes back', () => {
  const next = random(1);
  for (let i = 0; i < 10_000; i++) {
    const bytes = Buffer.from(Array.from({ length: next(8) }, () => (next(2) ? next(256) : 0xc0 + next(64))));
    expect(bytesOf(textOf(bytes))).toEqual(bytes);
  }
});

it('gives any other text back, too', () => {
  for (const text of ['', 'eth0', 'é', '\u{10fcff}', '\ud83d\ude00']) expect(textOf(bytesOf(text))).toBe(text);
  // As Python: what decodes does, and what does not is kept.
  expect(textOf(Buffer.from([0xc3, 0xa9, 0xff]))).toBe('é\udcff');
  expect(bytesOf('é\udcff')).toEqual(Buffer.from([0xc3, 0xa9, 0xff]));
});
