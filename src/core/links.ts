// The network interfaces of this namespace by netlink, which needs no privilege; /sys may show another namespace's.
import { type Link, loadAddon, native } from './addon.js';

/** @throws QuicTopError */
export function listLinks(): Link[] {
  return native(() => loadAddon().links());
}

/** Kinds whose `lower` is the other end of a cable, which gets nothing that arrives at this end. */
const CABLES = new Set(['veth', 'netkit']);

/** What gets what arrives at an interface: the bridge, bond ... that it is a member of, and VLANs, macvlans ... on it. */
export function stackedOn({ index, master }: Link, links: readonly Link[]): string[] {
  return links
    .filter((upper) => upper.index === master || (upper.lower === index && !CABLES.has(upper.kind)))
    .map(({ name, kind }) => (kind === '' ? name : `${kind} ${name}`));
}
