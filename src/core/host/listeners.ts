// The programs on this host that wait for packets: on a UDP port, or for all that an interface receives.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { textOf } from '../text/bytes-text.js';
import { printable } from '../text/format.js';

/** A UDP socket's line: "sl local_address rem_address st queues tr tm->when retrnsmt uid timeout inode ...". */
const SOCKET_LINE = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4})(?: +\S+){7} +(\d+)/;
/** A packet socket's: "sk RefCnt Type Proto Iface R Rmem User Inode". */
const PACKET_SOCKET_LINE = /^\S+ +\d+ +\d+ +([0-9a-f]{4}) +(\d+)(?: +\d+){3} +(\d+)/;
/** ETH_P_ALL, ETH_P_IP, ETH_P_IPV6: a socket of another protocol gets no packet of QUIC, and one of 0 none at all. */
const IP_PROTOCOLS: readonly string[] = ['0003', '0800', '86dd'];
/** How many descriptors are looked at to find out whose the sockets are. */
const MAX_DESCRIPTORS = 100_000;

interface BoundSocket {
  port: number;
  inode: string;
}

/** A port that is bound, and by whom. */
export interface Listener {
  port: number;
  /** `caddy (pid 812)`, which may hold anything; null for another user's, or one in another PID namespace. */
  program: string | null;
}

/** Lines of a table in /proc, or none when the kernel has no such table. */
function readTable(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return []; // a kernel without IPv6 has no udp6
  }
}

/** The UDP sockets of this network namespace that are bound to one of the ports, on any address. */
function boundSockets(ports: readonly number[]): BoundSocket[] {
  const wanted = new Set(ports);
  return ['/proc/net/udp', '/proc/net/udp6'].flatMap(readTable).flatMap((line) => {
    const [, hex = '', inode = ''] = SOCKET_LINE.exec(line) ?? [];
    const port = Number.parseInt(hex, 16);
    return wanted.has(port) ? [{ port, inode }] : [];
  });
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // gone, or another user's
  }
}

/** A process that has a socket open. */
export interface Holder {
  inode: string;
  pid: number;
  /** It may hold anything. */
  program: string;
}

/** The processes that have the sockets of these inodes open: those that can be seen. Several may have the same one. */
export function* holdersOf(inodes: ReadonlySet<string>): Generator<Holder> {
  let left = MAX_DESCRIPTORS;
  for (const pid of entries('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of entries(`/proc/${pid}/fd`)) {
      if (left-- === 0) return;
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? '';
        if (!inodes.has(inode)) continue;
        yield { inode, pid: Number(pid), program: textOf(readFileSync(`/proc/${pid}/comm`)).trim() };
      } catch {
        // closed or gone meanwhile
      }
    }
  }
}

/** Whose the sockets are, by inode: those that can be seen. */
function ownersOf(inodes: ReadonlySet<string>): Map<string, string> {
  const owners = new Map<string, string>();
  if (inodes.size === 0) return owners;
  for (const { inode, pid, program } of holdersOf(inodes)) {
    if (!owners.has(inode)) owners.set(inode, `${program} (pid ${pid})`);
    if (owners.size === inodes.size) break;
  }
  return owners;
}

function listenersOf(sockets: readonly BoundSocket[]): Listener[] {
  const owners = ownersOf(new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ port, inode }) => ({ port, program: owners.get(inode) ?? null }));
}

/** The packet sockets that get what the interface of that index receives. */
function packetSockets(index: number): string[] {
  return readTable('/proc/net/packet').flatMap((line) => {
    const [, protocol = '', bound = '', inode = ''] = PACKET_SOCKET_LINE.exec(line) ?? [];
    return IP_PROTOCOLS.includes(protocol) && ['0', String(index)].includes(bound) ? [inode] : [];
  });
}

function readersOf(inodes: readonly string[]): string[] {
  const owners = ownersOf(new Set(inodes));
  return [...new Set(inodes.map((inode) => printable(owners.get(inode) ?? 'a packet socket on this host')))];
}

/** The programs that capture what the interface of that index receives, each once: `tcpdump (pid 812)`. */
export function packetReadersOn(index: number): string[] {
  return readersOf(packetSockets(index));
}

/** One of them: `tcpdump (pid 812) captures there`; null: there is none. */
export function findPacketReader(index: number): string | null {
  const [reader] = readersOf(packetSockets(index).slice(0, 1));
  return reader === undefined ? null : `${reader} captures there`;
}

/** Who has bound one of the ports, each program once for each port. */
export function listenersOn(ports: readonly number[]): Listener[] {
  const listeners = listenersOf(boundSockets(ports));
  return [...new Map(listeners.map((each) => [`${each.port} ${each.program}`, each])).values()];
}

/** One that waits on one of the ports, as `caddy (pid 812) listens on :4433`; null when nobody does. */
export function findListener(ports: readonly number[]): string | null {
  const [first] = listenersOf(boundSockets(ports).slice(0, 1));
  if (!first) return null;
  const { port, program } = first;
  return program === null
    ? `a UDP socket on this host is bound to port ${port}`
    : `${printable(program)} listens on :${port}`;
}
