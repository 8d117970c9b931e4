// A device without Ethernet headers (tun): it simply works, in mode tap.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BesideTshark, besideTshark, datagramsOf, type Seen, shown } from '../support/beside-tshark.js';
import { datagrams, sorted } from '../support/comparable.js';
import { tshark } from '../support/exports.js';
import { hasTcx, onKernelWithout } from '../support/kernel.js';
import { PairNetwork, Program, QuicHosts } from '../support/lab.js';
import { CLI, type JsonPacket, type JsonSummary, jsonLines, startQuicTop } from '../support/quic-top.js';

const CABLE = fileURLToPath(new URL('../../build/Release/tun_cable', import.meta.url));
const SERVER = ['10.81.0.1', 'fd81::1'];
const CLIENT = ['10.81.0.2', 'fd81::2'];
const HANDSHAKES = 10;
const PORT = 4433;
/** Wireshark's numbers: WTAP_ENCAP_RAW_IP; inbound and outbound. */
const RAW_IP = '7';
const [INBOUND, OUTBOUND] = ['0x00000001', '0x00000002'];

let network: PairNetwork;
beforeAll(async () => {
  network = new PairNetwork();
  const cable = new Program([CABLE, network.left.name, network.right.name, 'tun0']);
  await cable.printed(/ready/);
  for (const [host, addresses] of [
    [network.left, SERVER],
    [network.right, CLIENT],
  ] as const) {
    host.ip(`addr add ${addresses[0]}/24 dev tun0`);
    host.ip(`addr add ${addresses[1]}/64 dev tun0`);
    host.ip('link set tun0 up');
  }
});
afterAll(() => network.remove());

function quicTop(args: string[], wrapper: string[] = []) {
  const [program = '', ...rest] = network.left.command([...wrapper, process.execPath, CLI, ...args]);
  return spawnSync(program, rest, { encoding: 'utf8', timeout: 20_000 });
}

describe.runIf(hasTcx).each([
  ['IPv4', 0],
  ['IPv6', 1],
])('a server behind it, over %s', (name, family) => {
  const address = SERVER[family] as string;
  let written: string;
  let stderr: string;
  let seen: JsonPacket[];
  let summary: JsonSummary | undefined;
  let expected: BesideTshark['expected'];

  beforeAll(async () => {
    const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
    const server = await hosts.gtlsServer(address);
    written = join(network.dir, `${name}-written.pcapng`);
    const at = { namespace: network.left, interfaceName: 'tun0', dir: network.dir };
    const both = await besideTshark(at, async (start) => {
      await start(network.left, 'tun0', ['--write', written]);
      await hosts.gtlsRequests(address, HANDSHAKES);
    });
    await server.stop();
    expected = both.expected;
    ({ packets: seen, summary, stderr } = both.seen[0] as Seen);
  });

  it('is tapped, and quic-top says why', () => {
    expect(stderr).toMatch(/^quic-top: tap: tun0 has no Ethernet header$/m);
    expect(stderr).toMatch(/^listening on tun0, mode tap \(socket filter\), ports 4433$/m);
  });

  it('shows the packets that tshark reads, in both directions', () => {
    expect(new Set(seen.map(({ src_port }) => src_port === PORT)).size).toBe(2);
    expect(shown(seen)).toEqual(sorted(expected));
  });

  it('balances both ledgers', () => {
    const frames = datagrams(seen);
    const egress = frames.filter(([packet]) => packet?.src_port === PORT).length;
    expect(summary).toMatchObject({ mode: 'tap', xdp: 'none', balanced: true, captured: frames.length });
    expect(summary?.egress).toMatchObject({ tapped: egress });
    expect(summary?.kernel).toMatchObject({ tapped: frames.length - egress, truncated: 0 });
  });

  it('writes a file of raw IP, with the direction of each packet, that tshark reads', () => {
    expect(sorted(datagramsOf(written))).toEqual(sorted(expected));
    const directions = tshark(written, 'frame.encap_type', 'frame.packet_flags_direction', 'frame.interface_id').sort();
    const egress = datagrams(seen).filter(([packet]) => packet?.src_port === PORT).length;
    const ingress = datagrams(seen).length - egress;
    expect(directions).toEqual([
      ...Array(ingress).fill(`${RAW_IP}\t${INBOUND}\t0`),
      ...Array(egress).fill(`${RAW_IP}\t${OUTBOUND}\t0`),
    ]);
  });
});

describe.runIf(hasTcx)('a .pcap file, which has one link type', () => {
  it('is that of its frames, and holds every packet', async () => {
    const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
    const server = await hosts.gtlsServer(SERVER[0] as string);
    const written = join(network.dir, 'live.pcap');
    const program = await startQuicTop(network.left, 'tun0', ['--json', '--write', written]);
    await hosts.gtlsRequest(SERVER[0] as string);
    expect(await program.stop('SIGINT')).toBe(0);
    await server.stop();
    const { packets, summary } = jsonLines(program.stdout);
    expect(packets.length).toBeGreaterThan(3);
    expect(summary?.write).toEqual({ frames: datagrams(packets).length, skipped: 0 });
    expect(new Set(tshark(written, 'frame.encap_type'))).toEqual(new Set([RAW_IP]));
    expect(sorted(datagramsOf(written))).toEqual(shown(packets));
  });

  it('is raw IP also where no packet came', async () => {
    const written = join(network.dir, 'empty.pcap');
    const program = await startQuicTop(network.left, 'tun0', ['--headless', '--write', written]);
    expect(await program.stop('SIGINT')).toBe(0);
    // LINKTYPE_RAW, in the header of a file in which nothing else is.
    const file = readFileSync(written);
    expect([file.length, file.readUInt32LE(20)]).toEqual([24, 101]);
  });
});

it('is refused where XDP is asked for', () => {
  const generic = quicTop(['tun0', '--headless', '--xdp', 'generic']);
  expect(generic.status).toBe(1);
  expect(generic.stderr).toMatch(/its frames have no Ethernet header\nNext: .*mode tap: sudo quic-top tun0/);
  const divert = quicTop(['tun0', '--headless', '--mode', 'divert']);
  expect(divert.status).toBe(2);
  expect(divert.stderr).toMatch(/--mode divert: tun0 has no Ethernet header/);
});

/** What the doctor says of it: by the names of its checks. */
function diagnose(wrapper: string[] = []) {
  const { stdout, status } = quicTop(['doctor', 'tun0', '--json'], wrapper);
  const rows = JSON.parse(stdout).checks.map((row: { name: string }) => [row.name, row]);
  return { status, rows: Object.fromEntries(rows) };
}

it.runIf(hasTcx)('is no problem to the doctor', () => {
  const { status, rows } = diagnose();
  expect(status).toBe(0);
  expect(rows.xdp).toMatchObject({ status: 'ok', text: expect.stringMatching(/^no mode divert: without an Ethernet/) });
  expect(rows.mode.text).toBe('--mode auto is tap: tun0 has no Ethernet header');
  expect([rows.load.status, rows['load xdp']]).toEqual(['ok', undefined]);
});

it('shows what arrives where the kernel has no tcx, and the doctor knows', async () => {
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  const server = await hosts.gtlsServer(SERVER[0] as string);
  const program = await startQuicTop(network.left, 'tun0', ['--json'], onKernelWithout('tcx'));
  await hosts.gtlsRequest(SERVER[0] as string);
  expect(await program.stop('SIGINT')).toBe(0);
  await server.stop();
  const { packets, summary } = jsonLines(program.stdout);
  expect(packets.length).toBeGreaterThan(1);
  expect(packets.every(({ dst_port }) => dst_port === PORT)).toBe(true);
  expect(summary).toMatchObject({ egress: null, balanced: true });
  const { status, rows } = diagnose(onKernelWithout('tcx'));
  expect(status).toBe(0);
  expect(rows.egress).toMatchObject({ status: 'warning', text: expect.stringContaining('--egress socket') });
});
