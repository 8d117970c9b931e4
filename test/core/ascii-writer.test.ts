import { expect, it } from 'vitest';
import { AsciiWriter, ascii } from '../../src/core/ascii-writer.js';

it('writes whole numbers as String() and padStart() do', () => {
  const out = new AsciiWriter();
  const numbers = [0, 9, 10, 99, 65_535, 999_999_999, 1e9, 1e9 + 7, 4_294_967_295, 1e15, Number.MAX_SAFE_INTEGER];
  for (const value of numbers) {
    for (const digits of [1, 5, 9, 12]) {
      out.decimal(value, digits);
      expect(out.take().toString()).toBe(String(value).padStart(digits, '0'));
    }
  }
});

it('grows with what is written, and gives out memory that stays as it is', () => {
  const out = new AsciiWriter();
  out.piece(ascii('before'));
  out.text('x'.repeat(1_000_000));
  out.reserve(8);
  out.hex(Uint8Array.of(0x00, 0x9f, 0xff, 1), 1, 4);
  const line = out.take();
  out.text('y'.repeat(100));
  expect(line.toString()).toBe(`before${'x'.repeat(1_000_000)}9fff01`);
  expect(out.length).toBe(100);
});
