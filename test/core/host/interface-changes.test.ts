import { expect, it } from 'vitest';
import { changeText, interfaceChanges } from '../../../src/core/host/interface-changes.js';
import type { InterfaceSnapshot } from '../../../src/core/native/addon.js';

const BEFORE: InterfaceSnapshot = {
  name: 'eth0',
  program: 0,
  mtu: 1500,
  promiscuity: 0,
  carrier: true,
  carrierChanges: 1,
  rxChannels: 0,
  combinedChannels: 2,
  features: [
    { name: 'rx-lro', active: true, requested: true },
    { name: 'rx-gro', active: true, requested: true },
  ],
};

it('finds nothing where nothing has changed', () => {
  expect(interfaceChanges(BEFORE, structuredClone(BEFORE))).toEqual([]);
});

it.each<[string, Partial<InterfaceSnapshot>, string | number, string | number, string | null]>([
  ['channels', { combinedChannels: 4 }, 2, 4, 'sudo ethtool -L eth0 combined 2'],
  ['mtu', { mtu: 3498 }, 1500, 3498, 'sudo ip link set dev eth0 mtu 1500'],
  ['promiscuity', { promiscuity: 1 }, 0, 1, null],
  ['xdp', { program: 7 }, 0, 7, 'sudo ip link set dev eth0 xdp off'],
  ['carrier', { carrier: false }, 'on', 'off', null],
  ['carrier_changes', { carrierChanges: 5 }, 1, 5, null],
  ['rx-lro', { features: BEFORE.features.slice(1) }, 'on', 'off', 'sudo ethtool -K eth0 rx-lro on'],
  [
    'rx-lro',
    { features: [{ name: 'rx-lro', active: false, requested: true }, ...BEFORE.features.slice(1)] },
    'on',
    'off [requested on]',
    'sudo ethtool -K eth0 rx-lro on',
  ],
  [
    'rx-all',
    { features: [...BEFORE.features, { name: 'rx-all', active: true, requested: true }] },
    'off',
    'on',
    'sudo ethtool -K eth0 rx-all off',
  ],
])('tells of %s', (what, change, before, after, restore) => {
  expect(interfaceChanges(BEFORE, { ...BEFORE, ...change })).toEqual([{ what, before, after, restore }]);
});

it('counts the channels that only receive by themselves', () => {
  const before = { ...BEFORE, rxChannels: 4, combinedChannels: 0 };
  expect(interfaceChanges(before, { ...before, rxChannels: 2 })[0]?.restore).toBe('sudo ethtool -L eth0 rx 4');
});

it('says what to type, and what nothing undoes', () => {
  const [mtu] = interfaceChanges(BEFORE, { ...BEFORE, mtu: 1400 });
  expect(mtu && changeText(mtu)).toBe('mtu was 1500 and is 1400; to restore it: sudo ip link set dev eth0 mtu 1500');
  const [carrier] = interfaceChanges(BEFORE, { ...BEFORE, carrierChanges: 5 });
  expect(carrier && changeText(carrier)).toMatch(/^carrier_changes was 1 and is 5: the link went down and up/);
});
