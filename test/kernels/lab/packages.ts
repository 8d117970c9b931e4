// The kernels, the compilers and the emulator: where each comes from, and fetching what is missing.

import { existsSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Suite } from './debian.js';
import { cached } from './folders.js';

/** Kernels by the names that tests and reports use. `name` is the series, or `newest`. */
const KERNELS = {
  '5.10': { suite: 'bullseye', pattern: /^linux-image-5\.10\.\d[^-]*-\d+-amd64$/ },
  '6.1': { suite: 'bookworm', pattern: /^linux-image-6\.1\.\d[^-]*-\d+-amd64$/ },
  '6.12': { suite: 'trixie', pattern: /^linux-image-6\.12\.[^-]*-amd64$/ },
  newest: { suite: 'sid', pattern: /^linux-image-\d+\.\d+\.[^-]*-amd64$/ },
};

/** Compilers: Debian 12's, Debian 13's, the newest. */
const COMPILERS = {
  'clang-14': { suite: 'bookworm', pattern: /^clang-14$/ },
  'clang-19': { suite: 'trixie', pattern: /^clang-19$/ },
  'clang-newest': { suite: 'sid', pattern: /^clang-\d+$/ },
};

export type KernelName = keyof typeof KERNELS;
export const KERNEL_NAMES = Object.keys(KERNELS) as KernelName[];

export interface Kernel {
  name: KernelName;
  /** As uname prints it. */
  version: string;
  /** Its compressed image, for qemu. */
  image: string;
  /** The folder of its modules. */
  modules: string;
}

export interface Compiler {
  /** The program's name: clang-19. */
  name: string;
  /** The folder that it was unpacked to, with all of its libraries. */
  tree: string;
}

export interface Packages {
  kernels: Kernel[];
  compilers: Compiler[];
  /** A Debian tree with qemu. */
  qemu: string;
  /** The statically linked program. */
  busybox: string;
}

/** Everything that the lab needs from Debian's archive; fetches what the cache does not have. */
export async function fetchPackages(): Promise<Packages> {
  if (process.arch !== 'x64') throw new Error(`boot kernels failed: the lab is for x86-64, this is ${process.arch}`);
  const suites = new Map<string, Promise<Suite>>();
  const from = (name: string) => {
    const suite = suites.get(name) ?? Suite.open(name);
    suites.set(name, suite);
    return suite;
  };
  // One download at a time from each suite: its archives lie in one folder.
  const turns = new Map<string, Promise<unknown>>();
  const inTurn = <T>(suite: string, step: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(suite) ?? Promise.resolve()).then(step);
    turns.set(
      suite,
      turn.catch(() => {}),
    );
    return turn;
  };

  const kernel = (name: KernelName) => {
    const { suite, pattern } = KERNELS[name];
    return inTurn(suite, async () => {
      const tree = await cached(`linux-${name}`, async (folder) => {
        const archive = await from(suite);
        const image = await archive.newest(pattern);
        // Since 7.2 the package of the image only names others, which have the files.
        const parts = await archive.names(/^linux-(base|binary|modules)-\d/);
        const files = ['base', 'binary', 'modules']
          .map((part) => image.replace('image', part))
          .filter((p) => parts.includes(p));
        await archive.unpack(folder, { single: [image, ...files] });
      });
      return unpackedKernel(name, tree);
    });
  };
  const compiler = (name: keyof typeof COMPILERS) => {
    const { suite, pattern } = COMPILERS[name];
    return inTurn(suite, async () => {
      const tree = await cached(name, async (folder) => {
        const archive = await from(suite);
        const found = await archive.newest(pattern);
        const version = found.replace('clang-', '');
        await archive.unpack(folder, {
          complete: [`libclang-cpp${version}`, `libllvm${version}`],
          single: [found, `libclang-common-${version}-dev`],
        });
        await writeFile(join(folder, 'name'), found);
      });
      return { name: readFileSync(join(tree, 'name'), 'utf8'), tree };
    });
  };
  const qemu = inTurn('trixie', () =>
    // Debian 12's qemu has no igb.
    cached('qemu', async (folder) => (await from('trixie')).unpack(folder, { complete: ['qemu-system-x86'] })),
  );
  const busybox = inTurn('bookworm', () =>
    cached('busybox', async (folder) => (await from('bookworm')).unpack(folder, { single: ['busybox-static'] })),
  );

  try {
    const kernels = await Promise.all(KERNEL_NAMES.map(kernel));
    const compilers = await Promise.all((Object.keys(COMPILERS) as (keyof typeof COMPILERS)[]).map(compiler));
    return { kernels, compilers, qemu: await qemu, busybox: join(await busybox, 'bin/busybox') };
  } finally {
    await Promise.allSettled(turns.values());
    for (const suite of await Promise.allSettled(suites.values())) {
      if (suite.status === 'fulfilled') await suite.value.close();
    }
  }
}

/** The parts of unpacked kernel packages: Debian 13 moved the modules to /usr/lib, and 7.2 the image to the modules. */
async function unpackedKernel(name: KernelName, tree: string): Promise<Kernel> {
  const parent = existing([join(tree, 'lib/modules'), join(tree, 'usr/lib/modules')]);
  const [version = ''] = await readdir(parent);
  const modules = join(parent, version);
  return {
    name,
    version,
    image: existing([join(modules, 'vmlinuz'), join(tree, 'boot', `vmlinuz-${version}`)]),
    modules,
  };
}

/** The command line that runs a program of an unpacked tree with the tree's own libraries. */
export function inTree(tree: string, program: string, args: readonly string[]): string[] {
  const lib = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((path) => join(tree, path)).join(':');
  const loader = existing(
    ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((path) => join(tree, path, 'ld-linux-x86-64.so.2')),
  );
  return [loader, '--library-path', lib, join(tree, program), ...args];
}

/** The first of the paths that exists. */
function existing(paths: readonly string[]): string {
  const path = paths.find((candidate) => existsSync(candidate));
  if (!path) throw new Error(`unpack a package failed: it has none of ${paths.join(', ')}`);
  return path;
}
