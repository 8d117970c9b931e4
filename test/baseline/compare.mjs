// What this checkout and another one, in the folder given, print with --json: of every fixture, and of live traffic. Both
// see the same frames of it, at the same time.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addVeth, HubNetwork } from '../../demo/network.mjs';
import { Program } from '../../demo/program.mjs';
import { startTraffic } from '../../demo/traffic.mjs';

/** What may be printed now and was not then, and why that is no difference. */
const NEW_FIELDS = {
  unattended: 'a counter at the end of the others: long headers that were let pass because user space did not drain',
  no_socket: 'a counter at the end of the others: frames for divert that came by an RX queue without an AF_XDP socket',
  over_budget: 'a counter at the end of the others: long headers that were let pass because more than --budget came',
  hook: 'what sees the packets that arrive',
  server_id: 'the bytes of the server id',
  worker: 'of schemes that have one',
  process: 'of schemes that have one',
  unroutable: 'of schemes that have such CIDs',
  time_source: 'what read the clock for the packet',
  error: 'of the CONNECTION_CLOSE in an Initial',
  reason: 'the same',
  connection: 'the number of the connection that the packet is of',
  connection_guess: 'whether that is a guess',
  form: 'of the header: packets with a short one are printed only when that is asked for',
  nic: 'frames that the network card lost before any program saw them',
  interface_changes: 'what of the interface is not as it was before the capture',
};

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const NOW = fileURLToPath(new URL('../..', import.meta.url));
const THEN = process.argv[2] ?? '';

/** @param {string} checkout @param {readonly string[]} args */
const quicTop = (checkout, args) => [process.execPath, join(checkout, 'dist/cli.js'), ...args, '--json'];

let differences = 0;

/**
 * Compares two outputs and says how that went.
 * @param {string} what
 * @param {string} then
 * @param {string} now
 */
function compare(what, then, now) {
  const added = Object.keys(NEW_FIELDS).filter((field) => !then.includes(`"${field}":`));
  const comparable = added.reduce(
    (text, field) => text.replaceAll(new RegExp(`,"${field}":(?:null|\\d+|"[^"]*"|\\[[^\\]]*\\]|{[^}]*})`, 'g'), ''),
    now,
  );
  if (then === comparable) {
    console.log(`same       ${what}: ${then.split('\n').length - 1} lines`);
    return;
  }
  differences++;
  const [before, after] = [then, comparable].map((text) => text.split('\n'));
  const line = /** @type {string[]} */ (before).findIndex((text, i) => text !== after?.[i]);
  console.log(`different  ${what}, first in line ${line + 1} of ${before?.length} and ${after?.length}`);
  console.log(`  then: ${before?.[line]}\n  now:  ${after?.[line]}`);
}

/** Without how long it took. @param {string} output */
const withoutDuration = (output) => output.replace(/"seconds":[\d.]+/, '"seconds":0');

for (const truth of readdirSync(FIXTURES).filter((name) => name.endsWith('.packets.json'))) {
  const { file, ports } = JSON.parse(readFileSync(join(FIXTURES, truth), 'utf8'));
  const [then, now] = [THEN, NOW].map((checkout) => {
    const [program = '', ...args] = quicTop(checkout, ['-r', join(FIXTURES, file), '--port', ports.join()]);
    return withoutDuration(execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 }));
  });
  compare(file, /** @type {string} */ (then), /** @type {string} */ (now));
}

/** Of the demo's traffic in each mode: all of its requests are made, some more than once. */
const LIVE_MS = 10_000;

const network = new HubNetwork();
const twin = network.addNamespace('twin');
addVeth([network.hub, 'twin'], [twin, 'mirror']);
network.hub.ip('link set twin master hub');
for (const quiet of [network.hub, network.mirror, twin]) {
  quiet.run(['sysctl', '-q', 'net.ipv6.conf.all.disable_ipv6=1']);
}
network.hub.ip('link set hub down');
await startTraffic(network, (error) => {
  console.error(error);
  process.exit(1);
});

/** How each mode was asked for then, and is now: mode tap was by XDP. */
const MODES = [
  [
    ['--mode', 'divert'],
    ['--mode', 'divert'],
  ],
  [
    ['--mode', 'tap'],
    ['--mode', 'tap', '--hook', 'xdp', '--budget', '0'],
  ],
  [
    ['--mode', 'tap', '--xdp', 'none'],
    ['--mode', 'tap', '--hook', 'tc', '--budget', '0'],
  ],
];

for (const [before = [], options = []] of MODES) {
  const [then, now] = await live(before, options);
  const packets = then.split('\n').filter((line) => line.startsWith('{"event":"packet"'));
  const found = new Set(packets.flatMap((line) => /** @type {string[]} */ (line.match(/"(type|backend)":[^,]+/g))));
  // Nothing would be the same as nothing.
  if (packets.length < 100 || found.size < 8) throw new Error(`only ${packets.length} packets: ${[...found]}`);
  compare(`live ${options.join(' ')}`, then, now);
}

/**
 * What both print of the traffic, but for the times: each at a mirror port of its own.
 * @param {readonly string[]} before its options then
 * @param {readonly string[]} options and now
 * @returns {Promise<[string, string]>}
 */
async function live(before, options) {
  const programs = [
    new Program(network.mirror.command(quicTop(THEN, ['mirror', ...before]))),
    new Program(twin.command(quicTop(NOW, ['mirror', ...options]))),
  ];
  await Promise.all(programs.map((program) => program.printed(/^listening on .*\n/m, 60_000)));
  // What comes while only one of them listens would be a difference: the hub is up while both do.
  network.hub.ip('link set hub up');
  await sleep(LIVE_MS);
  network.hub.ip('link set hub down');
  for (const program of programs) {
    if ((await program.stop('SIGINT')) !== 0) throw new Error(program.stderr);
  }
  const [then, now] = programs.map(({ stdout }) => withoutDuration(stdout.replaceAll(/"time":"[^"]*"/g, '"time":""')));
  return [/** @type {string} */ (then), /** @type {string} */ (now)];
}

console.log(`${differences} differences; not compared, because they are new:`);
for (const [field, reason] of Object.entries(NEW_FIELDS)) console.log(`  ${field}: ${reason}`);
// The traffic goes on until then; the network is removed at the exit.
process.exit(differences > 0 ? 1 : 0);
