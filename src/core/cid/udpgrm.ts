// What tells a connection ID of Cloudflare's udpgrm by itself: its checksum.

/**
 * Whether a CID begins as udpgrm's do: 1, the index of a socket, three bits of a checksum and five of a generation
 * (include/udpgrm_internal.h). One in eight others that begin with 1 does by chance.
 */
export function isUdpgrm(bytes: Uint8Array, at = 0): boolean {
  const [first, index, second] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  if (first !== 1 || index === undefined || second === undefined) return false;
  const generation = second & 31;
  const sum = 0xd ^ (index >> 4) ^ (index & 15) ^ (generation >> 4) ^ (generation & 15);
  return second >> 5 === ((sum & 7) ^ (sum >> 3));
}
