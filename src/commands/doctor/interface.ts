// Checks of a network interface and its driver.

import { effectOf } from '../../core/host/drivers.js';
import { isLossName } from '../../core/host/nic-losses.js';
import { LINK_TYPE } from '../../core/native/abi.gen.js';
import {
  type Device,
  type DriverStatistic,
  type Link,
  type NativeSystem,
  native,
  type TcFilter,
} from '../../core/native/addon.js';
import { QuicTopError } from '../../core/text/errors.js';
import {
  type CheckGroup,
  frameMegabytes,
  lacks,
  mayCapture,
  ok,
  problem,
  type WatchedInterface,
  warning,
  xdpQueues,
} from './check.js';

/** Our program's name in the kernel. */
const OUR_PROGRAM = 'xdp_filter';
/** NETDEV_XDP_ACT_BASIC, NETDEV_XDP_ACT_XSK_ZEROCOPY and NETDEV_XDP_ACT_RX_SG (linux/netdev.h). */
const XDP_BASIC = 1;
const XDP_ZERO_COPY = 8;
const XDP_FRAGS = 32;
/** What a page holds besides a frame of the largest MTU: headroom, link header, the kernel's description. */
const BESIDE_FRAME = 590;
/** Drivers that put less into a page of 4096 bytes, and the largest MTU with which they run XDP natively. */
const DRIVER_MTU: Record<string, number> = { bnxt_en: 3502, ena: 3498, gve: 2030 };
/** Drivers that run XDP natively only while half of their channels, or more, are not in use: they transmit by those. */
const WANT_HALF: readonly string[] = ['ena', 'gve'];
/** Drivers that refuse XDP while they glue frames together. Others stop it, or the kernel does: see FeatureRestorer. */
const REFUSE_MERGING: readonly string[] = ['hv_netvsc', 'ixgbe', 'mlx5_core'];

/** Its frames begin with the IP header. */
const isRaw = ({ linkType }: Link) => linkType === LINK_TYPE.LINK_RAW;

/** Those of the named features of a driver that are on. */
const featuresOf = (device: Device, ...names: string[]) => device.features.filter(({ name }) => names.includes(name));

/** The command that switches features off. What is fixed does not disturb mode tap. */
function doWithout({ link: { name } }: WatchedInterface, features: Device['features']) {
  if (features.some(({ fixed }) => fixed)) return `sudo quic-top ${name} --mode tap`;
  return `sudo ethtool -K ${name} ${features.map((feature) => `${feature.name} off`).join(' ')}`;
}

/** Why a program cannot be loaded; undefined when it can, null when that cannot be tried. */
function refusalOf(watched: WatchedInterface, xdp: boolean): QuicTopError | null | undefined {
  const { link, addon } = watched;
  if (!link.up || !mayCapture(watched) || addon.bpfRefusal() !== null) return null;
  try {
    native(() => addon.tryProgram(link.name, xdp));
    return undefined;
  } catch (error) {
    if (error instanceof QuicTopError) return error;
    throw error;
  }
}

/** `"cil_to_netdev" (id 12)`, or the id alone without the right to look at it. */
function programName(addon: NativeSystem, id: number): string {
  try {
    return `"${native(() => addon.programInfo(id)).name}" (id ${id})`;
  } catch (error) {
    if (error instanceof QuicTopError) return `id ${id}`;
    throw error;
  }
}

/** A filter of another kind has no name. */
const filterName = (addon: NativeSystem, { kind, program }: TcFilter) =>
  `${program === 0 ? kind : programName(addon, program)} by clsact`;

/** Counters with what they say, those of all queues together: `rx_queue_N_drops 7`. */
function countersText(counters: readonly DriverStatistic[]): string {
  const sums = new Map<string, number>();
  for (const { name, value } of counters) {
    const common = name.trim().replace(/\d+/, 'N');
    if (value > 0) sums.set(common, (sums.get(common) ?? 0) + value);
  }
  return [...sums].map(([name, sum]) => `${name} ${sum}`).join(', ');
}

export const interfaceChecks: CheckGroup<WatchedInterface> = {
  title: 'interface',
  checks: [
    {
      name: 'state',
      look({ link, device }) {
        if (!link.up) return problem(`${link.name} is down`, `sudo ip link set dev ${link.name} up`);
        return ok(`${link.name} is up${device.driver === '' ? '' : `, driver ${device.driver}`}`);
      },
    },
    {
      name: 'program',
      look(watched) {
        const { link, addon } = watched;
        if (link.program === 0) return ok('no XDP program is attached');
        if (!mayCapture(watched)) return warning(`the XDP program ${link.program} is attached; root can see whose`);
        const info = native(() => addon.programInfo(link.program));
        const text = `${info.description}, is attached (${link.native ? 'native' : 'generic'})`;
        if (info.name === OUR_PROGRAM) return ok(text);
        return warning(
          `${text}; quic-top never replaces one: no mode divert, and tap shows what it lets through`,
          `sudo ip link set dev ${link.name} xdp off`,
        );
      },
    },
    {
      name: 'load',
      look(watched) {
        const refused = refusalOf(watched, false);
        return refused
          ? problem(refused.message, refused.hint)
          : refused === null
            ? null
            : ok('the kernel accepts the socket filter');
      },
    },
    {
      name: 'load xdp',
      look(watched) {
        const { link, addon } = watched;
        if (isRaw(link) || lacks(watched, 'NET_ADMIN')) return null;
        const refused = refusalOf(watched, true);
        if (refused === null) return null;
        if (refused?.code === 'XDP_BUSY' && native(() => addon.programInfo(link.program)).name !== OUR_PROGRAM)
          return null; // told above
        if (refused) return warning(`no mode divert: ${refused.message}`, refused.hint);
        return ok(link.program === 0 ? 'and the XDP program' : 'the XDP program that is attached can be joined');
      },
    },
    {
      name: 'xdp',
      look({ link, device, addon }) {
        const generic = 'divert takes --xdp generic, which is slower';
        if (link.loopback) return ok(`${generic}: the loopback interface has no driver to run it in`);
        if (isRaw(link)) return ok('no mode divert: without an Ethernet header XDP cannot read the packets');
        const features = addon.xdpFeatures(link.index);
        if (features === null) return ok('native if the driver can (Linux 6.3 and newer tell)');
        if ((features & XDP_BASIC) === 0) return ok(`${generic}: ${device.driver || 'the driver'} has no native XDP`);
        const { driver, rxQueues, mostRxQueues } = device;
        const half = Math.floor(mostRxQueues / 2);
        if (WANT_HALF.includes(driver) && rxQueues > half) {
          return warning(
            `${generic}: ${driver} has native XDP while at most ${half} of its ${mostRxQueues} channels are in use, and ${rxQueues} are`,
            half === 0
              ? undefined
              : `sudo ethtool -L ${link.name} ${driver === 'gve' ? `rx ${half} tx` : 'combined'} ${half}`,
          );
        }
        return ok(`native${(features & XDP_ZERO_COPY) === 0 ? '' : ', the driver has zero copy'}`);
      },
    },
    {
      name: 'attach',
      look({ link, device: { driver } }) {
        if (isRaw(link) || link.loopback) return null;
        const effect = effectOf(driver);
        if (!effect)
          return ok(`mode tap does nothing to it; of divert nothing is known${driver === '' ? '' : ` with ${driver}`}`);
        return (effect.resets ? warning : ok)(`mode tap does nothing to it; for divert ${driver} ${effect.text}`);
      },
    },
    {
      name: 'mtu',
      look({ link, links, device: { driver, pageSize }, addon }) {
        // What counts for a veth is what its peer may send.
        const peer = link.kind === 'veth' ? links.find(({ index }) => index === link.lower) : undefined;
        const { name, mtu } = peer ?? link;
        const most = DRIVER_MTU[driver] ?? pageSize - BESIDE_FRAME;
        if (link.loopback || isRaw(link) || mtu <= most) return ok(`${link.mtu}`);
        if (((addon.xdpFeatures(link.index) ?? 0) & XDP_FRAGS) !== 0)
          return ok(`${mtu}: frames in several pieces are copied in mode divert, not diverted`);
        const whose = peer ? ` of ${name}, its peer,` : link.kind === 'veth' ? ' (and probably of its peer)' : '';
        return warning(
          `${mtu}${whose} is more than ${most}, with which a frame fits a buffer: most drivers then refuse native XDP, which divert needs`,
          `sudo ip link set dev ${name} mtu 1500`,
        );
      },
    },
    {
      name: 'rx queues',
      look({ link, device }) {
        if (isRaw(link)) return null;
        const { rxQueues } = device;
        const most = xdpQueues(device);
        const queues = most > rxQueues ? `${rxQueues}, and up to ${most} while XDP runs` : `${rxQueues}`;
        return ok(`${queues}, with at most ${frameMegabytes(most)} MiB for frames in mode divert`);
      },
    },
    {
      name: 'gro, lro',
      look(watched) {
        const { device } = watched;
        const merging = featuresOf(device, 'rx-lro', 'rx-gro-hw');
        if (merging.length === 0) return ok('the driver hands out frames as they came');
        const names = `${merging.map(({ name }) => name).join(' and ')} on`;
        if (!REFUSE_MERGING.includes(device.driver)) {
          return ok(`${names}; what XDP cannot go with is off while it runs, and on again afterwards`);
        }
        return warning(`${names}: ${device.driver} refuses native XDP meanwhile`, doWithout(watched, merging));
      },
    },
    {
      name: 'vlan',
      look(watched) {
        const parsing = featuresOf(watched.device, 'rx-vlan-hw-parse');
        if (parsing.length === 0) return ok('tags reach XDP');
        return warning(
          'the driver takes VLAN tags off before XDP sees them: mode divert does not show them',
          doWithout(watched, parsing),
        );
      },
    },
    {
      name: 'tc chain',
      look({ link, addon }) {
        const refusal = addon.tcxRefusal(link.index);
        if (refusal === 'EPERM') return null;
        const chain = (leaving: boolean) => [
          ...(addon.tcxPrograms(link.index, leaving) ?? []).map((id) => programName(addon, id)),
          ...native(() => addon.tcFilters(link.index, leaving)).map((filter) => filterName(addon, filter)),
        ];
        // What leaves the loopback arrives there again, and is seen then.
        const own = link.loopback || refusal !== null ? [] : ['quic-top'];
        const text = (programs: readonly string[]) => programs.join(', then ') || 'nothing';
        const missing = refusal === null ? '' : '; without tcx what leaves is seen with --egress socket only';
        return ok(`ingress: ${text(chain(false))}; egress: ${text([...own, ...chain(true)])}${missing}`);
      },
    },
    {
      name: 'nic losses',
      look({ link, device: { driver }, addon }) {
        const own = native(() => addon.driverStatistics(link.name)).filter(({ name }) => isLossName(driver, name));
        const { rx_dropped, ...counters } = link.statistics;
        const kernels = Object.entries(counters).map(([name, value]) => ({ name, value }));
        const lost = countersText([...kernels, ...own]);
        const dropped =
          rx_dropped === 0 ? '' : `rx_dropped ${rx_dropped} (also what no protocol wanted or XDP dropped)`;
        if (lost === '') return ok(dropped === '' ? 'none since boot' : `none since boot but ${dropped}`);
        return warning(`lost since boot: ${[lost, dropped].filter(Boolean).join(', ')}`);
      },
    },
    {
      name: 'promiscuous',
      look() {
        return ok('is switched on in mode divert, for mirror ports; --no-promiscuous');
      },
    },
  ],
};
