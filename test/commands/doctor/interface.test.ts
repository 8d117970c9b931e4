// Rows that no driver of a private network triggers.
import { expect, it } from 'vitest';
import type { WatchedInterface } from '../../../src/commands/doctor/check.js';
import { interfaceChecks } from '../../../src/commands/doctor/interface.js';
import { LINK_TYPE } from '../../../src/core/native/abi.gen.js';
import { type Device, type LinkStatistics, loadAddon } from '../../../src/core/native/addon.js';

/** What was lost, by the kernel's counters and by the driver's own. */
type Counters = Partial<LinkStatistics> & { own?: Record<string, number> };

/** What a row says of eth0, where the driver says this of itself, and has native XDP. */
function lookAt(row: string, about: Partial<Device>, mtu = 1500, counters: Counters = {}) {
  const device: Device = { driver: '', rxQueues: 1, mostRxQueues: 1, pageSize: 4096, features: [], ...about };
  const { own = {}, ...more } = counters;
  const driverStatistics = () => Object.entries(own).map(([name, value]) => ({ name, value }));
  const addon = { xdpFeatures: () => 1, driverStatistics };
  const statistics = { rx_dropped: 0, rx_missed_errors: 0, rx_fifo_errors: 0, rx_over_errors: 0, ...more };
  const link = { name: 'eth0', linkType: LINK_TYPE.LINK_ETHERNET, mtu, statistics };
  const watched = { link, links: [], device, addon };
  return interfaceChecks.checks.find(({ name }) => name === row)?.look(watched as unknown as WatchedInterface);
}
/** With these features on. */
const look = (row: string, ...features: Device['features']) => lookAt(row, { driver: 'mlx5_core', features });
const feature = (name: string, fixed = false) => ({ name, fixed });

it('warns of frames that are glued together where the driver then refuses XDP', () => {
  expect(look('gro, lro', feature('rx-gro'), feature('rx-checksum'))?.status).toBe('ok');
  expect(look('gro, lro', feature('rx-lro'))).toMatchObject({
    status: 'warning',
    mend: 'sudo ethtool -K eth0 rx-lro off',
  });
  expect(look('gro, lro', feature('rx-lro'), feature('rx-gro-hw'))?.mend).toBe(
    'sudo ethtool -K eth0 rx-lro off rx-gro-hw off',
  );
});

it.each([
  ['virtio_net', 'rx-gro-hw'],
  ['vmxnet3', 'rx-lro'],
  ['e1000e', 'rx-lro'],
])('does not warn of them where XDP goes with it, or switches it off: %s, %s', (driver, name) => {
  const features = [feature(name)];
  expect(lookAt('gro, lro', { driver, features })).toMatchObject({ status: 'ok', text: expect.stringMatching(/^rx-/) });
});

it.each([
  ['ena', 'combined 4'],
  ['gve', 'rx 4 tx 4'],
])('tells when %s has too many channels in use for native XDP', (driver, channels) => {
  expect(lookAt('xdp', { driver, rxQueues: 5, mostRxQueues: 8 })).toMatchObject({
    status: 'warning',
    text: expect.stringMatching(/^divert takes --xdp generic, .* at most 4 of its 8 channels .* 5 are$/),
    mend: `sudo ethtool -L eth0 ${channels}`,
  });
  expect(lookAt('xdp', { driver, rxQueues: 4, mostRxQueues: 8 })).toEqual({ status: 'ok', text: 'native' });
});

it('wants no spare queues of other drivers', () => {
  for (const driver of ['virtio_net', 'i40e'])
    expect(lookAt('xdp', { driver, rxQueues: 8, mostRxQueues: 8 })).toEqual({ status: 'ok', text: 'native' });
});

it.each([
  ['', 4096, 3506],
  ['ena', 4096, 3498],
  ['bnxt_en', 4096, 3502],
  ['gve', 4096, 2030],
  ['', 65536, 64946],
])('knows the largest MTU of driver "%s" with pages of %i bytes: %i', (driver, pageSize, most) => {
  expect(lookAt('mtu', { driver, pageSize }, most)?.status).toBe('ok');
  expect(lookAt('mtu', { driver, pageSize }, most + 1)).toMatchObject({
    status: 'warning',
    mend: 'sudo ip link set dev eth0 mtu 1500',
  });
});

it.each([
  [{ driver: 'i40e', rxQueues: 4, mostRxQueues: 8 }, '4, with at most 128 MiB for frames in mode divert'],
  [{ driver: 'i40e', rxQueues: 64, mostRxQueues: 64 }, '64, with at most 128 MiB for frames in mode divert'],
  [
    { driver: 'virtio_net', rxQueues: 2, mostRxQueues: 4 },
    '2, and up to 4 while XDP runs, with at most 128 MiB for frames in mode divert',
  ],
  [{ driver: 'virtio_net', rxQueues: 2, mostRxQueues: 2 }, '2, with at most 64 MiB for frames in mode divert'],
])('tells what the RX queues take: %j', (device, text) => {
  expect(lookAt('rx queues', device)).toEqual({ status: 'ok', text });
});

it.each<[string, Counters, string, string]>([
  ['', {}, 'ok', 'none since boot'],
  ['e1000e', { own: { rx_packets: 7, rx_missed_errors: 0 } }, 'ok', 'none since boot'],
  ['', { rx_dropped: 3 }, 'ok', 'none since boot but rx_dropped 3 (also what no protocol wanted or XDP dropped)'],
  [
    'mlx5_core',
    { rx_missed_errors: 5, rx_dropped: 3, own: { rx_out_of_buffer: 5, tx_discards_phy: 1 } },
    'warning',
    'lost since boot: rx_missed_errors 5, rx_out_of_buffer 5, rx_dropped 3 (also what no protocol wanted or XDP dropped)',
  ],
  ['virtio_net', { own: { rx0_drops: 4, rx1_drops: 2, rx0_xdp_drops: 9 } }, 'warning', 'lost since boot: rxN_drops 6'],
])('tells what the network card lost: %s, %j', (driver, counters, status, text) => {
  expect(lookAt('nic losses', { driver }, 1500, counters)).toEqual({ status, text });
});

it('tells another way where the driver cannot switch it off', () => {
  for (const [row, name] of [
    ['gro, lro', 'rx-gro-hw'],
    ['vlan', 'rx-vlan-hw-parse'],
  ] as const) {
    expect(look(row, feature(name, true))).toMatchObject({
      status: 'warning',
      mend: 'sudo quic-top eth0 --mode tap',
    });
  }
});

it('knows from the kernel what is on, and what of that is fixed', () => {
  const { features } = loadAddon().device('lo');
  expect(features).toContainEqual({ name: 'loopback', fixed: true });
  expect(features).toContainEqual({ name: 'rx-gro', fixed: false });
  expect(features.map(({ name }) => name)).not.toContain('rx-lro');
});
