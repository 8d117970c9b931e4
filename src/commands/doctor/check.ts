// What a check of the doctor is, and what it finds.
import type { Device, Link, NativeSystem } from '../../core/native/addon.js';

export type Status = 'ok' | 'warning' | 'problem';

export interface Finding {
  /** A problem keeps quic-top from running; a warning costs speed, or something that could be seen. */
  status: Status;
  text: string;
  /** The command that mends it. */
  mend?: string;
}

/** What is looked at: the machine, and how it is asked. */
export interface Host {
  addon: NativeSystem;
  /** Of this process: bits by capability number. */
  capabilities: bigint;
  /** Watched UDP ports. */
  ports: readonly number[];
  /** The interface that was asked about, or "". */
  interface: string;
}

export interface WatchedInterface extends Host {
  link: Link;
  /** All interfaces of this network namespace. */
  links: readonly Link[];
  device: Device;
}

/** A row of the table. `look` returns null where the check does not apply. */
export interface Check<Subject> {
  name: string;
  look(subject: Subject): Finding | null;
}

export interface CheckGroup<Subject> {
  title: string;
  checks: readonly Check<Subject>[];
}

export const ok = (text: string): Finding => ({ status: 'ok', text });
export const warning = (text: string, mend?: string): Finding =>
  mend === undefined ? { status: 'warning', text } : { status: 'warning', text, mend };
export const problem = (text: string, mend?: string): Finding =>
  mend === undefined ? { status: 'problem', text } : { status: 'problem', text, mend };

/** MiB for frames that the sockets of so many RX queues take at most (addon/session/af_xdp_source.cc). */
export const frameMegabytes = (rxQueues: number) => Math.min(32 * rxQueues, 128);

/** RX queues in use while XDP runs, at most: virtio_net then takes spare ones into use. */
export const xdpQueues = ({ driver, rxQueues, mostRxQueues }: Device) =>
  driver === 'virtio_net' ? mostRxQueues : rxQueues;

/** Capability numbers (linux/capability.h) that quic-top has to do with. */
const CAPABILITY = {
  SETGID: 6,
  SETUID: 7,
  NET_ADMIN: 12,
  NET_RAW: 13,
  IPC_LOCK: 14,
  SYS_ADMIN: 21,
  PERFMON: 38,
  BPF: 39,
} as const;
type Capability = keyof typeof CAPABILITY;

/** What mode tap takes: programs, of which the verifier lets none with less compare pointers, and a packet socket. */
export const NEEDED: readonly Capability[] = ['BPF', 'PERFMON', 'NET_RAW'];

export function lacks({ capabilities }: Host, name: Capability): boolean {
  const has = (each: Capability) => ((capabilities >> BigInt(CAPABILITY[each])) & 1n) === 1n;
  // Since Linux 5.8 they are parts of it.
  return !has(name) && !((name === 'BPF' || name === 'PERFMON') && has('SYS_ADMIN'));
}

export function mayCapture(host: Host): boolean {
  return !NEEDED.some((name) => lacks(host, name));
}
