// What the codes of CONNECTION_CLOSE are called, wherever one stands.
import { expect, it } from 'vitest';
import { closeTexts, errorNames, errorText, fullCloseText } from '../../../src/core/quic/close.js';

const close = (errorCode: number | bigint, reason = '', frameType = 0) => ({
  errorCode: BigInt(errorCode),
  frameType,
  reason,
});

it.each([
  [0, 'NO_ERROR 0x00', ['NO_ERROR 0x00', 'NO_ERROR', '0x00'], ['0x00', 'NO_ERROR']],
  [
    2,
    'CONNECTION_REFUSED 0x02',
    ['CONNECTION_REFUSED 0x02', 'CONNECTION_REFUSED', '0x02'],
    ['0x02', 'CONNECTION_REFUSED'],
  ],
  [0x12, '0x12', ['0x12', '0x12'], ['0x12', '']],
  [
    0x178,
    'CRYPTO_ERROR 0x178',
    ['CRYPTO_ERROR 0x178', 'CRYPTO_ERROR', '0x178', 'no_application_protocol'],
    ['0x178', 'no_application_protocol'],
  ],
  [0x1ff, 'CRYPTO_ERROR 0x1ff', ['CRYPTO_ERROR 0x1ff', 'CRYPTO_ERROR', '0x1ff', 'alert 255'], ['0x1ff', 'alert 255']],
  [0x200, '0x200', ['0x200', '0x200'], ['0x200', '']],
  [2n ** 62n - 1n, '0x3fffffffffffffff', ['0x3fffffffffffffff', '0x3fffffffffffffff'], ['0x3fffffffffffffff', '']],
])('%s', (code, text, names, texts) => {
  expect(errorText(close(code))).toBe(text);
  expect(errorNames(close(code))).toEqual(names);
  expect(closeTexts(close(code))).toEqual(texts);
  expect(closeTexts(close(code, 'so it is'))).toEqual([texts[0], 'so it is']);
});

it('says all of it in one line', () => {
  expect(fullCloseText(close(0x178, 'no ALPN', 6))).toBe(
    'CRYPTO_ERROR 0x178 (no_application_protocol), by CRYPTO (0x06): no ALPN',
  );
  expect(fullCloseText(close(0))).toBe('NO_ERROR 0x00');
});
