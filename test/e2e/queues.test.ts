// Every backend's packets reach the socket of their slot, on one RX queue and on several.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const LEFT = PairNetwork.LEFT[0] as string;

it.each([
  { queues: 1, sockets: 1 },
  { queues: 4, sockets: 32 },
  { queues: 32, sockets: 256 },
])('delivers backends 0 to 127 on $queues RX queue(s)', async ({ queues, sockets }) => {
  const network = new PairNetwork({ queues });
  const backends = Array.from({ length: 128 }, (_, i) => i);
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--json']);
  const payloads = backends.map((backend) => longHeader({ dcid: cidv1(backend) }));
  sendDatagrams(network.right, LEFT, payloads, sockets);
  await sleep(100);
  await quicTop.stop('SIGINT');
  network.remove();

  const { packets, summary } = jsonLines(quicTop.stdout);
  expect(packets.map(({ backend }) => backend).sort((a, b) => Number(a) - Number(b))).toEqual(backends);
  for (const { backend, queue } of packets) expect(queue).toBe(Number(backend) % 64);
  // All of them came by AF_XDP sockets: nothing was copied, nothing vanished between the program and a socket.
  expect(summary).toMatchObject({ captured: 128, balanced: true, kernel: { redirected: 128, tapped: 0 } });
  expect(new Set(packets.map(({ rx_queue }) => rx_queue)).size).toBeGreaterThan(queues / 2);
});

it('keeps a request before its answer although they come by different ways', async () => {
  const network = new PairNetwork();
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--json']);
  // CIDv1 is redirected to a socket, the others go through the ring buffer.
  const dcids = Array.from({ length: 200 }, (_, i) => (i % 2 ? cidv1(i) : Uint8Array.of(7, 7, 0, i)));
  sendDatagrams(
    network.right,
    LEFT,
    dcids.map((dcid) => longHeader({ dcid })),
  );
  await sleep(100);
  await quicTop.stop('SIGINT');
  network.remove();

  const { packets } = jsonLines(quicTop.stdout);
  expect(packets.map(({ dcid }) => dcid)).toEqual(dcids.map((dcid) => Buffer.from(dcid).toString('hex')));
  expect(packets.map(({ frame }) => frame)).toEqual(dcids.map((_, i) => i + 1));
});
