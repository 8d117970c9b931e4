// What quic-top shows against what tshark reads from the same wire, packet by packet, in both directions.

import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';
import { negotiating } from '../../demo/ngtcp2.mjs';
import { type BesideTshark, besideTshark, type Seen, shown } from '../support/beside-tshark.js';
import { datagrams, sorted, UNKNOWN_VERSION } from '../support/comparable.js';
import { HubNetwork, QuicHosts } from '../support/lab.js';
import type { JsonPacket, JsonSummary } from '../support/quic-top.js';

const PORT = 4433;
const BACKENDS = [17, 258, 4660, 65535];

describe.each([
  ['IPv4', 0],
  ['IPv6', 1],
])('over %s', (_, family) => {
  let expected: BesideTshark['expected'];
  let seen: JsonPacket[];
  let summary: JsonSummary | undefined;

  beforeAll(async () => {
    const network = new HubNetwork();
    try {
      const at = { namespace: network.hub, interfaceName: 'mirror', dir: network.dir };
      const both = await besideTshark(at, async (start) => {
        await start(network.mirror, 'mirror', ['--mode', 'divert']);
        await makeTraffic(network, family);
      });
      expected = both.expected;
      ({ packets: seen, summary } = both.seen[0] as Seen);
    } finally {
      network.remove();
    }
  });

  it('is a test with every kind of long header in it', () => {
    const all = expected.flat();
    const kinds = ['0rtt', 'handshake', 'initial', 'retry', 'unknown', 'version_negotiation'];
    expect([...new Set(all.map(({ type }) => type))].sort()).toEqual(kinds);
    expect(expected.some((datagram) => datagram.length > 1)).toBe(true);
    for (const fromServer of [false, true]) {
      const direction = all.filter(({ src_port }) => (src_port === PORT) === fromServer);
      expect(direction.map(({ backend }) => backend)).toEqual(expect.arrayContaining([null, ...BACKENDS]));
    }
  });

  it('shows the packets that tshark reads, all of them and no others', () => {
    expect(shown(seen)).toEqual(sorted(expected));
  });

  it('numbers the packets of a datagram from 0', () => {
    for (const datagram of datagrams(seen)) {
      expect(datagram.map(({ index }) => index)).toEqual(datagram.map((_, i) => i));
    }
  });

  it('loses nothing, and its sums balance', () => {
    expect(summary).toMatchObject({ mode: 'divert', xdp: 'native', balanced: true });
    expect(Object.values(summary?.lost ?? { missing: 1 }).every((count) => count === 0)).toBe(true);
    expect(summary?.captured).toBe(expected.length);
  });
});

async function makeTraffic(network: HubNetwork, family: number): Promise<void> {
  const hosts = new QuicHosts(network);
  const cidv1 = HubNetwork.SERVER[family] as string;
  const ngtcp2 = HubNetwork.OTHER_SERVER[family] as string;

  await hosts.cidv1Server(cidv1, BACKENDS);
  await hosts.cidv1Connections(cidv1, 40);
  await hosts.gtlsRequest(cidv1);

  const server = await hosts.gtlsServer(ngtcp2);
  await hosts.gtlsRequest(ngtcp2, negotiating(UNKNOWN_VERSION));
  const resumption = [`--session-file=${join(network.dir, 'session')}`, `--tp-file=${join(network.dir, 'parameters')}`];
  await hosts.gtlsRequest(ngtcp2, resumption);
  await hosts.gtlsRequest(ngtcp2, resumption); // the second one sends 0-RTT
  await server.stop();

  await hosts.gtlsServer(ngtcp2, ['--validate-addr']);
  await hosts.gtlsRequest(ngtcp2);
}
