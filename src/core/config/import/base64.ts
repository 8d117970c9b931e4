// Base64 that is what it claims to be: Buffer.from() skips what it does not know.

/** The bytes, of either alphabet (RFC 4648), padded or not; null: it is not base64. */
export function base64Bytes(text: string): Uint8Array | null {
  const digits = text.replace(/={0,2}$/, '');
  const isPadded = digits.length === text.length || text.length % 4 === 0;
  return isPadded && digits.length % 4 !== 1 && /^[\w+/-]*$/.test(digits) ? Buffer.from(digits, 'base64') : null;
}
