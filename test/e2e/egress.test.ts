// A QUIC server on the watched host itself: it loses nothing, and both directions are seen.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE } from '../../demo/program.mjs';
import { type BesideTshark, besideTshark, type Seen, shown } from '../support/beside-tshark.js';
import { detachLink } from '../support/bpf-links.js';
import { datagrams, sorted, UNKNOWN_VERSION } from '../support/comparable.js';
import { sendDatagrams } from '../support/datagrams.js';
import { hasTcx, onKernelWithout } from '../support/kernel.js';
import { PairNetwork, QuicHosts } from '../support/lab.js';
import { filler, hex, longHeader } from '../support/packets.js';
import { CLI, type JsonPacket, type JsonSummary, jsonLines, startQuicTop } from '../support/quic-top.js';
import { openScreen } from '../support/screen.js';
import { TestTerminal } from '../support/terminal.js';

/** Over each of IPv4 and IPv6. */
const HANDSHAKES = 100;
const PORT = 4433;

/** An interface of the left host, for besideTshark. */
const wire = ({ left, dir }: PairNetwork, interfaceName: string) => ({ namespace: left, interfaceName, dir });

/** The datagrams of each connection, by the client's connection ID, in the order in which they were shown. */
function connections(packets: JsonPacket[]): JsonPacket[][] {
  const clients = new Map<string, JsonPacket[]>();
  for (const packet of packets) {
    const client = packet.dst_port === PORT ? packet.scid : packet.dcid;
    clients.set(client, [...(clients.get(client) ?? []), packet]);
  }
  return [...clients.values()];
}

describe.runIf(hasTcx)('a server on the watched interface', () => {
  const network = new PairNetwork();
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  /** XDP program, promiscuity, addresses; offloads and channels; AF_XDP sockets. */
  const state = () => {
    const look = (command: string) => network.left.run(command.split(' '));
    return ['ip -d addr show left', 'ethtool -k left', 'ethtool -l left', 'ss -H --xdp'].map(look).join('\n');
  };
  let stderr: string;
  let seen: JsonPacket[];
  let summary: JsonSummary | undefined;
  /** Two that run at the same time, without tcx: on the interface, and on all. */
  let beside: Seen[];
  /** Before, while they run, after the handshakes, afterwards. */
  const states: string[] = [];
  let expected: BesideTshark['expected'];

  beforeAll(async () => {
    for (const address of PairNetwork.LEFT) await hosts.gtlsServer(address);
    const all = await besideTshark(wire(network, 'left'), async (start) => {
      states.push(state());
      await start(network.left, 'left');
      for (const name of ['left', 'any']) await start(network.left, name, ['--egress', 'socket']);
      states.push(state());
      for (const address of PairNetwork.LEFT) await hosts.gtlsRequests(address, HANDSHAKES);
      states.push(state());
    });
    states.push(state());
    expected = all.expected;
    ({ packets: seen, summary, stderr } = all.seen[0] as Seen);
    beside = all.seen.slice(1);
  }, 180_000);
  afterAll(() => network.remove());

  it('is tapped by default, and quic-top says why', () => {
    expect(stderr).toMatch(/^quic-top: tap: gtlsserver \(pid \d+\) listens on :4433$/m);
    const mode_reason = expect.stringMatching(/^gtlsserver \(pid \d+\) listens on :4433$/);
    expect(summary).toMatchObject({ mode: 'tap', mode_reason, hook: 'socket', xdp: 'none' });
  });

  it('shows the packets that tshark reads, in both directions', () => {
    expect(new Set(seen.map(({ src_port }) => src_port === PORT)).size).toBe(2);
    expect(shown(seen)).toEqual(sorted(expected));
  });

  it('touches nothing of the interface', () => {
    expect(states).toHaveLength(4);
    // Until the end there is tshark, which has it promiscuous.
    const [before = '', ...later] = states;
    expect(before).toMatch(/promiscuity 1 /);
    const after = before.replace('promiscuity 1 ', 'promiscuity 0 ');
    expect(later).toEqual([before, before, after]);
    expect(summary?.interface_changes?.map(({ what }) => what)).toEqual(['promiscuity']);
  });

  it('shows the same without tcx, to others that run at the same time, also on all interfaces', () => {
    for (const { packets, summary } of beside) {
      expect(shown(packets)).toEqual(sorted(expected));
      const egress = datagrams(packets).filter(([packet]) => packet?.src_port === PORT).length;
      expect(summary).toMatchObject({ hook: 'socket', balanced: true, egress: { tapped: egress } });
    }
    expect(beside[1]?.packets[0]?.interface).toBe('any');
  });

  it("shows each server's answer behind the Initial that asked for it", () => {
    const all = connections(seen);
    expect(all).toHaveLength(PairNetwork.LEFT.length * HANDSHAKES);
    for (const [first, ...rest] of all) {
      expect(first).toMatchObject({ type: 'initial', dst_port: PORT, rx_queue: 0 });
      expect(rest.some(({ src_port, rx_queue }) => src_port === PORT && rx_queue === null)).toBe(true);
    }
  });

  it('balances both ledgers', () => {
    const egress = datagrams(seen).filter(([packet]) => packet?.src_port === PORT).length;
    expect(summary?.egress).toMatchObject({ tapped: egress, long_header: egress, redirected: 0 });
    expect(summary?.kernel.tapped).toBe(datagrams(seen).length - egress);
    expect(summary?.captured).toBe(datagrams(seen).length);
    expect(summary?.balanced).toBe(true);
  });

  it('has the mode and why in the header of the screen, and both directions below', async () => {
    const terminal = openScreen(['left'], {}, network.left);
    try {
      await terminal.until(/^ quic-top {2}left {2}tap {2}socket filter {2}gtlsserver \(pid \d+\) listens on :4433 /m);
      const [address = ''] = PairNetwork.LEFT;
      await hosts.gtlsRequest(address);
      await terminal.until(new RegExp(`${PairNetwork.RIGHT[0]}:\\d+ +${address}:${PORT} +Initial`));
      await terminal.until(new RegExp(`${address}:${PORT} +${PairNetwork.RIGHT[0]}:\\d+ +Handshake`));
      detachLink(terminal.pid, 'tcx');
      await terminal.until(/^ quic-top {2}left {2}tap {2}incoming only /m);
    } finally {
      terminal.close();
    }
  });
});

it.runIf(hasTcx)(
  'shows what a server on the watched interface answers with: Retry and Version Negotiation',
  async () => {
    const network = new PairNetwork();
    try {
      const [address = ''] = PairNetwork.LEFT;
      const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
      await hosts.gtlsServer(address, ['--validate-addr']);
      const quicTop = await startQuicTop(network.left, 'left', ['--json']);
      await hosts.gtlsRequest(address);
      const version = Number(UNKNOWN_VERSION);
      const [dcid, scid] = [filler(8, 1), filler(8, 9)];
      sendDatagrams(network.right, address, [longHeader({ version, dcid, scid, payload: filler(1200) })]);
      await sleep(200 * PATIENCE);
      await quicTop.stop('SIGINT');
      const { packets, summary } = jsonLines(quicTop.stdout);
      const sent = packets.filter(({ src_port }) => src_port === PORT);
      const [retry, ...handshake] = sent.filter(({ type }) => type !== 'version_negotiation');
      expect(retry).toMatchObject({ type: 'retry', rx_queue: null });
      expect(new Set(handshake.map(({ type }) => type))).toEqual(new Set(['initial', 'handshake']));
      // The client goes on with the connection ID that the Retry gave it.
      const again = packets.filter(({ type, dst_port }) => type === 'initial' && dst_port === PORT)[1];
      expect(again).toMatchObject({ dcid: retry?.scid, token_length: retry?.token_length });
      expect(sent.filter(({ type }) => type === 'version_negotiation')).toEqual([
        expect.objectContaining({ version: '0x00000000', dcid: hex(scid), scid: hex(dcid) }),
      ]);
      expect(summary?.balanced).toBe(true);
    } finally {
      network.remove();
    }
  },
);

it('shows what arrives where the kernel has no tcx, and says that this is all', async () => {
  const network = new PairNetwork();
  const [address = ''] = PairNetwork.LEFT;
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  try {
    await hosts.gtlsServer(address);
    const { expected, seen } = await besideTshark(wire(network, 'left'), async (start) => {
      await start(network.left, 'left', [], onKernelWithout('tcx'));
      await hosts.gtlsRequests(address, 5);
    });
    const { packets, summary, stderr } = seen[0] as Seen;
    const missing =
      'only what arrives is seen: the kernel has no tcx, which came with Linux 6.6; the socket filter can show it: --egress socket';
    expect(stderr.split('\n')).toContain(`quic-top: ${missing}`);
    const arriving = expected.filter(([packet]) => packet?.dst_port === PORT);
    expect(connections(packets)).toHaveLength(5);
    expect(shown(packets)).toEqual(sorted(arriving));
    expect(summary).toMatchObject({ mode: 'tap', hook: 'socket', egress: null, balanced: true });
    const command = network.left.command([...onKernelWithout('tcx'), process.execPath, CLI, 'left']);
    const terminal = new TestTerminal(command, 200, 40);
    try {
      await terminal.until(/^ quic-top {2}left {2}tap {2}incoming only /m);
    } finally {
      terminal.close();
    }
  } finally {
    network.remove();
  }
});

describe.each([
  ['socket', []],
  ...(hasTcx ? [['tc', ['--hook', 'tc']] as const] : []),
  ['xdp', ['--hook', 'xdp', '--xdp', 'generic']],
] as const)('on the loopback interface, by %s', (hook, args) => {
  it.each(['127.0.0.1', '::1'])('shows every packet of a local server and client once, at %s', async (address) => {
    const network = new PairNetwork();
    try {
      // tc shows the datagrams of a super-frame, tshark the super-frame.
      network.left.run(['ethtool', '-K', 'lo', 'tx-udp-segmentation', 'off']);
      const hosts = new QuicHosts({ server: network.left, client: network.left, dir: network.dir });
      await hosts.gtlsServer(address);
      const { expected, seen } = await besideTshark(wire(network, 'lo'), async (start) => {
        await start(network.left, 'lo', [...args]);
        await hosts.gtlsRequests(address, 5);
      });
      const { packets, summary } = seen[0] as Seen;
      expect(shown(packets)).toEqual(sorted(expected));
      expect(connections(packets)).toHaveLength(5);
      expect(summary).toMatchObject({ mode: 'tap', hook, egress: null, balanced: true });
    } finally {
      network.remove();
    }
  });
});
