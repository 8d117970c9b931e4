// One way of running quic-top on one NIC of a guest, with traffic that is counted on both sides.

import { setTimeout as sleep } from 'node:timers/promises';
import { CLI, type JsonPacket, type JsonSummary, jsonLines } from '../../support/quic-top.js';
import type { Guest, GuestProgram } from './guest.js';
import { type Difference, differences, interfaceState, restoreFeatures } from './interface-state.js';
import type { Lab } from './kernel.js';
import type { LabNic } from './nics.js';
import { SENT, send } from './traffic.js';

export interface Way {
  mode: 'tap' | 'divert';
  /** What is to see the packets that arrive. */
  hook: 'socket' | 'tc' | 'native' | 'generic';
  /** What is to see those that leave, in mode tap. */
  egress: 'tcx' | 'socket';
  args: readonly string[];
  /** Its name in the report. */
  name: string;
}

const TAP = { mode: 'tap', hook: 'socket', egress: 'tcx', args: ['--mode', 'tap'], name: 'tap' } as const;
const DIVERT = { mode: 'divert', hook: 'native', egress: 'tcx', args: ['--mode', 'divert'], name: 'divert' } as const;

/** What a user gets without asking for more. */
export const USUAL_WAYS: readonly Way[] = [TAP, DIVERT];

export const WAYS: readonly Way[] = [
  TAP,
  { ...TAP, egress: 'socket', args: [...TAP.args, '--egress', 'socket'], name: 'tap `--egress socket`' },
  { ...TAP, hook: 'tc', args: [...TAP.args, '--hook', 'tc'], name: 'tap `--hook tc`' },
  { ...TAP, hook: 'native', args: [...TAP.args, '--hook', 'xdp'], name: 'tap `--hook xdp`' },
  DIVERT,
  { ...DIVERT, hook: 'generic', args: [...DIVERT.args, '--xdp', 'generic'], name: 'divert `--xdp generic`' },
];

/** What happened. */
export interface Trial {
  /** What quic-top said on stderr. */
  stderr: string;
  status: number;
  /** What saw the packets that arrived: socket, tc, native, generic. */
  hook: string;
  /** Where the XDP program was: native, generic or none. */
  xdp: string;
  packets: JsonPacket[];
  summary: JsonSummary | undefined;
  /** Datagrams that the host's UDP got: all, when nothing was diverted. */
  reached: Reached;
  /** Of the interface: what was different while quic-top ran, and what is afterwards. */
  changes: Difference[];
  leftovers: Difference[];
}

interface Reached {
  ipv4: number;
  ipv6: number;
}

/** What the guest sends to the host while quic-top runs: one over IPv4, one over IPv6. */
export const LEAVING = 2;

const READY = /^listening on .*\n/m;

/** Starts quic-top in the guest; resolves when it captures, or has ended because it cannot. */
export async function startQuicTop(guest: Guest, nic: LabNic, { args }: Pick<Way, 'args'>): Promise<GuestProgram> {
  const quicTop = guest.start(['node', CLI, nic.name, '--json', ...args]);
  await Promise.race([quicTop.printed(READY).catch(() => {}), quicTop.ended]);
  return quicTop;
}

/** Runs quic-top, sends traffic both ways, ends quic-top. */
export async function tryQuicTop(lab: Lab, nic: LabNic, way: Way): Promise<Trial> {
  const { guest } = lab;
  const before = await interfaceState(guest, nic.name);
  const quicTop = await startQuicTop(guest, nic, way);
  let during = before;
  let reached: Reached = { ipv4: 0, ipv6: 0 };
  if (quicTop.status === undefined) {
    // A driver that resets its port for the program lets the host's stack know of its link a moment later.
    await guest.sh(
      `for i in $(seq 50); do grep -q down /sys/class/net/${nic.name}/operstate || break; sleep 0.1; done`,
    );
    during = await interfaceState(guest, nic.name);
    await sendFromGuest(guest, nic);
    reached = await sendToGuest(lab, nic, way.mode === 'tap' ? SENT.frames : SENT.frames - SENT.cidv1);
    await packetsPrinted(quicTop, SENT.long);
    await quicTop.stop('SIGINT');
  }
  const after = await interfaceState(guest, nic.name);
  await restoreFeatures(guest, nic.name, before, after);
  const { packets, summary } = jsonLines(quicTop.stdout);
  return {
    packets,
    summary,
    hook: String(summary?.hook === 'xdp' ? summary.xdp : summary?.hook),
    stderr: quicTop.stderr,
    status: await quicTop.ended,
    xdp: during.xdp,
    reached,
    changes: differences(before, during),
    leftovers: differences(before, after),
  };
}

/**
 * Waits until quic-top has printed so many packets, or for some seconds: they are printed when they are decoded, and at its
 * end it does not wait long for a thread that has, emulated, not started yet.
 */
async function packetsPrinted(quicTop: GuestProgram, count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (quicTop.stdout.split('\n').length <= count && Date.now() < deadline) await sleep(100);
}

/** Sends the host's traffic and counts what reaches UDP in the guest, where no socket waits for it. */
export async function sendToGuest({ guest, network }: Lab, nic: LabNic, expected: number): Promise<Reached> {
  const before = await arrived(guest);
  await send(guest, network, nic);
  let now = before;
  const deadline = Date.now() + 20_000;
  const sum = () => now.ipv4 - before.ipv4 + now.ipv6 - before.ipv6;
  while (sum() < expected && Date.now() < deadline) {
    await sleep(100);
    now = await arrived(guest);
  }
  // More than expected is wrong too, and may come late.
  await sleep(300);
  now = await arrived(guest);
  return { ipv4: now.ipv4 - before.ipv4, ipv6: now.ipv6 - before.ipv6 };
}

/** Datagrams that came to ports without a socket. */
async function arrived(guest: Guest): Promise<Reached> {
  const [ipv4, ipv6] = await Promise.all(['/proc/net/snmp', '/proc/net/snmp6'].map((path) => guest.read(path)));
  return {
    ipv4: Number(/^Udp: \d+ (\d+)/m.exec(ipv4 as string)?.[1]),
    ipv6: Number(/^Udp6NoPorts\s+(\d+)/m.exec(ipv6 as string)?.[1]),
  };
}

/** A long header in each of two datagrams, from the guest to the host. */
async function sendFromGuest(guest: Guest, { host }: LabNic): Promise<void> {
  const packet = String.raw`\303\0\0\0\1\10\1\63\0\7ABCD\0\0\21%017d`;
  const sends = [host.ipv4, host.ipv6].map((address) => `printf '${packet}' >/dev/udp/${address}/4433`);
  await guest.run(['bash', '-ec', sends.join('\n')]);
}
