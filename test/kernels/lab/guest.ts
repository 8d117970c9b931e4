// A booted kernel: qemu, without KVM, on this machine's own files. Programs run in it as `Program` runs them here.

import { mkdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TapNetwork } from '../../../demo/network.mjs';
import { Program, RunningProgram } from '../../../demo/program.mjs';
import { ROOT, WORK } from './folders.js';
import { inTree, type Kernel } from './packages.js';

/** What boots. */
export interface Machine {
  kernel: Kernel;
  initramfs: string;
  /** The tree of qemu's packages. */
  qemu: string;
}

/** A NIC of the machine. On the host's side there is a tap device of its name. */
export interface Nic {
  name: string;
  /** As qemu's -device wants it. */
  device: string;
  queues: number;
  mac: string;
}

/** Processors, and MiB of memory unless more is asked for. */
const CPUS = 2;
const MEMORY = 2048;
/** It takes about 12 seconds on a machine with nothing else to do, and some of them at once a multiple of that. */
const BOOT_MS = 180_000;
/** Emulated, everything takes ten to twenty times as long. */
const COMMAND_MS = 90_000;

interface FromGuest {
  ready?: number;
  from?: number;
  stdout?: string;
  stderr?: string;
  ended?: number;
}

export class Guest {
  /** Seconds that the kernel had run when the agent was ready. */
  bootSeconds = 0;
  readonly #machine: Machine;
  readonly #qemu: Program;
  readonly #console: string;
  readonly #programs = new Map<number, GuestProgram>();
  #port: Socket | undefined;
  #started = 0;

  private constructor(machine: Machine, qemu: Program, consoleFile: string) {
    this.#machine = machine;
    this.#qemu = qemu;
    this.#console = consoleFile;
  }

  /**
   * Boots a kernel with these NICs, whose tap devices are in the network, and so many MiB of memory.
   * @throws Error with the kernel's version
   */
  static async boot(
    machine: Machine,
    nics: readonly Nic[],
    network: TapNetwork,
    memory: number = MEMORY,
  ): Promise<Guest> {
    const consoleFile = join(WORK, `console-${machine.kernel.name}.log`);
    const socket = join(network.dir, 'agent');
    mkdirSync(WORK, { recursive: true });
    const command = inTree(
      machine.qemu,
      'usr/bin/qemu-system-x86_64',
      qemuOptions(machine, nics, memory, consoleFile, socket),
    );
    const guest = new Guest(machine, new Program(network.host.command(command)), consoleFile);
    try {
      await guest.#connect(socket);
    } catch (error) {
      await guest.close();
      throw error;
    }
    return guest;
  }

  /** Starts a program in the guest. */
  start(command: readonly string[]): GuestProgram {
    return this.#ask(command, { command });
  }

  /** Runs a program in the guest and returns what it printed. @throws Error when it fails */
  async run(command: readonly string[], milliseconds = COMMAND_MS): Promise<string> {
    return this.#succeeds(await this.finish(this.start(command), milliseconds));
  }

  /** The text of a file in the guest. */
  async read(path: string): Promise<string> {
    return this.#succeeds(await this.finish(this.#ask(['read', path], { read: path })));
  }

  /** Waits until a program has ended; kills it when that takes too long. */
  async finish(program: GuestProgram, milliseconds = COMMAND_MS): Promise<GuestProgram> {
    const timer = setTimeout(() => {
      program.stderr += `(${milliseconds} ms passed)\n`;
      program.kill('SIGKILL');
    }, milliseconds);
    await program.ended.finally(() => clearTimeout(timer));
    return program;
  }

  /** Lines of a shell, in the guest. */
  sh(script: string): Promise<string> {
    return this.run(['sh', '-euc', script]);
  }

  /** The kernel's version, as uname prints it. */
  get version(): string {
    return this.#machine.kernel.version;
  }

  /** Switches the machine off. */
  async close(): Promise<void> {
    this.#port?.destroy();
    await this.#qemu.stop('SIGKILL');
  }

  #ask(command: readonly string[], message: object): GuestProgram {
    const id = this.#started++;
    const program = new GuestProgram(command, (signal) => this.#tell({ signal, to: id }));
    this.#programs.set(id, program);
    this.#tell({ start: id, ...message });
    return program;
  }

  #succeeds({ name, stdout, stderr, status }: GuestProgram): string {
    if (status !== 0) throw new Error(`Linux ${this.version}: ${name} ended with ${status}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Waits for the agent's first words; fails when the kernel does not come so far. */
  async #connect(path: string): Promise<void> {
    const deadline = Date.now() + BOOT_MS;
    // What still runs in the guest when qemu ends has failed with it.
    const died = this.#qemu.ended.then((status) => {
      const error = this.#failed(`qemu ended with ${status}: ${this.#qemu.stderr}`);
      for (const program of this.#programs.values()) program.fail(error);
      throw error;
    });
    died.catch(() => {});
    const late = sleep(BOOT_MS, undefined, { ref: false }).then(() => {
      throw this.#failed(`no answer for ${BOOT_MS} ms`);
    });
    late.catch(() => {});
    const ready = new Promise<void>((resolve, reject) => {
      const attempt = () => {
        const port = connect(path);
        port.on('error', () => (Date.now() < deadline ? setTimeout(attempt, 100) : reject(this.#failed('no port'))));
        port.on('connect', () => {
          this.#port = port;
          const lines = createInterface({ input: port });
          lines.on('error', () => {}); // the end of qemu says what happened
          lines.on('line', (line) => {
            const message = JSON.parse(line) as FromGuest;
            if (message.ready === undefined) return this.#heard(message);
            this.bootSeconds = message.ready;
            resolve();
          });
        });
      };
      attempt();
    });
    await Promise.race([ready, died, late]);
  }

  #heard({ from, stdout = '', stderr = '', ended }: FromGuest): void {
    const program = this.#programs.get(from ?? -1);
    if (!program) return;
    program.stdout += stdout;
    program.stderr += stderr;
    if (ended === undefined) return;
    this.#programs.delete(from as number);
    program.end(ended);
  }

  #tell(message: object): void {
    this.#port?.write(`${JSON.stringify(message)}\n`);
  }

  /** What went wrong, with the kernel's last words. */
  #failed(what: string): Error {
    const lines = readFileSync(this.#console, 'utf8').trim().split('\n').slice(-15).join('\n');
    return new Error(`Linux ${this.version} does not run: ${what}. The end of ${this.#console}:\n${lines}`);
  }
}

/** A program in a guest. */
export class GuestProgram extends RunningProgram {
  override patience = COMMAND_MS;
  readonly #signal: (signal: NodeJS.Signals) => void;

  constructor(command: readonly string[], signal: (signal: NodeJS.Signals) => void) {
    super(command);
    this.#signal = signal;
  }

  override kill(signal: NodeJS.Signals): void {
    this.#signal(signal);
  }
}

function qemuOptions(
  { kernel, initramfs, qemu }: Machine,
  nics: readonly Nic[],
  memory: number,
  console: string,
  agent: string,
): string[] {
  const append = [
    // no_timer_check: emulated on a busy machine, ticks come too late for the kernel's test of the timer.
    'console=ttyS0 quiet panic=-1 no_timer_check mitigations=off net.ifnames=0',
    `agent=${join(ROOT, 'test/kernels/guest/agent.mjs')}`,
  ];
  return [
    // One thread for each processor; "max" has all that can be emulated.
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-machine', 'q35', '-smp', String(CPUS), '-m', String(memory)],
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', `file:${console}`],
    ...['-L', join(qemu, 'usr/share/qemu'), '-L', join(qemu, 'usr/share/seabios')],
    ...['-kernel', kernel.image, '-initrd', initramfs, '-append', append.join(' ')],
    ...['-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=agent,path=${agent},server=on,wait=off`],
    ...['-device', 'virtserialport,chardev=agent,name=lab'],
    ...nics.flatMap(({ name, device, queues, mac }) => [
      ...['-netdev', `tap,id=${name},ifname=${name},script=no,downscript=no${queues > 1 ? `,queues=${queues}` : ''}`],
      ...['-device', `${device},netdev=${name},mac=${mac},romfile=`],
    ]),
  ];
}
