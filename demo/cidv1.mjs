import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The signing functions of a @matrixai/quic server whose connection IDs are CIDv1: byte 0 is 1, bytes 2 and 3 are the
 * backend. That server takes the first 20 bytes of a signature of the client's DCID as its own connection ID, so a
 * signature is an HMAC with these three bytes written over. Retry tokens are signed by the same function; 29 bytes of
 * the HMAC remain to protect them.
 * @param {readonly number[]} backends among which the connections are spread; none: signatures as they are, as that server's own
 */
export function cidv1Signing(backends) {
  /**
   * @param {ArrayBuffer} key
   * @param {ArrayBuffer} data
   */
  const signature = (key, data) => {
    const bytes = new Uint8Array(createHmac('sha256', new Uint8Array(key)).update(new Uint8Array(data)).digest());
    if (backends.length === 0) return bytes;
    const backend = backends[/** @type {number} */ (bytes.at(-1)) % backends.length];
    new DataView(bytes.buffer).setUint16(2, /** @type {number} */ (backend));
    bytes[0] = 1;
    return bytes;
  };
  return {
    /** @type {(key: ArrayBuffer, data: ArrayBuffer) => Promise<ArrayBuffer>} */
    sign: async (key, data) => signature(key, data).buffer,
    /** @type {(key: ArrayBuffer, data: ArrayBuffer, claimed: ArrayBuffer) => Promise<boolean>} */
    verify: async (key, data, claimed) =>
      claimed.byteLength === 32 && timingSafeEqual(signature(key, data), new Uint8Array(claimed)),
  };
}
