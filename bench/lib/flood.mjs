// quic-top at one end of a cable, the generator at the other: what each of them counted.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { PairNetwork } from '../../demo/network.mjs';
import { Program } from '../../demo/program.mjs';

/** A program that the build made. @param {string} name */
export const tool = (name) => fileURLToPath(new URL(`../../build/Release/${name}`, import.meta.url));
export const GENERATOR = tool('generator');
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** The generator and the kernel's receive path share the first core, the receiver has the others. */
export const CPUS = { generator: '0', receiver: availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : '0' };

/**
 * Two hosts on one cable on which nothing else talks: what arrives is what the generator sent.
 * @param {{queues?: number}} [options] RX queues of each end; the generator's frames, from one core, take one of them
 * @returns {PairNetwork}
 */
export function makeCable(options = {}) {
  const network = new PairNetwork(options);
  for (const [namespace, name] of /** @type {const} */ ([
    [network.left, 'left'],
    [network.right, 'right'],
  ])) {
    // Multicast listener reports and router solicitations, at moments of their own.
    namespace.run(['sysctl', '-q', `net.ipv6.conf.${name}.disable_ipv6=1`]);
  }
  // Without an XDP program a veth's end takes live frames only with GRO, which every network card has on as well.
  network.right.run(['ethtool', '-K', 'right', 'gro', 'on']);
  return network;
}

/** @typedef {Record<string, string | number | boolean>} GeneratorOptions by name; true: it has no value, false: without it */

/**
 * Starts the generator at the left end, on its own core.
 * @param {PairNetwork} network
 * @param {GeneratorOptions} options
 */
export function startGenerator(network, options) {
  const words = Object.entries(options)
    .filter(([, value]) => value !== false)
    .flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
  return new Program(network.left.command([GENERATOR, '--interface', 'left', '--cpu', CPUS.generator, ...words]));
}

/**
 * @typedef {object} Sent what the generator counted
 * @property {number} seconds
 * @property {number} sent
 * @property {number} rate
 * @property {number} cidv1
 * @property {number} other
 * @property {number} short
 * @property {number} foreign
 * @property {number} delivered frames that reached the interface, other senders' too
 * @property {number} dropped frames that the veth had no room for: quic-top cannot know of them
 */

/**
 * @typedef {object} Summary quic-top's last JSON line, as far as it is used here
 * @property {Record<string, number>} kernel
 * @property {number} captured
 * @property {Record<string, number>} lost
 * @property {boolean} balanced
 */

/**
 * Starts quic-top, lets the generator send, and gives back what both counted.
 * @param {object} options
 * @param {GeneratorOptions} options.generator
 * @param {string[]} [options.quicTop] its options but the interface
 * @param {boolean} [options.starve] stop quic-top for half of the time: twice as much is offered as it can take
 * @param {(pid: number) => unknown} [options.onCapturing] quic-top's process, once it captures
 * @returns {Promise<{sent: Sent, summary: Summary}>}
 */
export async function flood({ generator, quicTop = ['--mode', 'divert'], starve = false, onCapturing }) {
  const network = makeCable();
  try {
    const watch = [process.execPath, CLI, 'right', ...quicTop, '--json', '--quiet'];
    const receiver = new Program(network.right.command(['taskset', '--cpu-list', CPUS.receiver, ...watch]));
    await receiver.printed(/^listening on .*\n/m);
    onCapturing?.(/** @type {number} */ (receiver.child.pid));

    const sender = startGenerator(network, generator);
    const wake = starve ? doze(receiver) : () => {};
    const status = await sender.ended;
    wake();
    if (status !== 0) throw new Error(sender.stderr);
    if ((await receiver.stop('SIGINT')) !== 0) throw new Error(receiver.stderr);
    return { sent: JSON.parse(sender.stdout), summary: JSON.parse(receiver.stdout) };
  } finally {
    network.remove();
  }
}

/**
 * Stops a program for 100 ms in every 200, until the answer is called.
 * @param {Program} program
 */
function doze(program) {
  let stopped = false;
  const timer = setInterval(() => {
    stopped = !stopped;
    program.child.kill(stopped ? 'SIGSTOP' : 'SIGCONT');
  }, 100);
  return () => {
    clearInterval(timer);
    program.child.kill('SIGCONT');
  };
}

/**
 * @param {Record<string, number>} counts
 * @returns {number}
 */
export const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
