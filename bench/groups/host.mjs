// What watching costs the host: its kernel for each packet, that of a flood, the datagrams that its server gets, and its TCP.

import { setTimeout as sleep } from 'node:timers/promises';
import { PairNetwork } from '../../demo/network.mjs';
import { Program } from '../../demo/program.mjs';
import { CPUS, makeCable, sum, tool } from '../lib/flood.mjs';
import { nobody, quicTop, tcpdump } from '../lib/receivers.mjs';
import { ratioRow } from '../lib/report.mjs';
import { interleave } from '../lib/statistics.mjs';
import { trial } from '../lib/trial.mjs';

/** Below what quic-top copies in mode tap when nobody says a budget. */
const RATE = 150_000;
/** So many that hardly any CID comes twice. */
const NEW_CIDS = 2 ** 32 - 1;

const tap = quicTop('--mode', 'tap');
const xdpTap = quicTop('--mode', 'tap', '--hook', 'xdp');

/** @typedef {import('../lib/report.mjs').Context} Context */
/** @typedef {import('../lib/trial.mjs').Outcome} Outcome */
/** @typedef {{receiver: import('../lib/receivers.mjs').Receiver, foreign?: boolean}} Subject */

const WATCHERS = { nobody, tap, 'tap, XDP': xdpTap, 'tcpdump -B 32768': tcpdump('udp', 'port', '4433') };

/** The host is sent packets of the watched port, and in turn packets of another one. @type {Record<string, Subject>} */
const PACKETS = Object.fromEntries(
  Object.entries(WATCHERS).flatMap(([name, receiver]) => [
    [name, { receiver }],
    [`${name}, foreign`, { receiver, foreign: true }],
  ]),
);

/** @type {Record<string, Subject>} */
const FLOOD = {
  nobody: { receiver: { ...nobody, dcids: NEW_CIDS } },
  'tap, foreign': { receiver: { ...tap, dcids: NEW_CIDS }, foreign: true },
  'tap, over budget': { receiver: { ...quicTop('--mode', 'tap', '--budget', '1000'), dcids: NEW_CIDS } },
  'tap, default budget': { receiver: { ...tap, dcids: NEW_CIDS } },
};

const TCP = {
  nobody,
  tap: quicTop('--mode', 'tap', '--egress', 'none'),
  'tap, --egress auto': quicTop('--mode', 'tap', '--egress', 'auto'),
  'tap, --egress socket': quicTop('--mode', 'tap', '--egress', 'socket'),
  divert: quicTop('--mode', 'divert'),
  'divert, --xdp generic': quicTop('--mode', 'divert', '--xdp', 'generic'),
};

/**
 * Reads the sockets of both ports, as fast as it can, once a millisecond: no packet finds it asleep, so that no wake-up is
 * in what a packet costs the kernel. SO_RCVBUFFORCE is 33: a reader that waits for its core has 64 MiB of time.
 */
const UDP_SERVER = `
import socket, time
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for s, port in zip(sockets, (4433, 4432)):
    s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
    s.setblocking(False)
    s.bind(('10.0.0.1', port))
print('ready', flush=True)
buffer = bytearray(2048)
while True:
    for s in sockets:
        try:
            while True: s.recv_into(buffer)
        except BlockingIOError: pass
    time.sleep(0.001)
`;

/**
 * Starts one of the host's own programs, on the cores that the watcher has as well.
 * @param {PairNetwork} network @param {string[]} command @param {RegExp} ready what it prints when it serves
 */
async function startServer(network, command, ready) {
  const server = new Program(network.right.command(['taskset', '--cpu-list', CPUS.receiver, ...command]));
  await server.printed(ready);
  return server;
}

/** Datagrams that programs have read from sockets of the host, ever. @param {PairNetwork} network */
function datagramsRead(network) {
  const values = network.right.run(['cat', '/proc/net/snmp']).match(/^Udp: (\d+)/m);
  return Number(values?.[1]);
}

/**
 * Waits until the server has read what arrived, or a second has passed. How many datagrams it read.
 * @param {PairNetwork} network @param {number} before what datagramsRead() was @param {number} arrived
 */
async function datagramsServed(network, before, arrived) {
  const deadline = performance.now() + 1000;
  for (;;) {
    const served = datagramsRead(network) - before;
    if (served >= arrived || performance.now() > deadline) return served;
    await sleep(20);
  }
}

/**
 * Throws unless quic-top's counters, where it was one, say of each frame that arrived what became of it.
 * @param {string} name @param {Subject} subject @param {Outcome} outcome
 */
function checkLedger(name, { foreign = false }, { kernel, sent, received, lost: { veth_full = 0, ...lost } }) {
  if (!kernel) return;
  const { frames, other_port, long_header, tapped = 0, over_budget = 0, unattended = 0 } = kernel;
  const [ours, others] = foreign ? [0, sent - veth_full] : [sent - veth_full, 0];
  const exact =
    frames === ours + others &&
    long_header === ours &&
    other_port === others &&
    tapped + over_budget + unattended === ours &&
    received + sum(lost) === tapped;
  if (!exact) throw new Error(`${name}: the ledger is not exact: ${JSON.stringify({ sent, veth_full, lost, kernel })}`);
}

/**
 * One number of each result.
 * @template R
 * @param {Record<string, R[]>} results @param {(result: R) => number} of
 * @returns {Record<string, number[]>}
 */
const pick = (results, of) =>
  Object.fromEntries(Object.entries(results).map(([name, all]) => [name, all.map((result) => of(result))]));

/**
 * Sends to a host that is watched. What its kernel did for each packet that arrived: nanoseconds of the softirq NET_RX.
 * @param {PairNetwork} cable @param {string} name @param {Subject} subject
 * @param {{rate: number, seconds: number}} traffic
 */
async function timeKernel(cable, name, subject, traffic) {
  const { receiver, foreign = false } = subject;
  const timer = new Program([tool('softirq_timer'), CPUS.generator]);
  await timer.printed(/ready/);
  const outcome = await trial(cable, receiver, { ...traffic, foreign });
  if ((await timer.stop()) !== 0) throw new Error(timer.stderr);
  checkLedger(name, subject, outcome);
  const { nanoseconds } = JSON.parse(timer.stdout.replace('ready', ''));
  const arrived = outcome.sent - (outcome.lost.veth_full ?? 0);
  return { outcome, arrived, kernel: nanoseconds / arrived };
}

/** @param {Context} context */
async function packets({ rounds, quick, say }) {
  const cable = makeCable();
  const seconds = quick ? 0.2 : 0.5;
  try {
    // The generator's frames are for this host.
    cable.right.ip('link set right address 02:00:00:00:51:01');
    cable.right.ip('addr add 10.0.0.1/24 dev right');
    const server = await startServer(cable, ['python3', '-c', UDP_SERVER], /ready/);
    const results = await interleave(PACKETS, rounds, async (subject, name) => {
      const before = datagramsRead(cable);
      const { outcome, arrived, kernel } = await timeKernel(cable, name, subject, { rate: RATE, seconds });
      const served = (await datagramsServed(cable, before, arrived)) / outcome.sent;
      const watcher = (outcome.cost.receiver / outcome.rate) * 1e9;
      say(
        `${name}: kernel ${kernel.toFixed(0)} ns a packet, watcher ${watcher.toFixed(0)}; the server got ${(100 * served).toFixed(3)} %`,
      );
      if (outcome.rate < 0.98 * RATE) say(`${name}: only ${outcome.rate.toFixed(0)} packets a second were sent`);
      return { kernel, watcher, served };
    });
    await server.stop();
    const [kernel, watcher, served] = /** @type {const} */ (['kernel', 'watcher', 'served']).map((what) =>
      pick(results, (result) => result[what]),
    );
    return { kernel: kernel ?? {}, watcher: watcher ?? {}, served: served ?? {} };
  } finally {
    cable.remove();
  }
}

/** @param {Context} context */
async function flood({ rounds, quick, say }) {
  const cable = makeCable();
  const seconds = quick ? 0.2 : 0.5;
  try {
    const results = await interleave(FLOOD, rounds, async (subject, name) => {
      const { outcome, arrived, kernel } = await timeKernel(cable, name, subject, { rate: 0, seconds });
      const rate = (outcome.rate * arrived) / outcome.sent;
      const { over_budget = 0, long_header = 0 } = outcome.kernel ?? {};
      const over = long_header > 0 ? `, ${((100 * over_budget) / long_header).toFixed(1)} % over budget` : '';
      say(
        `flood, ${name}: ${(rate / 1e6).toFixed(2)} million/s arrived of ${(outcome.rate / 1e6).toFixed(2)}, kernel ${kernel.toFixed(0)} ns a packet${over}`,
      );
      return { kernel, rate };
    });
    return { kernel: pick(results, ({ kernel }) => kernel), rate: pick(results, ({ rate }) => rate) };
  } finally {
    cable.remove();
  }
}

/** @param {Context} context */
async function throughput({ rounds, say }) {
  const network = new PairNetwork();
  try {
    // As network cards have them: TCP gives and gets super-frames.
    for (const [namespace, name] of /** @type {const} */ ([
      [network.left, 'left'],
      [network.right, 'right'],
    ])) {
      const offloads = ['tx', 'rx', 'sg', 'gso', 'tso', 'gro'].flatMap((feature) => [feature, 'on']);
      namespace.run(['ethtool', '-K', name, ...offloads]);
    }
    const server = await startServer(network, ['iperf3', '--server', '--forceflush'], /Server listening/);
    /** Gbit/s of TCP that arrived at its receiver. @param {string[]} options */
    const measure = async (...options) => {
      const [address = ''] = PairNetwork.RIGHT;
      const client = ['iperf3', '--client', address, '--json', '--time', '1', ...options];
      const program = new Program(network.left.command(['taskset', '--cpu-list', CPUS.generator, ...client]));
      if ((await program.ended) !== 0) throw new Error(`${client.join(' ')}: ${program.stdout}${program.stderr}`);
      return JSON.parse(program.stdout).end.sum_received.bits_per_second / 1e9;
    };
    const results = await interleave(TCP, rounds, async (receiver, name) => {
      const watcher = await receiver.start(network.right);
      const receives = await measure();
      const sends = await measure('--reverse');
      await watcher.stop();
      say(`TCP, ${name}: the host receives ${receives.toFixed(2)} Gbit/s, sends ${sends.toFixed(2)}`);
      return { receives, sends };
    });
    await server.stop();
    return { receives: pick(results, ({ receives }) => receives), sends: pick(results, ({ sends }) => sends) };
  } finally {
    network.remove();
  }
}

/** @type {import('../lib/report.mjs').Group} */
export async function host(context) {
  const { kernel, watcher, served } = await packets(context);
  const flooded = await flood(context);
  const tcp = await throughput(context);
  const [kernelRow, servedRow, floodRow] = [ratioRow(kernel), ratioRow(served), ratioRow(flooded.kernel)];
  const [receivesRow, sendsRow] = [ratioRow(tcp.receives), ratioRow(tcp.sends)];
  const tcpdumpName = 'tcpdump -B 32768';
  const perPacket = "what the host's kernel does for a packet of";
  return {
    rows: [
      kernelRow(`tap: ${perPacket} the watched port / nobody watching`, 'tap', 'nobody'),
      kernelRow('tap by XDP: the same', 'tap, XDP', 'nobody'),
      kernelRow('`tcpdump -B 32768` of that port: the same', tcpdumpName, 'nobody'),
      kernelRow('tap: the same / `tcpdump -B 32768` of that port', 'tap', tcpdumpName, { most: 1 }),
      kernelRow(`tap: ${perPacket} another port / nobody watching`, 'tap, foreign', 'nobody, foreign'),
      kernelRow('tap by XDP, another port: the same', 'tap, XDP, foreign', 'nobody, foreign'),
      kernelRow(
        '`tcpdump -B 32768` of the watched port, another port: the same',
        `${tcpdumpName}, foreign`,
        'nobody, foreign',
      ),
      kernelRow(
        'tap, another port: the same / `tcpdump -B 32768` of the watched port',
        'tap, foreign',
        `${tcpdumpName}, foreign`,
        { most: 1.1 },
      ),
      servedRow(
        `tap: datagrams that the host's server gets of ${RATE.toLocaleString('en')}/s / nobody watching`,
        'tap',
        'nobody',
        {
          least: 0.999,
        },
      ),
      floodRow(
        'tap, flood of new CIDs: kernel for each packet over budget / foreign packet',
        'tap, over budget',
        'tap, foreign',
        {
          most: 1.3,
        },
      ),
      floodRow('the same, of all packets with the default budget', 'tap, default budget', 'tap, foreign'),
      ...Object.keys(TCP)
        .slice(1)
        .flatMap((name) => [
          receivesRow(`${name}: TCP that the host receives / nobody watching`, name, 'nobody'),
          sendsRow(`${name}: TCP that the host sends / nobody watching`, name, 'nobody'),
        ]),
    ],
    details: [
      {
        title: "The host's kernel, for each packet",
        note: `Time in the softirq NET_RX of the core that receives, at ${RATE.toLocaleString('en')} packets of 1200 bytes a second: NAPI, what the watcher has there, IP, UDP, the queue of the server's socket. Sending is not in it. The server reads once a millisecond, so that waking it is not, either. "foreign": to a port that is not watched.`,
        unit: 'ns',
        digits: 0,
        values: kernel,
      },
      { title: 'The watching process, for each packet', unit: 'ns', digits: 0, values: watcher },
      {
        title: 'Datagrams that the server got, of those sent',
        unit: 'share',
        digits: 5,
        values: served,
      },
      {
        title: 'The kernel in a flood, for each packet',
        note: 'The same of all that the generator can send from the core that receives, each packet with a new CID. The packets are for another host\'s MAC address: above the hook, IP drops them at once. "Over budget": `--budget 1000`, so that nearly all of the packets are; the others are captured and counted under their CIDs, and are in the number. The default budget is 200,000 a second. In each run of quic-top every frame is in its ledger, else the bench fails.',
        unit: 'ns',
        digits: 0,
        values: flooded.kernel,
      },
      { title: 'How much of that flood arrived', unit: 'packets/s', digits: 0, values: flooded.rate },
      {
        title: 'TCP that the host receives',
        note: 'One connection of iperf3 across the veth, with the offloads of a network card (TSO, GSO, GRO, checksums) until the watcher has them switched off. Client and server have a core each; the watcher shares that of the server.',
        unit: 'Gbit/s',
        digits: 2,
        values: tcp.receives,
      },
      { title: 'TCP that the host sends', unit: 'Gbit/s', digits: 2, values: tcp.sends },
    ],
  };
}
