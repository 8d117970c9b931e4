// Short headers, live: the programs count them by connection ID as tshark does, once the server was heard, and by backend.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dumpMap } from '../support/bpf-maps.js';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, QuicHosts } from '../support/lab.js';
import { cidv1, longHeader, SERVER } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';
import { shortHeadersWithTshark, startTshark } from '../support/tshark.js';

const [LEFT = ''] = PairNetwork.LEFT;

/** Of the same network as the first one. */
const OTHER = '10.78.0.9';

let network: PairNetwork;
let hosts: QuicHosts;
beforeAll(() => {
  network = new PairNetwork();
  hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
});
afterAll(() => network.remove());

const GENERATOR = fileURLToPath(new URL('../../build/Release/generator', import.meta.url));

interface BackendCount {
  packets: number;
  short_packets: number;
}

/** Seconds of CPU, and bytes of memory, that a process has used. */
function usage(pid: number) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [, kib] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s*(\d+)/m) ?? [];
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: Number(kib) * 1024 };
}

interface CidCount {
  key: { length: number; bytes: number[] };
  value: { short_packets: number };
}

const cidOf = ({ key }: CidCount) => Buffer.from(key.bytes.slice(0, key.length)).toString('hex');
const shortOf = (counts: CidCount[]) => counts.filter(({ value }) => value.short_packets > 0);

/**
 * Holds what the programs count of each connection ID while `traffic` runs against what tshark reads of the same wire. Before
 * that, `first` tells how long connection IDs are: what comes before quic-top has heard it is not read.
 */
async function besideTshark(mode: string, first: () => Promise<unknown>, traffic: () => Promise<unknown>) {
  const file = join(network.dir, `short-${Date.now()}.pcapng`);
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', mode, '--json']);
  const pid = quicTop.child.pid as number;
  await first();
  const tshark = await startTshark(network.left, 'left', file);
  const before = new Set(shortOf(dumpMap<CidCount>(pid, 'cid_counter')).map(cidOf));
  const unread = dumpMap(pid, 'unread_ports');
  await traffic();
  await tshark.stop();
  const counts = shortOf(dumpMap<CidCount>(pid, 'cid_counter'));
  expect(dumpMap(pid, 'unread_ports')).toEqual(unread);
  await quicTop.stop('SIGINT');
  const { summary } = jsonLines(quicTop.stdout);
  const seen = new Map(counts.map((count) => [cidOf(count), count.value.short_packets]));
  const read = [...seen.values()].reduce((sum, packets) => sum + packets, 0);
  expect(summary).toMatchObject({ balanced: true, kernel: { short_header_read: read, backend_not_counted: 0 } });
  for (const cid of before) seen.delete(cid);
  const expected = shortHeadersWithTshark(file);
  expect(seen).toEqual(expected);
  return expected;
}

it.each(['tap', 'divert'])('counts those of each connection ID as tshark does: %s', async (mode) => {
  const server = await hosts.gtlsServer(LEFT);
  try {
    const expected = await besideTshark(
      mode,
      () => hosts.gtlsRequest(LEFT),
      () => hosts.gtlsRequests(LEFT, 12),
    );
    expect(expected.size).toBe(12);
  } finally {
    await server.stop();
  }
});

it('and so where servers of one port choose several lengths', async () => {
  network.left.ip(`addr add ${OTHER}/24 dev left`);
  const servers = [await hosts.gtlsServer(LEFT), await hosts.cidv1Server(OTHER, [17, 258])];
  try {
    const both = async (count: number) => {
      await hosts.gtlsRequests(LEFT, count);
      await hosts.cidv1Connections(OTHER, count);
    };
    const expected = await besideTshark(
      'tap',
      () => both(1),
      async () => {
        for (let i = 0; i < 3; i++) await both(4);
      },
    );
    expect(new Set([...expected.keys()].map((dcid) => dcid.length / 2))).toEqual(new Set([18, 20]));
  } finally {
    for (const server of servers) await server.stop();
  }
});

it('counts every one of a flood under its backend: 500,000 a second over 100,000 connection IDs', async () => {
  const CIDS = 100_000;
  const BACKENDS = 64;
  const SECONDS = 10;
  const quicTop = await startQuicTop(network.left, 'left', ['--headless', '--json', '--cid', 'cidv1']);
  try {
    // By it is known how long the CIDs are of the server that the generator sends to.
    network.right.ip(`route add ${SERVER.ipv4}/32 dev right`);
    network.right.ip(`neigh add ${SERVER.ipv4} lladdr 02:00:00:00:51:01 dev right`);
    sendDatagrams(network.right, SERVER.ipv4, [longHeader({ dcid: cidv1(1), type: 'handshake' })]);
    await sleep(300);
    // Frames of the generator go to a NAPI poll.
    network.left.run(['ethtool', '-K', 'left', 'gro', 'on']);
    const pid = quicTop.child.pid as number;
    const before = usage(pid);
    const options = `--size 100 --numbered --dcids ${CIDS} --backends ${BACKENDS} --short-share 1`;
    const paced = `--interface right --rate 500000 --duration ${SECONDS}`;
    const { short: sent } = JSON.parse(network.right.run([GENERATOR, ...`${paced} ${options}`.split(' ')]));
    const after = usage(pid);
    const rows = dumpMap<{ key: { server_id: number }; values: { value: BackendCount }[] }>(pid, 'backend_counter');
    await quicTop.stop('SIGINT');
    const { summary } = jsonLines(quicTop.stdout);
    const { kernel } = summary as NonNullable<typeof summary>;
    const arrived = kernel.short_header as number;
    expect(summary).toMatchObject({ balanced: true, kernel: { short_header_unread: 0, backend_not_counted: 0 } });
    expect(kernel.short_header_read).toBe(arrived);
    expect(arrived).toBeGreaterThan(SECONDS * 100_000);
    const seen = new Map(
      rows.map(({ key, values }) => [key.server_id, values.reduce((sum, { value }) => sum + value.short_packets, 0)]),
    );
    // Frame n has CID n % CIDS, and that names CID % BACKENDS.
    const whole = Math.floor(sent / CIDS);
    const expected = new Map(Array.from({ length: BACKENDS }, (_, backend) => [backend, 0]));
    for (let cid = 0; cid < CIDS; cid++) {
      const packets = whole + Number(cid < sent % CIDS);
      expected.set(cid % BACKENDS, (expected.get(cid % BACKENDS) as number) + packets);
    }
    // What the wire lost before the programs is missing, and nothing else.
    const missing = [...expected].map(([backend, count]) => count - (seen.get(backend) ?? 0));
    expect(Math.min(...missing)).toBeGreaterThanOrEqual(0);
    expect(missing.reduce((sum, count) => sum + count, 0)).toBe(sent - arrived);
    expect([...seen.keys()].every((backend) => backend < BACKENDS)).toBe(true);
    expect(after.cpu - before.cpu).toBeLessThan(0.15 * SECONDS);
    expect(after.memory - before.memory).toBeLessThan(8 << 20);
  } finally {
    await quicTop.stop('SIGINT');
  }
});
