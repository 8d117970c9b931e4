// The XDP program loaded with clang, bpftool and ip, as the README shows; quic-top joins it and leaves it there.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadByHand, type PinnedProgram } from '../support/by-hand.js';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, jsonLines, startQuicTop } from '../support/quic-top.js';

const LEFT = PairNetwork.LEFT[0] as string;
const MORE = '10.80.0.1';
let network: PairNetwork;
let byHand: PinnedProgram;

/** A map of the program as bpftool prints it. */
function dump(map: string): { formatted: { key: Record<string, unknown>; value: Record<string, unknown> } }[] {
  return JSON.parse(
    execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', `${byHand.pins}/${map}`], { encoding: 'utf8' }),
  );
}

beforeAll(() => {
  byHand = loadByHand();
  network = new PairNetwork();
  byHand.attach(network.left, 'left');
});

afterAll(() => {
  network?.remove();
  byHand?.unpin();
});

/** UDP datagrams that reached the host's stack and found no socket (NoPorts of /proc/net/snmp). */
function datagramsToNobody(): number {
  const values = network.left.run(['cat', '/proc/net/snmp']).match(/^Udp: \d.*$/m)?.[0];
  return Number(values?.split(' ')[2]);
}

const program = () => /prog\/xdp id \d+ name xdp_filter/.exec(network.left.ip('link show left'))?.[0];

it('is taken away again by what the README says', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const names = /rm \/sys\/fs\/bpf\/\{([^}]*)\}/.exec(readme)?.[1]?.split(',');
  expect(readdirSync(byHand.pins).sort()).toEqual(names?.sort());
});

it('counts and passes everything while nobody listens', () => {
  const before = datagramsToNobody();
  sendDatagrams(network.right, LEFT, [longHeader({ dcid: cidv1(17) }), longHeader({ dcid: cidv1(17) })]);
  expect(datagramsToNobody() - before).toBe(2);
  const [counter] = dump('cid_counter');
  expect(counter?.formatted.key).toMatchObject({ length: 8 });
  expect(counter?.formatted.value).toMatchObject({ packets: 2 });
  const [route] = dump('cid_backend_map');
  expect(route?.formatted.value).toEqual({ backend_id: 17, queue: 17, server_id: 17 });
  expect(dump('xsks_map')).toHaveLength(64);
});

it('is joined by quic-top, which captures through it and leaves it attached', async () => {
  const attached = program();
  expect(attached).toBeDefined();
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--json', '--port', '4433,5000']);
  const second = network.left.command([process.execPath, 'dist/cli.js', 'left', '--mode', 'divert', '--headless']);
  expect(() => execFileSync(second[0] as string, second.slice(1), { stdio: 'pipe' })).toThrow(
    /EBUSY.*\n.*another quic-top/,
  );
  sendDatagrams(
    network.right,
    LEFT,
    Array.from({ length: 10 }, () => longHeader({ dcid: cidv1(18) })),
  );
  await sleep(100);
  await quicTop.stop('SIGINT');

  const { packets, summary } = jsonLines(quicTop.stdout);
  expect(packets.map(({ backend }) => backend)).toEqual(Array(10).fill(18));
  expect(summary).toMatchObject({ captured: 10, balanced: true, kernel: { redirected: 10 } });
  expect(program()).toBe(attached);
  // The ports are those of the object again, and nobody's packets are taken any more.
  const before = datagramsToNobody();
  sendDatagrams(network.right, LEFT, [longHeader({ dcid: cidv1(18) })]);
  expect(datagramsToNobody() - before).toBe(1);
});

/** The program's configuration: mode, watched ports. */
function configuration(): { mode: number; ports: number[] } {
  const [{ value }] = JSON.parse(
    execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', `${byHand.pins}/_data_config`], {
      encoding: 'utf8',
      maxBuffer: 16 << 20,
    }),
  ) as [{ value: string[] }];
  const bytes = Buffer.from(value.map((byte) => Number.parseInt(byte, 16)));
  const ports = Array.from({ length: 65536 }, (_, port) => port).filter(
    (port) => ((bytes[8 + (port >> 3)] as number) >> (port & 7)) & 1,
  );
  return { mode: bytes.readUInt32LE(0), ports };
}

it('comes out of a killed session by the next one, which captures nothing before it begins', async () => {
  const killed = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--headless', '--port', '4433,9999']);
  await killed.stop('SIGKILL');
  expect(configuration()).toEqual({ mode: 1, ports: [4433, 9999] });
  const payloads = Array.from({ length: 5000 }, () => longHeader({ dcid: cidv1(19) }));
  const quicTop = startQuicTop(network.left, 'left', ['--hook', 'xdp', '--mode', 'tap', '--json', '--quiet']);
  sendDatagrams(network.right, LEFT, payloads);
  const { summary } = jsonLines(await (await quicTop).stop('SIGINT').then(async () => (await quicTop).stdout));
  expect(summary).toMatchObject({ balanced: true, kernel: { redirected: 0 } });
  expect(configuration()).toEqual({ mode: 0, ports: [4433] });
});

it('is given back also when the reader of stdout goes away', async () => {
  const args = ['left', '--mode', 'divert', '--json', '--port', '4433,9999'];
  const command = network.left.command(['sh', '-c', '"$@" | head -n 1', 'sh', process.execPath, CLI, ...args]);
  const pipe = new Program(command);
  await pipe.printed(/^listening/m);
  for (let i = 0; i < 2; i++) {
    sendDatagrams(network.right, LEFT, [longHeader({ dcid: cidv1(20) })]);
    await sleep(200);
  }
  expect(await pipe.ended).toBe(0);
  expect(configuration()).toEqual({ mode: 0, ports: [4433] });
});

it('serves another interface with more RX queues than it has slots for, and takes nothing from the first', async () => {
  const queues = 'numrxqueues 4 numtxqueues 4';
  network.left.ip(`link add more ${queues} type veth peer name more netns ${network.right.name} ${queues}`);
  for (const [host, address] of [
    [network.left, MORE],
    [network.right, '10.80.0.2'],
  ] as const) {
    host.run(['ethtool', '-K', 'more', 'tx', 'off', 'gso', 'off', 'tx-udp-segmentation', 'off']);
    host.ip(`addr add ${address}/24 dev more`);
    host.ip('link set more up');
  }
  byHand.attach(network.left, 'more');
  const quicTop = await startQuicTop(network.left, 'more', ['--mode', 'divert', '--json']);
  expect(quicTop.stderr).toMatch(/slots for 1 of 4 RX queues; what the others get is copied/);
  const payloads = Array.from({ length: 64 }, () => longHeader({ dcid: cidv1(21) }));
  sendDatagrams(network.right, MORE, payloads, 32);
  await sleep(100);
  const before = datagramsToNobody();
  sendDatagrams(network.right, LEFT, payloads.slice(0, 5));
  expect(datagramsToNobody() - before).toBe(5);
  await quicTop.stop('SIGINT');

  const { packets, summary } = jsonLines(quicTop.stdout);
  expect(packets).toHaveLength(64);
  expect(packets.every(({ dst }) => dst === MORE)).toBe(true);
  expect(summary).toMatchObject({ captured: 64, balanced: true });
  expect(summary?.kernel.redirected).toBe(packets.filter(({ rx_queue }) => rx_queue === 0).length);
  expect(summary?.kernel.tapped).toBeGreaterThan(0);
  expect(summary?.kernel.no_socket).toBe(summary?.kernel.tapped);
  const others = [...new Set(packets.map(({ rx_queue }) => rx_queue))].filter((queue) => queue !== 0).sort();
  expect(quicTop.stderr).toContain(
    `packets for divert came by RX queues ${others.join(', ')}, without an AF_XDP socket`,
  );
  expect(quicTop.stderr).toContain('detach the program that was there before');
  expect(summary?.interface_changes).toEqual([]);
});

it('ends when the program that it joined is detached by its owner', async () => {
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--json']);
  sendDatagrams(network.right, LEFT, [longHeader({ dcid: cidv1(22) })]);
  network.left.run(['ip', 'link', 'set', 'dev', 'left', 'xdp', 'off']);
  expect(await quicTop.ended).toBe(1);
  expect(quicTop.stderr).toMatch(
    /\nquic-top: the capture on left ended: the XDP program was detached, which quic-top had only joined\nNext: .*\n$/,
  );
  expect(jsonLines(quicTop.stdout).summary).toMatchObject({ captured: 1, balanced: true });
  expect(configuration()).toEqual({ mode: 0, ports: [4433] });
});
