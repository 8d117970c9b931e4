// A connection ID that names a backend, as the eye should read it.
import type { Theme } from '../theme/theme.js';

/** CIDv1: byte 0 is the CID version, bytes 2 and 3 the backend. Spaces set them apart: `01 33 0011 39ab...`. */
export function spacedCid(digits: string): string {
  return [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 8), digits.slice(8)].join(' ').trimEnd();
}

/** Colours what `spacedCid` set apart. */
export function paintCid(text: string, theme: Theme): string {
  return (
    theme.paint('cidVersion', text.slice(0, 2)) +
    theme.paint('dim', text.slice(2, 6)) +
    theme.paint('cidBackend', text.slice(6, 10)) +
    text.slice(10)
  );
}
