// The programs on this host that wait for UDP datagrams on a port.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { printable } from './format.js';

/** A UDP socket's line: "sl local_address rem_address st queues tr tm->when retrnsmt uid timeout inode ...". */
const SOCKET_LINE = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4})(?: +\S+){7} +(\d+)/;
/** How many descriptors are looked at to find out whose a socket is. */
const MAX_DESCRIPTORS = 100_000;

/** Lines of a table in /proc, or none when the kernel has no such table. */
export function readTable(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return []; // a kernel without IPv6 has no udp6
  }
}

/** The first UDP socket of this network namespace that is bound to one of the ports, on any address. */
function boundSocket(ports: readonly number[]): { port: number; inode: string } | null {
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const line of readTable(table)) {
      const [, hex = '', inode = ''] = SOCKET_LINE.exec(line) ?? [];
      const port = Number.parseInt(hex, 16);
      if (ports.includes(port)) return { port, inode };
    }
  }
  return null;
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // gone, or another user's
  }
}

/** `caddy (pid 812)`, or null when the program cannot be seen: another user's, or one in another PID namespace. */
function ownerOf(inode: string): string | null {
  let left = MAX_DESCRIPTORS;
  for (const pid of entries('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of entries(`/proc/${pid}/fd`)) {
      if (left-- === 0) return null;
      try {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`) !== `socket:[${inode}]`) continue;
        return `${printable(readFileSync(`/proc/${pid}/comm`, 'utf8').trim())} (pid ${pid})`;
      } catch {
        // closed or gone meanwhile
      }
    }
  }
  return null;
}

/** Who waits on one of the ports, as `caddy (pid 812) listens on :4433`; null when nobody does. */
export function findListener(ports: readonly number[]): string | null {
  const socket = boundSocket(ports);
  if (!socket) return null;
  const owner = ownerOf(socket.inode);
  return owner ? `${owner} listens on :${socket.port}` : `a UDP socket on this host is bound to port ${socket.port}`;
}
