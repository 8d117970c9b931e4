// The processes that wait for what their sockets get, as /proc tells of them. Of other users' it tells root alone.
import { readdirSync, readlinkSync } from 'node:fs';
import { holdersOf } from './listeners.js';
import { readWord } from './proc-file.js';

export interface Process {
  pid: number;
  /** It may hold anything. */
  program: string;
  /** When it began, in the kernel's words: with the pid it is no other process's. */
  began: string;
}

/** Descriptors of one process that are looked at for its epoll sets. */
const MOST_DESCRIPTORS = 4096;

/** When a process began; null: it has ended, or cannot be seen. */
function beginOf(pid: number): string | null {
  const stat = readWord(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // In front of these stands its name, in which there may be anything.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? null : (fields[18] ?? null);
}

/** Inodes, among others, of the sockets that the process waits for by epoll. */
function awaitedBy(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`;
  const awaited = new Set<string>();
  try {
    for (const fd of readdirSync(folder).slice(0, MOST_DESCRIPTORS)) {
      if (readlinkSync(`${folder}/${fd}`) !== 'anon_inode:[eventpoll]') continue;
      const targets = readWord(`/proc/${pid}/fdinfo/${fd}`) ?? '';
      for (const [, inode = ''] of targets.matchAll(/^tfd:.* ino:([0-9a-f]+)/gm)) {
        awaited.add(String(Number.parseInt(inode, 16)));
      }
    }
  } catch {
    // It has closed one meanwhile, or has ended.
  }
  return awaited;
}

/**
 * By inode, the processes that wait for what the socket gets. nginx's master and all its workers have all the sockets open;
 * those of them are meant that have it in an epoll set, where there are such.
 */
export function waitersOf(inodes: ReadonlySet<string>): Map<string, Process[]> {
  const waiters = new Map<string, { process: Process; waits: boolean }[]>();
  const awaited = new Map<number, Set<string>>();
  for (const { inode, pid, program } of holdersOf(inodes)) {
    const found = waiters.get(inode) ?? [];
    waiters.set(inode, found);
    const began = beginOf(pid);
    if (began === null || found.some(({ process }) => process.pid === pid)) continue;
    const all = awaited.get(pid) ?? awaitedBy(pid);
    awaited.set(pid, all);
    found.push({ process: { pid, program, began }, waits: all.has(inode) });
  }
  return new Map(
    [...waiters].map(([inode, found]) => {
      const waiting = found.filter(({ waits }) => waits);
      return [inode, (waiting.length > 0 ? waiting : found).map(({ process }) => process)];
    }),
  );
}

/** Whether it has not ended. Where /proc shows no process of others (hidepid), nobody knows: then it counts as running. */
export function isRunning({ pid, began }: Process): boolean {
  const now = beginOf(pid);
  return now === null ? readWord('/proc/1/stat') === null : now === began;
}
