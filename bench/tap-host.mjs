// Does mode tap cost the host packets? 200,000 long headers a second go to a UDP socket of the host, in turn with quic-top
// tapping and without it, and the kernel counts what the socket's owner has received.
import { Program } from '../demo/program.mjs';
import { CLI, CPUS, makeCable, startGenerator, sum } from './lib/flood.mjs';
import { readSeconds } from './lib/options.mjs';
import { interleave, median } from './lib/statistics.mjs';

const RATE = 200_000;
const ROUNDS = 5;
const seconds = readSeconds(10);

/** Reads a socket as fast as it can. SO_RCVBUFFORCE is 33: a receiver that waits for its core has 64 MiB of time. */
const RECEIVER = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
s.bind(('10.0.0.1', 4433))
print('ready', flush=True)
buffer = bytearray(2048)
while True: s.recv_into(buffer)
`;

const network = makeCable();
// The generator's frames are for this host.
network.right.ip('link set right address 02:00:00:00:51:01');
network.right.ip('addr add 10.0.0.1/24 dev right');
const onReceiversCpus = (/** @type {string[]} */ command) =>
  new Program(network.right.command(['taskset', '--cpu-list', CPUS.receiver, ...command]));

/** Datagrams that were read from sockets in there, ever. */
function received() {
  const values = network.right.run(['cat', '/proc/net/snmp']).match(/^Udp: (\d+)/m);
  return Number(values?.[1]);
}

/** @param {boolean} tapping */
async function run(tapping) {
  const quicTop = tapping
    ? onReceiversCpus([process.execPath, CLI, 'right', '--mode', 'tap', '--headless', '--json'])
    : null;
  await quicTop?.printed(/^listening on .*\n/m);
  const before = received();
  const generator = startGenerator(network, { rate: RATE, duration: seconds, size: 300 });
  if ((await generator.ended) !== 0) throw new Error(generator.stderr);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const host = received() - before;
  await quicTop?.stop('SIGINT');
  const { sent } = JSON.parse(generator.stdout);
  return { sent, host, summary: quicTop && JSON.parse(quicTop.stdout) };
}

try {
  const receiver = onReceiversCpus(['python3', '-c', RECEIVER]);
  await receiver.printed(/ready/);
  const runs = await interleave({ without: false, tapping: true }, ROUNDS, run);
  for (const [name, results] of Object.entries(runs)) {
    const shares = results.map(({ sent, host }) => host / sent);
    console.log(
      `${name}: the host received ${(100 * median(shares)).toFixed(3)} % of what was sent (median of ${ROUNDS})`,
    );
    for (const { sent, host, summary } of results) {
      const copies = summary
        ? `; copied ${summary.captured}, copies lost ${sum(summary.lost)}, balanced ${summary.balanced}`
        : '';
      console.log(`  sent ${sent}, received ${host}${copies}`);
    }
  }
  await receiver.stop();
  if (!runs.tapping?.every(({ summary }) => summary?.balanced)) process.exitCode = 1;
} finally {
  network.remove();
}
