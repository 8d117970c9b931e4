// A decoder that a packet took over: what its threads may still do, tried in quic-top itself. Each thread is made to do
// the system calls that an attacker would, with the descriptors that the process has.
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { rfcInitial } from '../support/fixtures.js';
import { systemCallIn } from '../support/harness.js';
import { PairNetwork, Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

const { EPERM, EACCES, ENOSYS, EINVAL } = os.errno;
const LEFT = PairNetwork.LEFT[0] as string;

type Argument = number | bigint | Uint8Array;

const text = (string: string) => Buffer.from(`${string}\0`);
/** What a 64-bit register holds where the kernel takes an int: seccomp sees all of it. */
const disguised = (value: number) => (1n << 32n) | BigInt(value);

/** By their numbers on x86-64 (asm/unistd_64.h). */
const CALL = {
  ...{ read: 0, write: 1, open: 2, close: 3, ioctl: 16, writev: 20, dup: 32, socket: 41, connect: 42, sendto: 44 },
  ...{
    sendmsg: 46,
    recvfrom: 45,
    bind: 49,
    socketpair: 53,
    setsockopt: 54,
    clone: 56,
    vfork: 58,
    execve: 59,
    kill: 62,
  },
  ...{ fcntl: 72, unlink: 87, ptrace: 101, mount: 165, splice: 275, sendmmsg: 307, setns: 308, process_vm_readv: 310 },
  ...{ tgkill: 234, perf_event_open: 298, bpf: 321, execveat: 322, io_uring_setup: 425, pidfd_open: 434, clone3: 435 },
  ...{ getpid: 39, openat: 257, unshare: 272, process_vm_writev: 311, pidfd_getfd: 438 },
};
const NOWHERE = 0;
const TIOCSTI = 0x5412;
const CLONE_NEWNS_AND_FS = 0x20200; // which no kernel takes together
const [AF_UNIX, AF_INET, SOCK_DGRAM] = [1, 2, 2];
const [SOL_SOCKET, SO_DETACH_FILTER] = [1, 27];
const [BPF_MAP_UPDATE_ELEM, BPF_PROG_LOAD, BPF_LINK_UPDATE] = [2, 5, 29];
const [O_RDONLY, O_CREAT_WRONLY] = [0, 0o101];

interface Attack {
  name: string;
  call: number;
  args: Argument[];
  /** With what it is refused. */
  errno: number;
}

/** Attacks of any process. None does harm where it is not refused: an address is missing, or a process. */
const ATTACKS: Attack[] = [
  { name: 'start a program', call: CALL.execve, args: [NOWHERE, NOWHERE, NOWHERE], errno: EPERM },
  { name: 'start a program by a descriptor', call: CALL.execveat, args: [-1, NOWHERE, 0, 0, 0], errno: EPERM },
  { name: 'fork', call: CALL.clone, args: [CLONE_NEWNS_AND_FS, 0, 0, 0, 0], errno: EPERM },
  { name: 'fork in a way that seccomp cannot see', call: CALL.clone3, args: [NOWHERE, 0], errno: ENOSYS },
  { name: 'trace a process', call: CALL.ptrace, args: [2, 2 ** 22 + 1, 0, 0], errno: EPERM },
  { name: "read a process's memory", call: CALL.process_vm_readv, args: [2 ** 22 + 1, 0, 0, 0, 0, 0], errno: EPERM },
  {
    name: "write to a process's memory",
    call: CALL.process_vm_writev,
    args: [2 ** 22 + 1, 0, 0, 0, 0, 0],
    errno: EPERM,
  },
  { name: 'open a process', call: CALL.pidfd_open, args: [2 ** 22 + 1, 0], errno: EPERM },
  { name: "take a process's descriptor", call: CALL.pidfd_getfd, args: [-1, 0, 0], errno: EPERM },
  { name: 'signal another process', call: CALL.kill, args: [2 ** 22 + 1, 0], errno: EPERM },
  { name: 'signal its process group', call: CALL.kill, args: [0, 0], errno: EPERM },
  { name: "signal another process's thread", call: CALL.tgkill, args: [2 ** 22 + 1, 2 ** 22 + 1, 0], errno: EPERM },
  { name: 'open a socket', call: CALL.socket, args: [AF_INET, SOCK_DGRAM, 99], errno: EPERM },
  { name: 'open two sockets', call: CALL.socketpair, args: [AF_UNIX, SOCK_DGRAM, 0, NOWHERE], errno: EPERM },
  { name: 'bind a socket', call: CALL.bind, args: [-1, NOWHERE, 0], errno: EPERM },
  { name: 'connect a socket', call: CALL.connect, args: [-1, NOWHERE, 0], errno: EPERM },
  { name: 'send', call: CALL.sendto, args: [-1, NOWHERE, 0, 0, NOWHERE, 0], errno: EPERM },
  { name: 'send a message', call: CALL.sendmsg, args: [-1, NOWHERE, 0], errno: EPERM },
  { name: 'send several messages', call: CALL.sendmmsg, args: [-1, NOWHERE, 1, 0], errno: EPERM },
  { name: 'set a socket', call: CALL.setsockopt, args: [-1, 1, 1, NOWHERE, 0], errno: EPERM },
  { name: 'move bytes between descriptors', call: CALL.splice, args: [-1, NOWHERE, -1, NOWHERE, 1, 0], errno: EPERM },
  { name: 'make a ring of io_uring', call: CALL.io_uring_setup, args: [1, NOWHERE], errno: EPERM },
  { name: 'count events', call: CALL.perf_event_open, args: [NOWHERE, 0, -1, -1, 0], errno: EPERM },
  { name: 'write to a BPF map', call: CALL.bpf, args: [BPF_MAP_UPDATE_ELEM, NOWHERE, 64], errno: EPERM },
  { name: 'load a BPF program', call: CALL.bpf, args: [BPF_PROG_LOAD, NOWHERE, 64], errno: EPERM },
  { name: 'update a BPF link', call: CALL.bpf, args: [BPF_LINK_UPDATE, NOWHERE, 64], errno: EPERM },
  { name: 'do so with a disguise', call: CALL.bpf, args: [disguised(BPF_MAP_UPDATE_ELEM), NOWHERE, 64], errno: EPERM },
  { name: 'use a command of bpf(2) to come', call: CALL.bpf, args: [200, NOWHERE, 64], errno: EPERM },
  { name: 'type at the terminal', call: CALL.ioctl, args: [-1, TIOCSTI, NOWHERE], errno: EPERM },
  { name: 'type with a disguise', call: CALL.ioctl, args: [-1, disguised(TIOCSTI), NOWHERE], errno: EPERM },
  { name: 'read a file', call: CALL.open, args: [text('/etc/passwd'), O_RDONLY, 0], errno: EACCES },
  {
    name: 'make a file',
    call: CALL.open,
    args: [text('/dev/shm/quic-top-test'), O_CREAT_WRONLY, 0o600],
    errno: EACCES,
  },
];

/** Those of a process whose number has parts that others may be numbered by. */
const attacksOf = (pid: number): Attack[] => [
  ...ATTACKS,
  { name: "signal who has a part of its number's bits", call: CALL.kill, args: [pid & (pid - 1), 0], errno: EPERM },
  { name: 'stop the same', call: CALL.kill, args: [pid & (pid - 1) || 1, os.signals.SIGTSTP], errno: EPERM },
  { name: 'signal who has one bit more', call: CALL.kill, args: [pid | (1 << 22), 0], errno: EPERM },
];

/** Makes a thread do a call once it waits in another; -1 stands for a thread that has ended. */
async function callIn(thread: number, call: number, args: readonly Argument[]): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      return systemCallIn(thread, call, args);
    } catch (error) {
      if (!(error as Error).message.includes('in no system call') || tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

const threadsOf = (pid: number) => readdirSync(`/proc/${pid}/task`).map(Number);
const nameOf = (pid: number, thread: number) => readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim();

/** The descriptors of a process: what each is of, and how it was opened (proc(5): fdinfo). */
function descriptorsOf(pid: number) {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => {
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(info)?.[1] ?? '', 8);
    return { fd: Number(fd), target: readlinkSync(`/proc/${pid}/fd/${fd}`), readOnly: (flags & 3) === 0, info };
  });
}

/** Its packet sockets. */
function packetSockets(pid: number): number[] {
  const inodes = readFileSync(`/proc/${pid}/net/packet`, 'utf8')
    .split('\n')
    .map((line) => `socket:[${line.trim().split(/\s+/).at(-1)}]`);
  return descriptorsOf(pid).flatMap(({ fd, target }) => (inodes.includes(target) ? fd : []));
}

let network: PairNetwork;
beforeAll(() => {
  network = new PairNetwork();
  // The kernel itself sends nothing for a while: what arrives at the other end is counted.
  network.left.run(['sysctl', '-qw', 'net.ipv6.conf.left.disable_ipv6=1']);
});
afterAll(() => network.remove());

/** Opens a screen with threads of every kind at work, attacks the process, and sees that it works on and ends well. */
async function attacked(options: string[], attack: (pid: number) => Promise<void>): Promise<void> {
  const command = network.left.command([process.execPath, CLI, 'left', '--promiscuous', ...options]);
  const terminal = new TestTerminal(command, 120, 30, { SUDO_UID: '', SUDO_GID: '' });
  try {
    await terminal.until('Waiting for QUIC');
    sendDatagrams(network.right, LEFT, [rfcInitial(), longHeader({ dcid: cidv1(17) })]);
    await terminal.until(/example\.com/);
    await attack(terminal.pid);
    sendDatagrams(network.right, LEFT, [longHeader({ dcid: cidv1(18) })]);
    await terminal.until(/ 3 packets ─/);
    terminal.type('q');
    await terminal.ended();
    expect(terminal.text).toMatch(/3 frames captured, 0 lost/);
    expect(terminal.text).toContain('settings kept, status 0');
  } finally {
    terminal.close();
  }
}

/** How many frames have come out of the other end of the cable. */
const arrivedRight = () => JSON.parse(network.right.ip('-s -j link show right'))[0].stats64.rx.packets;

describe.each(['tap', 'divert'])('a process taken over in mode %s', (mode) => {
  it('is refused each attack, in every thread, and works on', async () => {
    await attacked(['--mode', mode], async (pid) => {
      const threads = threadsOf(pid);
      const names = threads.map((thread) => nameOf(pid, thread));
      expect(names).toContain('qt-drain');
      expect(threads.length).toBeGreaterThan(5); // V8's, libuv's pool, the analysis
      for (const thread of threads) {
        const found: Record<string, number> = {};
        for (const { name, call, args } of attacksOf(pid)) found[name] = await callIn(thread, call, args);
        expect(found, nameOf(pid, thread)).toEqual(
          Object.fromEntries(attacksOf(pid).map(({ name, errno }) => [name, -errno])),
        );
      }
    });
  });

  it('has packet sockets that send nothing, are heard by nobody, and get no other number', async () => {
    await attacked(['--mode', mode], async (pid) => {
      const sockets = packetSockets(pid);
      expect(sockets.length).toBeGreaterThan(0);
      const before = arrivedRight();
      const frame = Buffer.alloc(64, 0xff);
      const one = Buffer.from([1, 0, 0, 0]);
      for (const fd of sockets) {
        for (const number of [fd, disguised(fd)]) {
          expect(await callIn(pid, CALL.write, [number, frame, frame.length])).toBe(-EPERM);
          expect(await callIn(pid, CALL.writev, [number, NOWHERE, 1])).toBe(-EPERM);
          expect(await callIn(pid, CALL.dup, [number])).toBe(-EPERM);
          expect(await callIn(pid, CALL.fcntl, [number, 0, 0])).toBe(-EPERM);
        }
        expect(await callIn(pid, CALL.setsockopt, [fd, SOL_SOCKET, SO_DETACH_FILTER, one, 4])).toBe(-EPERM);
        const DONTWAIT = 0x40;
        expect(await callIn(pid, CALL.recvfrom, [fd, frame, frame.length, DONTWAIT, 0, 0])).toBe(-os.errno.EAGAIN);
      }
      expect(arrivedRight()).toBe(before);
    });
  });

  it('has no descriptor of a program, and only reads the maps', async () => {
    await attacked(['--mode', mode], async (pid) => {
      const kernel = descriptorsOf(pid).filter(({ target }) => target.includes('bpf'));
      const kinds = kernel.map(({ target }) => target.replace('anon_inode:', ''));
      expect(kinds.filter((kind) => kind === 'bpf-prog')).toEqual([]);
      const BPF_MAP_TYPE_RINGBUF = '27';
      const maps = kernel.filter(({ target }) => target.includes('bpf-map'));
      const type = (info: string) => /^map_type:\s+(\d+)/m.exec(info)?.[1];
      const others = maps.filter(({ info }) => type(info) !== BPF_MAP_TYPE_RINGBUF);
      // cid_counter, path_counter, backend_counter, unread_ports, counters, egress_counters; in mode tap that with the parser
      expect(others.length).toBe(mode === 'tap' ? 7 : 6);
      expect(others.filter(({ readOnly }) => !readOnly)).toEqual([]);
    });
  });
});

it('without the sandbox none of it is refused for that reason, but the filters of packet sockets stay', async () => {
  await attacked(['--mode', 'divert', '--no-sandbox'], async (pid) => {
    const [thread] = threadsOf(pid);
    for (const { name, call, args, errno } of ATTACKS) {
      // A trace or a signal finds no such process; a map is not writable; all others miss an address or a descriptor.
      if (name === 'fork in a way that seccomp cannot see') {
        expect(await callIn(thread as number, call, args), name).toBe(-EINVAL);
      } else if (name !== 'make a file') {
        expect(await callIn(thread as number, call, args), name).not.toBe(-errno);
      }
    }
    const one = Buffer.from([1, 0, 0, 0]);
    for (const fd of packetSockets(pid)) {
      expect(await callIn(pid, CALL.setsockopt, [fd, SOL_SOCKET, SO_DETACH_FILTER, one, 4])).toBe(-EPERM);
    }
  });
});

it('reads a capture file confined, and sees no other', async () => {
  const pipe = join(network.dir, 'pipe');
  network.left.run(['mkfifo', pipe]);
  const quicTop = new Program([process.execPath, CLI, '--read', pipe, '--json', '--quiet'], { env: { SUDO_UID: '' } });
  const pid = quicTop.child.pid as number;
  const seccomp = () =>
    threadsOf(pid).map(
      (thread) => /^Seccomp:\s+(\d)/m.exec(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))?.[1],
    );
  await vi.waitFor(() => expect(new Set(seccomp())).toEqual(new Set(['2'])), 5000);
  expect(await callIn(pid, CALL.open, [text('/etc/passwd'), O_RDONLY, 0])).toBe(-EACCES);
  writeFileSync(pipe, readFileSync(fileURLToPath(new URL('../fixtures/ngtcp2-v1.pcap', import.meta.url))));
  expect(await quicTop.ended).toBe(0);
  expect(JSON.parse(quicTop.stdout).captured).toBeGreaterThan(0);
});
