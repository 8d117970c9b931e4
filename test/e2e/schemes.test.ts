// Connection IDs of other schemes than CIDv1, live: by the XDP program to the slot of their server, counted by the kernel.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { type Bytes, concat, filler, hex, longHeader, u8, u16, u32 } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const LEFT = PairNetwork.LEFT[0] as string;
const CIDS = 1000;
const BACKENDS = 64;
const PACKETS_OF_CID = 3;

/** A CID of a backend, one of many. */
const SCHEMES: Record<string, (backend: number, one: number) => Bytes> = {
  mvfst: (backend, one) => concat(u8(0x80, 0), u16(backend), u8(one & 255, 0x80), u16(one)),
  nginx: (backend, one) => concat(u32(0), u32(backend), filler(8), u32(one)),
  'aws-nlb': (backend, one) => concat(u8(0x0f), u32(0x2cf06077), u32(backend), filler(3), u32(one)),
};

it.each(Object.keys(SCHEMES))('diverts each packet to the slot of its server: %s', async (scheme) => {
  const makeCid = SCHEMES[scheme] as (typeof SCHEMES)[string];
  const cids = Array.from({ length: CIDS }, (_, i) => makeCid(i % BACKENDS, i));
  const network = new PairNetwork();
  try {
    const options = ['--mode', 'divert', '--json', '--cid', scheme, '--sockets', '64'];
    const quicTop = await startQuicTop(network.left, 'left', options);
    const payloads = Array.from({ length: PACKETS_OF_CID }, () =>
      cids.map((dcid) => longHeader({ dcid, type: 'handshake' })),
    ).flat();
    sendDatagrams(network.right, LEFT, payloads);
    await sleep(200);
    await quicTop.stop('SIGINT');

    const { packets, summary } = jsonLines(quicTop.stdout);
    const frames = CIDS * PACKETS_OF_CID;
    expect(summary).toMatchObject({ captured: frames, balanced: true, kernel: { redirected: frames, tapped: 0 } });
    const byCid = new Map(cids.map((cid, i) => [hex(cid), i % BACKENDS]));
    for (const { dcid, server_id, queue, cid_scheme } of packets) {
      const backend = byCid.get(dcid) as number;
      expect([cid_scheme, queue, Number.parseInt((server_id as string).slice(-8), 16)]).toEqual([
        scheme,
        backend,
        backend,
      ]);
    }
    const counted = new Map<number | null, number>();
    for (const { queue } of packets) counted.set(queue, (counted.get(queue) ?? 0) + 1);
    expect(counted.size).toBe(BACKENDS);
    for (const [queue, count] of counted) {
      expect(count).toBe(PACKETS_OF_CID * cids.filter((_, i) => i % BACKENDS === queue).length);
    }
  } finally {
    network.remove();
  }
});
