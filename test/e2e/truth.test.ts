// No backend is claimed where nobody encoded one: real servers with connection IDs of their own kind, by default and beside
// one that really uses CIDv1.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, QuicHosts } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, type JsonPacket, jsonLines, startQuicTop } from '../support/quic-top.js';

/** Of the same network as the first one. */
const OTHER = '10.78.0.9';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

function read(name: string, ...args: string[]): JsonPacket[] {
  const command = [CLI, '-r', fixture(name), '--json', '--port', '443,4433,4434,8443', ...args];
  return jsonLines(execFileSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 2 ** 28 })).packets;
}
const claimed = (packets: readonly JsonPacket[]) =>
  packets.filter(({ backend, trust }) => backend !== null && trust === 'server');

describe('in captures', () => {
  it.each(['chromium-caddy.pcap', 'ngtcp2-v1.pcap', 'ngtcp2-ipv6.pcap', 'ngtcp2-retry.pcap', 'ngtcp2-0rtt.pcap'])(
    'of servers that encode nothing: %s',
    (name) => expect(claimed(read(name))).toEqual([]),
  );

  it('Caddy chose a CID that CIDv1 would read as backend 58420: it is told, and not claimed', () => {
    const chance = read('chromium-caddy.pcap').filter(({ backend }) => backend === 58420);
    expect(chance.length).toBeGreaterThan(0);
    expect(new Set(chance.map(({ trust }) => trust))).toEqual(new Set(['unknown']));
    // To whoever says that it is CIDv1 it is a backend.
    const said = claimed(read('chromium-caddy.pcap', '--cid', 'cidv1'));
    expect(said.map(({ backend }) => backend)).toContain(58420);
  });
});

describe('live', () => {
  let network: PairNetwork;
  beforeAll(() => {
    network = new PairNetwork();
    network.left.ip(`addr add ${OTHER}/24 dev left`);
  });
  afterAll(() => network.remove());

  it('a server with CIDv1 is trusted from its third CID on, whatever another one at its side chooses', async () => {
    const [left = ''] = PairNetwork.LEFT;
    const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'tap', '--json']);
    const handshake = (dcid: Uint8Array) => longHeader({ dcid, type: 'handshake' });
    // Of another server one CID fits by chance.
    const others = Array.from({ length: 40 }, (_, i) =>
      handshake(Uint8Array.from({ length: 8 }, (_, j) => 5 + i * 7 + j)),
    );
    sendDatagrams(network.right, OTHER, [...others, handshake(cidv1(99))]);
    sendDatagrams(
      network.right,
      left,
      [1, 2, 3, 4].map((one) => handshake(cidv1(17, 8 + one))),
    );
    await quicTop.printed(/(?:"backend":17,[\s\S]*){4}/);
    await quicTop.stop('SIGINT');
    const { packets } = jsonLines(quicTop.stdout);
    expect(packets.filter(({ backend }) => backend === 17).map(({ trust }) => trust)).toEqual([
      'unknown',
      'unknown',
      'server',
      'server',
    ]);
    expect(claimed(packets).every(({ dst }) => dst === left)).toBe(true);
    expect(packets.filter(({ backend }) => backend === 99).map(({ trust }) => trust)).toEqual(['unknown']);
  });

  it('a quiche server that chooses random ones is not trusted, beside it one with CIDv1 is', async () => {
    const [left = ''] = PairNetwork.LEFT;
    const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
    const servers = [await hosts.cidv1Server(OTHER, []), await hosts.cidv1Server(left, [17, 258])];
    try {
      const quicTop = await startQuicTop(network.left, 'left', ['--json']);
      await Promise.all([hosts.cidv1Connections(OTHER, 100), hosts.cidv1Connections(left, 10)]);
      await sleep(200);
      await quicTop.stop('SIGINT');
      const { packets } = jsonLines(quicTop.stdout);
      const random = packets.filter(({ src }) => src === OTHER);
      expect(new Set(random.map(({ scid }) => scid)).size).toBe(100);
      expect(claimed(packets).filter(({ src, dst }) => src === OTHER || dst === OTHER)).toEqual([]);
      const trusted = claimed(packets).map(({ backend }) => backend as number);
      expect([...new Set(trusted)].sort((a, b) => a - b)).toEqual([17, 258]);
    } finally {
      for (const server of servers) await server.stop();
    }
  });
});
