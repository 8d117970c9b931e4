// The first file system of a guest: busybox, the kernel's modules, and the script that mounts this machine's files.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, run, WORK } from './folders.js';
import type { Kernel } from './packages.js';

/** For the guest's own root. */
const ROOT_MODULES = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay'];
/** NICs, and what can be built on them. */
const NETWORK_MODULES = ['virtio_net', 'e1000e', 'vmxnet3', 'igb', 'tun', 'veth', '8021q', 'bridge', 'macvlan'];
/** What quic-top, its tests and tools ask the kernel for. */
const OTHER_MODULES = ['sch_ingress', 'cls_bpf', 'af_packet_diag', 'udp_diag'];
/** Not in every kernel. */
const OPTIONAL_MODULES = ['xsk_diag'];

/** Makes the initramfs of a kernel and returns its path. */
export async function makeInitramfs(kernel: Kernel, busybox: string): Promise<string> {
  const folder = join(WORK, `initramfs-${kernel.name}`);
  await rm(folder, { recursive: true, force: true });
  for (const path of ['bin', 'dev', 'proc', 'sys', 'modules']) await mkdir(join(folder, path), { recursive: true });
  await copyFile(busybox, join(folder, 'bin/busybox'));
  await symlink('busybox', join(folder, 'bin/sh'));
  await copyFile(join(ROOT, 'test/kernels/guest/init'), join(folder, 'init'));

  const modules = new Modules(kernel);
  const wanted = [...ROOT_MODULES, ...NETWORK_MODULES, ...OTHER_MODULES];
  for (const name of wanted) await modules.add(name);
  for (const name of OPTIONAL_MODULES) if (await modules.has(name)) await modules.add(name);
  // The script loads them in the order of their names.
  for (const [i, { name, bytes }] of modules.ordered.entries()) {
    await writeFile(join(folder, 'modules', `${String(i).padStart(3, '0')}-${name}.ko`), bytes);
  }

  const archive = `${folder}.cpio`;
  const command = 'cd "$0" && find . | "$1" cpio --create --format newc >"$2"';
  await run('sh', ['-c', command, folder, busybox, archive]);
  return archive;
}

/** Modules of a kernel, each after those that it needs. depmod's files are made when a kernel is installed, not here. */
class Modules {
  readonly ordered: { name: string; bytes: Buffer }[] = [];
  readonly #kernel: Kernel;
  readonly #builtin: Set<string>;
  #files: Map<string, string> | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#builtin = new Set(readFileSync(join(kernel.modules, 'modules.builtin'), 'utf8').split('\n').map(nameOf));
  }

  /** Whether the kernel has it, as a module or built in. */
  async has(name: string): Promise<boolean> {
    return this.#builtin.has(name) || (await this.#paths()).has(name);
  }

  async add(name: string): Promise<void> {
    if (this.#builtin.has(name) || this.ordered.some((module) => module.name === name)) return;
    const path = (await this.#paths()).get(name);
    if (!path) throw new Error(`find the module ${name} failed: Linux ${this.#kernel.version} has none`);
    const bytes = await unpacked(path);
    const needed = /\0depends=([^\0]*)\0/.exec(bytes.toString('latin1'))?.[1] ?? '';
    for (const other of needed.split(',')) if (other !== '') await this.add(nameOf(other));
    this.ordered.push({ name, bytes });
  }

  async #paths(): Promise<Map<string, string>> {
    if (!this.#files) {
      const paths = await readdir(this.#kernel.modules, { recursive: true });
      const modules = paths.filter((path) => /\.ko(\.\w+)?$/.test(path));
      this.#files = new Map(modules.map((path) => [nameOf(path), join(this.#kernel.modules, path)]));
    }
    return this.#files;
  }
}

/** kernel/net/8021q/8021q.ko.xz: 8021q. Files and lists differ in how they write the dash. */
function nameOf(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

async function unpacked(path: string): Promise<Buffer> {
  const program = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' }[/\.ko(\.\w+)$/.exec(path)?.[1] ?? ''];
  if (!program) return readFile(path);
  const { stdout } = await promisify(execFile)(program, ['-dc', path], { encoding: 'buffer', maxBuffer: 1 << 26 });
  return stdout;
}
