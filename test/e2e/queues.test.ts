// Every backend's packets reach the socket of their slot, on one RX queue and on several.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, filler, longHeader } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const LEFT = PairNetwork.LEFT[0] as string;

it.each([
  { queues: 1, senders: 1, sockets: 1 },
  { queues: 1, senders: 1, sockets: 64 },
  { queues: 4, senders: 32, sockets: 1 },
  { queues: 4, senders: 32, sockets: 7 },
  { queues: 32, senders: 256, sockets: 1 },
  { queues: 32, senders: 256, sockets: 64 },
])(
  'delivers backends 0 to 127 on $queues RX queue(s) with $sockets socket(s)',
  async ({ queues, senders, sockets }) => {
    const network = new PairNetwork({ queues });
    const backends = Array.from({ length: 128 }, (_, i) => i);
    const quicTop = await startQuicTop(network.left, 'left', [
      ...['--mode', 'divert', '--json'],
      ...['--sockets', String(sockets)],
    ]);
    const payloads = backends.map((backend) => longHeader({ dcid: cidv1(backend) }));
    sendDatagrams(network.right, LEFT, payloads, senders);
    await sleep(100);
    await quicTop.stop('SIGINT');
    network.remove();

    const { packets, summary } = jsonLines(quicTop.stdout);
    expect(packets.map(({ backend }) => backend).sort((a, b) => Number(a) - Number(b))).toEqual(backends);
    for (const { backend, queue } of packets) expect(queue).toBe(Number(backend) % 64);
    // All of them came by AF_XDP sockets: nothing was copied, nothing vanished between the program and a socket.
    expect(summary).toMatchObject({ captured: 128, balanced: true, kernel: { redirected: 128, tapped: 0 } });
    expect(new Set(packets.map(({ rx_queue }) => rx_queue)).size).toBeGreaterThan(queues / 2);
  },
);

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

/** The drain threads of a process: how often each has gone to sleep, and nanoseconds that it ran (proc(5)). */
function drainThreads(pid: number) {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const read = (file: string) => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8');
    if (read('comm') !== 'qt-drain\n') return [];
    const sleeps = Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(read('status'))?.[1]);
    return { sleeps, ran: Number(read('schedstat').split(' ')[0]) };
  });
}

/** A number of a process's status in /proc, in KiB where it is memory. */
const statusOf = (pid: number, name: string) =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

it.each([64, 128])('sleeps while nothing comes, on %i RX queues', async (queues) => {
  const network = new PairNetwork({ queues });
  try {
    // Nothing else is to come either.
    for (const namespace of [network.left, network.right])
      namespace.run(['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
    const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--headless']);
    const pid = quicTop.child.pid as number;
    const node = statusOf(process.pid, 'Threads');
    await sleep(1000);
    const before = drainThreads(pid);
    await sleep(4000);
    const after = drainThreads(pid);
    expect(after.length).toBeGreaterThan(0);
    for (const [i, { sleeps, ran }] of after.entries()) {
      const start = before[i] as (typeof before)[number];
      // It wakes for its heartbeat, ten times a second. One that spins never sleeps, and runs all the time.
      expect(sleeps - start.sleeps).toBeGreaterThan(0);
      expect(sleeps - start.sleeps).toBeLessThanOrEqual(45);
      expect(ran - start.ran).toBeLessThan(1e9);
    }
    expect(statusOf(pid, 'Threads')).toBeLessThan(node + 10);
    // AddressSanitizer keeps its own memory beside ours (test/asan/run).
    if (!process.env.LD_PRELOAD?.includes('libasan')) expect(statusOf(pid, 'VmRSS')).toBeLessThan(350 * 1024);

    // And what comes wakes it.
    sendDatagrams(network.right, LEFT, [longHeader({ dcid: cidv1(17) })]);
    await sleep(50);
    await quicTop.stop('SIGINT');
    const { summary } = jsonLines(quicTop.stdout);
    expect(summary).toMatchObject({ captured: 1, balanced: true, kernel: { redirected: 1 } });
  } finally {
    network.remove();
  }
});

it('takes frames that come in several pieces as the driver hands them out, and copies those', async () => {
  const network = new PairNetwork();
  try {
    for (const [namespace, name] of [
      [network.left, 'left'],
      [network.right, 'right'],
    ] as const)
      namespace.ip(`link set ${name} mtu 9000`);
    const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--json']);
    expect(quicTop.stderr).toMatch(/mode divert \(native\)/);
    const sizes = [100, 1200, 5000, 8900];
    const payloads = sizes.map((size) => longHeader({ dcid: cidv1(17), payload: filler(size) }));
    sendDatagrams(network.right, LEFT, payloads);
    await sleep(200);
    await quicTop.stop('SIGINT');
    const { packets, summary } = jsonLines(quicTop.stdout);
    expect(packets.map(({ packet_length }) => packet_length)).toEqual(payloads.map(({ length }) => length));
    expect(summary).toMatchObject({
      captured: 4,
      balanced: true,
      kernel: { redirected: 2, tapped: 2, long_header: 4 },
    });
  } finally {
    network.remove();
  }
});
