// How numbers that a registry names are shown.
import type { Show } from './byte-reader.js';

export type Names = Readonly<Record<number, string>>;

const hexNumber = (digits: number) => (value: number | bigint) => `0x${value.toString(16).padStart(digits, '0')}`;
export const hex8 = hexNumber(2);
export const hex16 = hexNumber(4);
export const hex32 = hexNumber(8);

/** `TLS_AES_128_GCM_SHA256 (0x1301)`, or the number alone. */
export const nameAndCode =
  (names: (value: number) => string | undefined, code: Show<number>): Show<number> =>
  (value) => {
    const name = names(value);
    return name === undefined ? code(value) : `${name} (${code(value)})`;
  };
