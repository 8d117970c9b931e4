// IP addresses as people write them.
import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** The address as the rest of the program writes it; null: it is none. */
export function parseAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  // Scopes (fe80::1%eth0) are of this host alone.
  if (!isIPv6(text) || text.includes('%')) return null;
  return new SocketAddress({ address: text, family: 'ipv6' }).address;
}
