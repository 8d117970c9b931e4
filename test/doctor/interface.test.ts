// Rows that no driver of a private network triggers.
import { afterEach, expect, it } from 'vitest';
import { type Device, loadAddon } from '../../src/core/addon.js';
import type { WatchedInterface } from '../../src/doctor/check.js';
import { interfaceChecks } from '../../src/doctor/interface.js';

let tcxRefusal: string | null = null;
afterEach(() => {
  tcxRefusal = null;
});

/** What a row says of eth0 with these features on. */
function look(row: string, ...features: Device['features']) {
  const device = { driver: 'mlx5_core', rxQueues: 1, features };
  const watched = { link: { name: 'eth0' }, device, addon: { tcxRefusal: () => tcxRefusal } };
  return interfaceChecks.checks.find(({ name }) => name === row)?.look(watched as unknown as WatchedInterface);
}
const feature = (name: string, fixed = false) => ({ name, fixed });

it('warns of frames that are glued together', () => {
  expect(look('gro, lro', feature('rx-gro'), feature('rx-checksum'))?.status).toBe('ok');
  expect(look('gro, lro', feature('rx-lro'))).toMatchObject({
    status: 'warning',
    mend: 'sudo ethtool -K eth0 rx-lro off',
  });
  expect(look('gro, lro', feature('rx-lro'), feature('rx-gro-hw'))?.mend).toBe(
    'sudo ethtool -K eth0 rx-lro off rx-gro-hw off',
  );
});

it('tells another way where the driver cannot switch it off', () => {
  for (const [row, name] of [
    ['gro, lro', 'rx-gro-hw'],
    ['vlan', 'rx-vlan-hw-parse'],
  ] as const) {
    expect(look(row, feature(name, true))).toMatchObject({
      status: 'warning',
      mend: 'sudo quic-top eth0 --xdp none',
    });
  }
});

it('tells no other way where the kernel has none', () => {
  tcxRefusal = 'EINVAL';
  expect(look('vlan', feature('rx-vlan-hw-parse', true))).toEqual({ status: 'warning', text: expect.any(String) });
});

it('knows from the kernel what is on, and what of that is fixed', () => {
  const { features } = loadAddon().device('lo');
  expect(features).toContainEqual({ name: 'loopback', fixed: true });
  expect(features).toContainEqual({ name: 'rx-gro', fixed: false });
  expect(features.map(({ name }) => name)).not.toContain('rx-lro');
});
