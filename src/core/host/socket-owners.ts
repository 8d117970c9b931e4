// Whose sockets nginx's connection IDs name: bytes 0 to 7 are the cookie (SO_COOKIE) of the socket that the server listens
// on, and the kernel tells which cookies there are. A live socket is never called dead.
import type { CidLayout } from '../cid/layout.js';
import { asServerId, type ServerId } from '../cid/server-id.js';
import { CID_SCHEME } from '../native/abi.gen.js';
import { loadAddon, native } from '../native/addon.js';
import { printable } from '../text/format.js';
import { isRunning, type Process, waitersOf } from './socket-holders.js';

/** At most one part in this many of the time goes into looking: a host may have many sockets. */
const PAUSE_FOR_COST = 50;
/** Sockets of watched ports that are remembered, and cookies that were asked for: the last ones. */
const MOST_WORKERS = 4096;
const MOST_ASKED = 65_536;
/** Processes of one socket that are told. */
const MOST_TOLD = 3;

/** Whose a socket is, for a person. Safe to print. */
export interface SocketOwner {
  /** `worker pid 812`, `dead socket`. */
  text: string;
  /** The same for a narrow column: `pid 812 nginx`. */
  brief: string;
  isDead: boolean;
}

/** What is known of a CID that names a cookie. */
export interface Naming {
  /** Addresses of the servers that packets with it go to or come from. */
  hosts: readonly string[];
  /** A server chose it: in any other the cookie is chance. */
  isServers: boolean;
}

/** What is asked of the host; replaced in tests. */
export interface Host {
  /** See NativeSystem. @throws QuicTopError */
  sockets(): BigUint64Array;
  addresses(): string[];
  waitersOf(inodes: ReadonlySet<string>): Map<string, Process[]>;
  isRunning(process: Process): boolean;
}

const THIS_HOST: Host = {
  sockets: () => native(() => loadAddon().udpSockets()),
  addresses: () => native(() => loadAddon().ownAddresses()),
  waitersOf,
  isRunning,
};

/** A socket on a watched port. */
interface Worker {
  /** Those that wait for what it gets, as far as they are known and have not ended. */
  processes: Process[];
  /** Whoever has it now came to it after the first look, when root could see all processes. */
  isLater: boolean;
}

/** Whether CIDs of this layout name sockets of the server's host. */
export const namesSockets = (layout: CidLayout | null | undefined): boolean =>
  layout?.scheme.id === CID_SCHEME.CID_NGINX;

const owner = (text: string, brief = text, isDead = false): SocketOwner => ({ text, brief, isDead });

function ownerOfOpen({ processes, isLater }: Worker): SocketOwner {
  const [first] = processes;
  if (!first) {
    return isLater
      ? owner('socket of a later process', 'later process')
      : owner('socket of an unknown process', 'unknown process');
  }
  const more = processes.length > MOST_TOLD ? ' …' : '';
  const pids = processes.slice(0, MOST_TOLD).map(({ pid }) => pid);
  // Without `reuseport` all workers share one socket.
  return owner(`worker pid ${pids.join(' or ')}${more}`, `pid ${pids.join(' ')}${more} ${printable(first.program)}`);
}

const DEAD = owner('dead socket', 'dead socket', true);

export class SocketOwners {
  /** By cookie, which no other socket ever gets: those that are open, and those that were. */
  private readonly workers = new Map<ServerId, Worker>();
  /** Cookies of all sockets at the last look, and at the one before: a look may miss a socket, but hardly two looks. */
  private open: ReadonlySet<ServerId> = new Set();
  private before: ReadonlySet<ServerId> = new Set();
  private addresses: ReadonlySet<string> = new Set();
  /** Looks that succeeded. */
  private looks = 0;
  private failed = false;
  private due = Number.NEGATIVE_INFINITY;
  /** Cookies that no socket had when they were first asked for, and after how many looks that was. */
  private readonly asked = new Map<ServerId, number>();
  private isProven = false;

  /**
   * @param ports that are watched
   * @param now milliseconds of a monotonic clock
   */
  constructor(
    private readonly ports: ReadonlySet<number>,
    private readonly now: () => number,
    private readonly host: Host = THIS_HOST,
  ) {}

  /**
   * Whether a server's CID named a socket of this host. Until then a cookie that no socket has is not called dead: the server
   * may be in another network namespace, behind NAT, or put no cookies into its CIDs.
   */
  get proven(): boolean {
    return this.isProven;
  }

  /** To be called first as root, which sees whose the sockets are, and then about once a second. Never throws. */
  look(): void {
    const start = this.now();
    if (start < this.due) return;
    try {
      const sockets = this.host.sockets();
      this.addresses = new Set(this.host.addresses());
      this.take(sockets);
      this.failed = false;
    } catch {
      this.failed = true; // a kernel without udp_diag
    }
    this.due = start + (this.now() - start) * PAUSE_FOR_COST;
  }

  private take(sockets: BigUint64Array): void {
    const open = new Set<ServerId>();
    const added = new Map<ServerId, string>();
    for (let i = 0; i < sockets.length; i += 3) {
      const [cookie, inode, port] = [asServerId(sockets[i] as bigint), sockets[i + 1], Number(sockets[i + 2])];
      open.add(cookie);
      if (this.ports.has(port) && !this.workers.has(cookie)) added.set(cookie, String(inode));
    }
    for (const worker of this.workers.values()) {
      worker.processes = worker.processes.filter((process) => this.host.isRunning(process));
    }
    if (added.size > 0) this.add(added);
    this.before = this.open;
    this.open = open;
    this.looks++;
  }

  private add(added: ReadonlyMap<ServerId, string>): void {
    const waiters = this.host.waitersOf(new Set(added.values()));
    for (const [cookie, inode] of added) {
      const processes = waiters.get(inode) ?? [];
      // A master gives the socket of a worker that has ended to another one.
      this.workers.set(cookie, { processes, isLater: this.looks > 0 || processes.length > 0 });
      const [oldest] = this.workers.keys();
      if (this.workers.size > MOST_WORKERS) this.workers.delete(oldest as ServerId);
    }
  }

  /** Whose the socket of a cookie is; null: nothing can be said, as of one that is another host's. */
  ownerOf(cookie: ServerId, { hosts, isServers }: Naming): SocketOwner | null {
    if (hosts.length === 0 || !hosts.every((host) => this.addresses.has(host))) return null;
    const worker = this.workers.get(cookie);
    if (this.open.has(cookie) || this.before.has(cookie)) {
      if (worker && isServers) this.isProven = true;
      return worker ? ownerOfOpen(worker) : null;
    }
    if (!isServers || this.failed) return null;
    if (worker) return DEAD;
    return this.wasMissed(cookie) && this.isProven ? DEAD : null;
  }

  /** Whether no socket has had it since it was asked for: one that was opened since the last look is no dead one. */
  private wasMissed(cookie: ServerId): boolean {
    const since = this.asked.get(cookie);
    if (since !== undefined) return this.looks >= since + 2;
    if (this.asked.size >= MOST_ASKED) this.asked.clear();
    this.asked.set(cookie, this.looks);
    return false;
  }
}
