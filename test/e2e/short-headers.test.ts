// Short headers, live: the programs count them by connection ID as tshark does, once the server was heard, and by backend.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dumpMap } from '../support/bpf-maps.js';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, QuicHosts } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';
import { shortHeadersWithTshark, startTshark } from '../support/tshark.js';

const [LEFT = ''] = PairNetwork.LEFT;

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

it.each(['tap', 'divert'])('counts those of each connection ID as tshark does: %s', async (mode) => {
  const server = await hosts.gtlsServer(LEFT);
  const file = join(network.dir, `${mode}.pcapng`);
  try {
    const quicTop = await startQuicTop(network.left, 'left', ['--mode', mode, '--json']);
    const tshark = await startTshark(network.left, 'left', file);
    await hosts.gtlsRequests(LEFT, 12);
    await tshark.stop();
    const counts = dumpMap<CidCount>(quicTop.child.pid as number, 'cid_counter');
    await quicTop.stop('SIGINT');
    const { summary } = jsonLines(quicTop.stdout);
    const seen = new Map(
      counts
        .filter(({ value }) => value.short_packets > 0)
        .map(({ key, value }) => [Buffer.from(key.bytes.slice(0, key.length)).toString('hex'), value.short_packets]),
    );
    const expected = shortHeadersWithTshark(file);
    expect(expected.size).toBe(12);
    expect(seen).toEqual(expected);
    const total = [...expected.values()].reduce((sum, count) => sum + count, 0);
    expect(summary).toMatchObject({
      balanced: true,
      kernel: { short_header_read: total, short_header_unread: 0, backend_not_counted: 0 },
    });
  } finally {
    await server.stop();
  }
});

it('counts every one of a flood under its backend: 500,000 a second over 100,000 connection IDs', async () => {
  const CIDS = 100_000;
  const BACKENDS = 64;
  const SECONDS = 10;
  const quicTop = await startQuicTop(network.left, 'left', ['--headless', '--json', '--cid', 'cidv1']);
  try {
    // By it is known how long CIDs are.
    const [first = ''] = PairNetwork.LEFT;
    sendDatagrams(network.right, first, [longHeader({ dcid: cidv1(1), type: 'handshake' })]);
    await sleep(300);
    // Frames of the generator go to a NAPI poll.
    network.left.run(['ethtool', '-K', 'left', 'gro', 'on']);
    const pid = quicTop.child.pid as number;
    const before = usage(pid);
    network.right.run([
      GENERATOR,
      ...`--interface right --size 100 --numbered --dcids ${CIDS} --backends ${BACKENDS} --short-share 1 --rate 500000 --duration ${SECONDS}`.split(
        ' ',
      ),
    ]);
    const after = usage(pid);
    const rows = dumpMap<{ key: { server_id: number }; values: { value: BackendCount }[] }>(pid, 'backend_counter');
    await quicTop.stop('SIGINT');
    const { summary } = jsonLines(quicTop.stdout);
    const { kernel } = summary as NonNullable<typeof summary>;
    const sent = kernel.short_header as number;
    expect(summary).toMatchObject({ balanced: true, kernel: { short_header_unread: 0, backend_not_counted: 0 } });
    expect(kernel.short_header_read).toBe(sent);
    expect(sent).toBeGreaterThan(SECONDS * 100_000);
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
    expect(seen).toEqual(expected);
    expect(after.cpu - before.cpu).toBeLessThan(0.15 * SECONDS);
    expect(after.memory - before.memory).toBeLessThan(8 << 20);
  } finally {
    await quicTop.stop('SIGINT');
  }
});
