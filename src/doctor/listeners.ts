// Which programs of this host have bound UDP ports.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listener {
  port: number;
  /** "caddy (pid 812)", or "a program" when it cannot be seen whose socket it is. */
  program: string;
}

/** "sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode", addresses and ports in hex. */
const SOCKET_LINE = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) (?:\S+\s+){7}(\d+) /;

function socketsOf(table: string): { port: number; inode: string }[] {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    return []; // a kernel without IPv6 has no udp6
  }
  return text.split('\n').flatMap((line) => {
    const [, port, inode] = SOCKET_LINE.exec(line) ?? [];
    return port === undefined || inode === undefined ? [] : [{ port: Number.parseInt(port, 16), inode }];
  });
}

/** Processes that hold one of these sockets, by the socket's inode. */
function holders(inodes: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode === undefined || !inodes.has(inode)) continue;
        found.set(inode, `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`);
      }
    } catch {
      // It has ended, or is another user's.
    }
  }
  return found;
}

/** Who has bound one of these ports in this network namespace, on any address. */
export function listenersOn(ports: readonly number[]): Listener[] {
  const sockets = ['/proc/net/udp', '/proc/net/udp6'].flatMap(socketsOf).filter(({ port }) => ports.includes(port));
  const names = holders(new Set(sockets.map(({ inode }) => inode)));
  const listeners = sockets.map(({ port, inode }) => ({ port, program: names.get(inode) ?? 'a program' }));
  return [...new Map(listeners.map((each) => [`${each.port} ${each.program}`, each])).values()];
}
