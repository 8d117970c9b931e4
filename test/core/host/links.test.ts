import { expect, it } from 'vitest';
import { uppersAmong } from '../../../src/core/host/links.js';
import type { Link } from '../../../src/core/native/addon.js';

const link = (index: number, name: string, more: Partial<Link> = {}): Link => ({
  index,
  name,
  ...{ kind: '', up: true, loopback: false, linkType: 1, mtu: 1500, master: 0, lower: 0, program: 0, native: false },
  statistics: { rx_dropped: 0, rx_missed_errors: 0, rx_fifo_errors: 0, rx_over_errors: 0 },
  ...more,
});

it('finds what stands on an interface, and what it is a member of', () => {
  const lo = link(1, 'lo', { loopback: true });
  const eth0 = link(2, 'eth0', { master: 3 });
  const bond0 = link(3, 'bond0', { kind: 'bond' });
  const vlan = link(4, 'eth0.7', { kind: 'vlan', lower: 2 });
  const deeper = link(5, 'bond0.7', { kind: 'vlan', lower: 3 });
  const port = link(6, 'lan1', { lower: 2 });
  const links = [lo, eth0, bond0, vlan, deeper, port];
  expect(uppersAmong(links, eth0)).toEqual(['bond bond0', 'vlan eth0.7', 'lan1']);
  expect(uppersAmong(links, bond0)).toEqual(['vlan bond0.7']);
  expect(uppersAmong(links, lo)).toEqual([]);
});

it.each(['veth', 'netkit'])('does not take the other end of a %s for something stacked', (kind) => {
  const ends = [link(2, 'a', { kind, lower: 3 }), link(3, 'b', { kind, lower: 2 })];
  for (const end of ends) expect(uppersAmong(ends, end)).toEqual([]);
});
