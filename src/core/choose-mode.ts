// Decides how packets are taken when the user leaves it to us: never one that somebody on this host waits for.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Mode } from './capture.js';

/** A listening UDP socket's line: "sl local_address ...", the address and port in hex. */
const SOCKET_LINE = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /;

/** Watched ports to which a UDP socket of this network namespace is bound, on any address. */
function boundPorts(ports: readonly number[]): number[] {
  const bound = new Set<number>();
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const line of readTable(table)) {
      const port = Number.parseInt(SOCKET_LINE.exec(line)?.[1] ?? '', 16);
      if (ports.includes(port)) bound.add(port);
    }
  }
  return [...bound];
}

function readTable(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return []; // a kernel without IPv6 has no udp6
  }
}

function readWord(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Whether the host forwards what comes in on the interface, by IPv4 or IPv6. */
export function isForwarding(name: string): boolean {
  return ['ipv4', 'ipv6'].some((family) => readWord(`/proc/sys/net/${family}/conf/${name}/forwarding`) === '1');
}

/** Interfaces stacked on this one (bridge, bond, macvlan, vlan ...), or null when /sys shows another namespace's. */
function upperDevices(name: string): string[] | null {
  const here = new Set(
    [
      ...readTable('/proc/net/dev')
        .join('\n')
        .matchAll(/^\s*([^\s|]+):/gm),
    ].map((match) => match[1]),
  );
  try {
    const devices = readdirSync('/sys/class/net').filter((device) => existsSync(`/sys/class/net/${device}/ifindex`));
    if (devices.length !== here.size || !devices.every((device) => here.has(device))) return null;
    const links = readdirSync(`/sys/class/net/${name}`);
    return links.filter((link) => link.startsWith('upper_')).map((link) => link.slice('upper_'.length));
  } catch {
    return null;
  }
}

/** Who on this host waits for packets that `divert` would take; null when nobody that can be seen does. */
function whoWaits(name: string, ports: readonly number[], uppers: readonly string[]): string | null {
  const [port] = boundPorts(ports);
  if (port !== undefined) return `a UDP socket on this host is bound to port ${port}`;
  if (isForwarding(name)) return `this host forwards what arrives on ${name}`;
  if (uppers.length > 0) return `${uppers.join(', ')} is stacked on ${name}`;
  return null;
}

/**
 * The mode to capture in; and why it is that one when the user said `auto`, or whose packets it takes when the user
 * said `divert`.
 */
export function chooseMode(options: { interface: string; mode: Mode | 'auto'; ports: readonly number[] }): {
  mode: Mode;
  reason: string | null;
} {
  const { interface: name, mode, ports } = options;
  if (mode === 'tap') return { mode, reason: null };
  const uppers = upperDevices(name);
  const waiting = whoWaits(name, ports, uppers ?? []);
  if (mode === 'divert') return { mode, reason: waiting && `takes packets, although ${waiting}` };
  if (waiting) return { mode: 'tap', reason: waiting };
  if (!uppers) {
    return { mode: 'tap', reason: `/sys is another namespace's, so what is stacked on ${name} cannot be seen` };
  }
  return { mode: 'divert', reason: 'nobody on this host waits for these packets' };
}
