// What of an interface is not as it was, and the command that restores it.
import type { InterfaceSnapshot } from '../native/addon.js';
import { printable } from '../text/format.js';

export interface InterfaceChange {
  /** A feature ("rx-lro"), `channels`, `mtu`, `promiscuity`, `xdp`, `carrier` or `carrier_changes`. */
  what: string;
  before: string | number;
  after: string | number;
  /** What to type; null where nothing undoes it. */
  restore: string | null;
}

/** The command that requests features of an interface. */
export function switchOn(name: string, features: readonly string[]): string {
  return `sudo ethtool -K ${name} ${features.map((feature) => `${feature} on`).join(' ')}`;
}

/** In ethtool's words. */
function featureState({ features }: InterfaceSnapshot, name: string): string {
  const feature = features.find((each) => each.name === name);
  if (!feature) return 'off';
  return feature.active ? 'on' : 'off [requested on]';
}

function featureChanges(before: InterfaceSnapshot, after: InterfaceSnapshot): InterfaceChange[] {
  const names = new Set([...before.features, ...after.features].map(({ name }) => name));
  return [...names].map((what) => {
    const was = featureState(before, what);
    const restore = was === 'off' ? `sudo ethtool -K ${after.name} ${what} off` : switchOn(after.name, [what]);
    return { what, before: was, after: featureState(after, what), restore };
  });
}

/** What is different, in no state of which quic-top is still there. */
export function interfaceChanges(before: InterfaceSnapshot, after: InterfaceSnapshot): InterfaceChange[] {
  const { name } = after;
  const channels = ({ rxChannels, combinedChannels }: InterfaceSnapshot) => rxChannels + combinedChannels;
  const kind = before.combinedChannels > 0 ? 'combined' : 'rx';
  const carrier = (snapshot: InterfaceSnapshot) => (snapshot.carrier ? 'on' : 'off');
  const rows: InterfaceChange[] = [
    ...featureChanges(before, after),
    {
      what: 'channels',
      before: channels(before),
      after: channels(after),
      restore: `sudo ethtool -L ${name} ${kind} ${channels(before)}`,
    },
    { what: 'mtu', before: before.mtu, after: after.mtu, restore: `sudo ip link set dev ${name} mtu ${before.mtu}` },
    { what: 'promiscuity', before: before.promiscuity, after: after.promiscuity, restore: null },
    {
      what: 'xdp',
      before: before.program,
      after: after.program,
      restore: before.program === 0 ? `sudo ip link set dev ${name} xdp off` : null,
    },
    { what: 'carrier', before: carrier(before), after: carrier(after), restore: null },
    { what: 'carrier_changes', before: before.carrierChanges, after: after.carrierChanges, restore: null },
  ];
  return rows.filter((row) => row.before !== row.after);
}

/** One change in a line for people. */
export function changeText({ what, before, after, restore }: InterfaceChange): string {
  const text = `${what} was ${before} and is ${after}`;
  if (what === 'carrier_changes') return `${text}: the link went down and up, which cannot be undone`;
  return restore === null ? text : `${text}; to restore it: ${printable(restore)}`;
}
