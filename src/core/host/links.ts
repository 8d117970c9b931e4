// The network interfaces of this namespace by netlink, which needs no privilege; /sys may show another namespace's.
import { type Link, loadAddon, native } from '../native/addon.js';

/** @throws QuicTopError */
export function listLinks(): Link[] {
  return native(() => loadAddon().links());
}

/** Kinds whose `lower` is the other end of a cable, which gets nothing that arrives at this end. */
const CABLES = new Set(['veth', 'netkit']);

/** The bridge, bond ... that an interface is a member of, and VLANs, macvlans ... on it. */
export function uppersAmong(links: readonly Link[], { index, master }: Link): string[] {
  return links
    .filter((upper) => upper.index === master || (upper.lower === index && !CABLES.has(upper.kind)))
    .map(({ name, kind }) => (kind === '' ? name : `${kind} ${name}`));
}

/**
 * What gets what arrives at an interface. What stands in another namespace is known only by the address that it adds to the
 * interface's. There an ipvlan, a VLAN with the interface's address and a passthru macvlan add none, and are not seen.
 * @throws QuicTopError
 */
export function stackedOn(link: Link, links: readonly Link[]): string[] {
  const uppers = uppersAmong(links, link);
  if (uppers.length > 0) return uppers;
  const [address, ...more] = native(() => loadAddon().otherAddresses(link.index));
  if (address === undefined) return [];
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return [`something with the address ${address}${others} (such as a macvlan in another namespace)`];
}
