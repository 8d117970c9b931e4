// Private networks of namespaces, for the demo and the tests. Needs root, iproute2, ethtool and util-linux.
//
// A network is gone when its owner (this process) is gone, however that ended: `remove()` and a normal exit remove it
// at once, a guard process does when the owner was killed, and the next network that anybody makes sweeps up what all
// of them missed.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SWEEP = fileURLToPath(new URL('sweep', import.meta.url));

/** A network namespace. The names of interfaces in it need not be unique on the machine. */
export class Namespace {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    execute('ip', ['netns', 'add', name]);
    // An IPv6 address would be tentative for its first seconds otherwise, those that the kernel makes as well.
    this.run(['sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0']);
    this.ip('link set lo up');
  }

  /**
   * The command line that runs `argv` in here. Not `ip netns exec`: that mounts a fresh /sys and so hides /sys/fs/bpf.
   * @param {readonly string[]} argv
   * @returns {string[]}
   */
  command(argv) {
    return ['nsenter', `--net=/run/netns/${this.name}`, '--', ...argv];
  }

  /**
   * Runs a short command in here and returns what it printed; throws when it fails.
   * @param {readonly string[]} argv
   * @returns {string}
   */
  run(argv) {
    const [program, ...args] = this.command(argv);
    return execute(/** @type {string} */ (program), args);
  }

  /**
   * `ip` in here, with its words in one string.
   * @param {string} words
   * @returns {string}
   */
  ip(words) {
    return this.run(['ip', ...words.split(' ')]);
  }
}

/** A group of namespaces with a folder for files (certificates, captures, logs), removed together. */
class Network {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.dir = join(tmpdir(), `qtlab-${id}`);
    mkdirSync(this.dir, { mode: 0o700 });
  }

  /**
   * @param {string} role
   * @returns {Namespace}
   */
  addNamespace(role) {
    return new Namespace(`qtlab-${this.id}-${role}`);
  }

  /** Ends every program in the network, removes it and its folder. May be called twice. */
  remove() {
    execute(SWEEP, [this.id]);
  }
}

/**
 * A bridge that forgets at once where anybody is, hence a hub: what client and server tell each other also leaves by
 * its third port, as from the mirror port of a switch. That port's far end, `mirror` in the namespace `mirror`, is for
 * quic-top; at its near end, `mirror` in the namespace `hub`, a packet capture sees the same frames (at the far end
 * AF_XDP takes them before a capture can see them).
 */
export class HubNetwork extends Network {
  /** IPv4 and IPv6. The server's host has two of each: two different servers can have the same port. */
  static CLIENT = ['10.77.0.2', 'fd77::2'];
  static SERVER = ['10.77.0.1', 'fd77::1'];
  static OTHER_SERVER = ['10.77.0.3', 'fd77::3'];

  constructor() {
    super(nextId());
    this.hub = this.addNamespace('hub');
    this.client = this.addNamespace('client');
    this.server = this.addNamespace('server');
    this.mirror = this.addNamespace('mirror');
    this.hub.ip('link add hub type bridge ageing_time 0 mcast_snooping 0');
    this.hub.ip('link set hub up');
    for (const name of /** @type {const} */ (['client', 'server', 'mirror'])) {
      addVeth([this.hub, name], [this[name], name]);
      this.hub.ip(`link set ${name} master hub`);
    }
    addAddresses(this.client, 'client', HubNetwork.CLIENT);
    addAddresses(this.server, 'server', [...HubNetwork.SERVER, ...HubNetwork.OTHER_SERVER]);
  }
}

/** Two hosts on one cable: interface `left` in the namespace `left`, `right` in `right`. */
export class PairNetwork extends Network {
  static LEFT = ['10.78.0.1', 'fd78::1'];
  static RIGHT = ['10.78.0.2', 'fd78::2'];

  /** @param {{queues?: number}} [options] queues: how many RX (and as many TX) queues each end has */
  constructor({ queues = 1 } = {}) {
    super(nextId());
    this.left = this.addNamespace('left');
    this.right = this.addNamespace('right');
    addVeth([this.left, 'left'], [this.right, 'right'], queues);
    addAddresses(this.left, 'left', PairNetwork.LEFT);
    addAddresses(this.right, 'right', PairNetwork.RIGHT);
  }
}

/** The host of a virtual machine: in the namespace `host`, the near end of each cable to one of its NICs. */
export class TapNetwork extends Network {
  constructor() {
    super(nextId());
    this.host = this.addNamespace('host');
  }

  /**
   * Adds a tap device for a NIC.
   * @param {string} name
   * @param {{queues: number, addresses: readonly string[]}} options
   */
  addTap(name, { queues, addresses }) {
    this.host.ip(`tuntap add ${name} mode tap${queues > 1 ? ' multi_queue' : ''}`);
    addAddresses(this.host, name, addresses);
    this.host.ip(`link set ${name} up`);
  }
}

/** Removes all networks whose owner is gone. */
export function sweepAbandoned() {
  execute(SWEEP, []);
}

/**
 * A cable between an interface in one namespace and one in another.
 * @param {[Namespace, string]} end
 * @param {[Namespace, string]} peer
 * @param {number} [queues]
 */
export function addVeth([namespace, name], [peerNamespace, peerName], queues = 1) {
  const count = `numrxqueues ${queues} numtxqueues ${queues}`;
  namespace.ip(`link add ${name} ${count} type veth peer name ${peerName} netns ${peerNamespace.name} ${count}`);
  for (const [at, interfaceName] of /** @type {const} */ ([
    [namespace, name],
    [peerNamespace, peerName],
  ])) {
    // With these on, receivers get several datagrams glued together and checksums that nobody has computed yet.
    const offloads = ['tx', 'rx', 'gso', 'tso', 'gro', 'tx-udp-segmentation'].flatMap((feature) => [feature, 'off']);
    at.run(['ethtool', '-K', interfaceName, ...offloads]);
    at.ip(`link set ${interfaceName} up`);
  }
}

/**
 * @param {Namespace} namespace
 * @param {string} interfaceName
 * @param {readonly string[]} addresses
 */
function addAddresses(namespace, interfaceName, addresses) {
  for (const address of addresses) {
    namespace.ip(`addr add ${address}/${address.includes(':') ? 64 : 24} dev ${interfaceName}`);
  }
}

let owner = '';
let networks = 0;

/** The next network's name without its prefix; the first one makes this process an owner. */
function nextId() {
  if (owner === '') {
    sweepAbandoned();
    // The 22nd field of stat; the second is the program's name in brackets and may hold blanks.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    owner = `${process.pid}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
    process.on('exit', () => execute(SWEEP, [owner]));
    startGuard();
  }
  networks += 1;
  return `${owner}-${networks}`;
}

/** Starts a process that outlives this one by a moment: when its stdin ends, it sweeps up. */
function startGuard() {
  const guard = spawn('sh', ['-c', 'cat; exec "$@"', 'sh', SWEEP, owner], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // a terminal's Ctrl-C and hang-up must not end it with us
  });
  guard.unref();
  /** @type {import('node:net').Socket} */ (guard.stdin).unref();
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {string} what it printed
 */
function execute(program, args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
