// What an interface of the guest is like: it shall be the same after quic-top as before.

import type { Guest } from './guest.js';

export interface InterfaceState {
  /** Features, channels, MTU, promiscuity, changes of the carrier, programs: by name. */
  values: Record<string, string>;
  /** Where an XDP program is attached; `none` is nowhere. */
  xdp: string;
}

/** The modes of `ip -json link`, as linux/if_link.h has them. */
const XDP_MODES: Record<number, string> = { 1: 'native', 2: 'generic', 3: 'offloaded' };

interface Link {
  mtu: number;
  promiscuity: number;
  xdp?: { mode: number };
}

export async function interfaceState(guest: Guest, nic: string): Promise<InterfaceState> {
  const output = await guest.sh(`
    ip -details -json link show ${nic}
    echo
    ethtool -k ${nic}
    ethtool -l ${nic} 2>/dev/null | sed -n '/^Current/,$p'`);
  const [first = '', ...lines] = output.split('\n');
  const carrierChanges = (await guest.read(`/sys/class/net/${nic}/carrier_changes`)).trim();
  const [link] = JSON.parse(first) as [Link];
  const { mtu, promiscuity } = link;
  const values: Record<string, string> = { mtu: `${mtu}`, promiscuity: `${promiscuity}` };
  values.carrier_changes = carrierChanges;
  for (const line of lines) {
    const [, name, value] = /^\s*([^:]+):\s*(.+)$/.exec(line) ?? [];
    if (name && value) values[name] = value;
  }
  const xdp = link.xdp ? (XDP_MODES[link.xdp.mode] ?? 'several') : 'none';
  return { values: { ...values, xdp }, xdp };
}

export interface Difference {
  what: string;
  before: string;
  after: string;
}

/** What is different. */
export function differences(before: InterfaceState, after: InterfaceState): Difference[] {
  const names = new Set([...Object.keys(before.values), ...Object.keys(after.values)]);
  return [...names]
    .map((what) => ({ what, before: before.values[what] ?? 'none', after: after.values[what] ?? 'none' }))
    .filter((change) => change.before !== change.after);
}

/** Switches the features of the interface back, so that the next trial begins as this one did. */
export async function restoreFeatures(
  guest: Guest,
  nic: string,
  before: InterfaceState,
  after: InterfaceState,
): Promise<void> {
  const words = Object.entries(before.values)
    .filter(([name, value]) => /^(on|off)/.test(value) && after.values[name] !== value)
    .flatMap(([name, value]) => [name, value.split(' ')[0] as string]);
  if (words.length > 0) await guest.run(['ethtool', '-K', nic, ...words]);
}
