// What receives the generator's frames: quic-top, the receivers that do nothing, and what people use today. Each one is
// started in a network's namespace and tells at its end what it got and what was lost, by cause.
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from '../../demo/program.mjs';
import { CLI, CPUS, tool } from './flood.mjs';
import { Terminal } from './terminal.mjs';

/**
 * @typedef {object} Counted
 * @property {number} received
 * @property {Record<string, number>} lost by cause
 * @property {Record<string, number>} [kernel] quic-top's counters of where every frame ended
 *
 * @typedef {object} Running
 * @property {number} [pid] its process, where there is one
 * @property {() => Promise<Counted>} stop ends it, once it has had what it was sent
 *
 * @typedef {object} Receiver
 * @property {(namespace: import('../../demo/network.mjs').Namespace) => Promise<Running>} start resolves when it receives
 * @property {number} [backends] that the frames are to name
 * @property {number} [dcids]
 * @property {number} [size] of the frames
 */

/** @param {string} text @param {RegExp} pattern */
function numberIn(text, pattern) {
  const [, digits] = pattern.exec(text) ?? [];
  if (digits === undefined) throw new Error(`${pattern} is not in:\n${text}`);
  return Number(digits.replaceAll(',', ''));
}

/** @param {string} program */
export const isInstalled = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/**
 * @param {string[]} command
 * @param {RegExp} ready what it prints when it receives
 * @param {(program: Program) => Counted} read
 * @param {number} [settle] milliseconds after which it has had everything
 * @returns {Receiver}
 */
function receiver(command, ready, read, settle = 20) {
  return {
    async start(namespace) {
      const program = new Program(namespace.command(['taskset', '--cpu-list', CPUS.receiver, ...command]));
      await program.printed(ready);
      return {
        pid: /** @type {number} */ (program.child.pid),
        async stop() {
          await sleep(settle);
          const status = await program.stop('SIGINT');
          if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}\n${program.stderr}`);
          return read(program);
        },
      };
    },
  };
}

/** quic-top in a terminal, its screen open. @type {Receiver} */
const screen = {
  async start(namespace) {
    const command = ['taskset', '--cpu-list', CPUS.receiver, process.execPath, CLI, 'right', '--mode', 'divert'];
    const terminal = new Terminal(namespace.command([...command, '--user', 'root']));
    await terminal.shown('Packets');
    await sleep(500);
    return {
      pid: terminal.child.pid,
      async stop() {
        await terminal.press('q', 'frames captured');
        await terminal.ended;
        const { output } = terminal;
        const lost = numberIn(output, /frames captured, ([\d,]+) lost/);
        return { received: numberIn(output, /([\d,]+) frames captured/), lost: { any_cause: lost } };
      },
    };
  },
};

const json = (/** @type {Program} */ program) => JSON.parse(program.stdout);

/**
 * quic-top without a screen. Its ledger must balance.
 * @param {string} cli its command
 * @param {string[]} options
 */
export const quicTopOf = (cli, ...options) =>
  receiver(
    [process.execPath, cli, 'right', '--json', '--quiet', '--user', 'root', ...options],
    /^listening on /m,
    (program) => {
      const { captured, lost, balanced, kernel } = json(program);
      if (!balanced) throw new Error(`quic-top's ledger does not balance: ${program.stdout}`);
      return { received: captured, lost, kernel };
    },
  );

/** @param {string[]} how */
const noOp = (...how) => receiver([tool('receiver'), 'right', ...how], /^ready$/m, json);

// libpcap hands over a block after a second at the latest; what it has not by then is lost uncounted.
const LIBPCAP_SETTLE = 1100;

/** tcpdump with 32 MiB of buffer, whose packets go nowhere. @param {string[]} filter as pcap-filter(7) has it */
export const tcpdump = (...filter) =>
  receiver(
    ['tcpdump', '-B', '32768', '-i', 'right', '-Z', 'root', '-w', '/dev/null', ...filter],
    /listening on /,
    ({ stderr }) => ({
      received: numberIn(stderr, /^(\d+) packets? captured/m),
      lost: { kernel: numberIn(stderr, /^(\d+) packets? dropped by kernel/m) },
    }),
    LIBPCAP_SETTLE,
  );

/** Nobody. @type {Receiver} */
export const nobody = { start: async () => ({ stop: async () => ({ received: 0, lost: {} }) }) };

/** This tree's. @param {string[]} options */
export const quicTop = (...options) => quicTopOf(CLI, ...options);

export const RECEIVERS = {
  'no-op AF_XDP': noOp('af_xdp'),
  'no-op ring buffer': noOp('ring', '1200'),
  'no-op ring buffer, 240 bytes': noOp('ring', '240'),
  divert: quicTop('--mode', 'divert'),
  'divert, screen open': screen,
  tap: quicTop('--mode', 'tap', '--budget', '0'),
  'tap, -s 240': quicTop('--mode', 'tap', '--budget', '0', '--snaplen', '240'),
  'tcpdump -B 32768': tcpdump(),
  'dumpcap -w /dev/null': receiver(
    ['dumpcap', '-q', '-i', 'right', '-w', '/dev/null'],
    /^File: /m,
    ({ stderr }) => ({
      received: numberIn(stderr, /Packets received\/dropped on interface '[^']*': (\d+)\//),
      lost: { any_cause: numberIn(stderr, /Packets received\/dropped on interface '[^']*': \d+\/(\d+)/) },
    }),
    LIBPCAP_SETTLE,
  ),
};
