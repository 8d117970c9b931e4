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
export const frameMegabytes = (rxQueues: number) => Math.min(8 * rxQueues, 128);

/** Capability numbers (linux/capability.h) that quic-top has to do with. */
export const CAPABILITY = { SETGID: 6, SETUID: 7, NET_ADMIN: 12, NET_RAW: 13, IPC_LOCK: 14, SYS_ADMIN: 21 } as const;

/** What setting up a capture takes. SYS_ADMIN is for finding maps by their id. */
export const NEEDED = ['SYS_ADMIN', 'NET_ADMIN', 'NET_RAW'] as const;

export function lacks({ capabilities }: Host, name: keyof typeof CAPABILITY): boolean {
  return ((capabilities >> BigInt(CAPABILITY[name])) & 1n) === 0n;
}

export function mayCapture(host: Host): boolean {
  return !NEEDED.some((name) => lacks(host, name));
}
