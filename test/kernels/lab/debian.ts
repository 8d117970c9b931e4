// Packages of any Debian suite, unpacked and never installed. apt fetches them from the mirrors that this system uses
// and checks their signatures, in a folder of its own: nothing of the system's apt is changed.

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './folders.js';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Puts the newest version last. */
const byVersion = new Intl.Collator('en', { numeric: true }).compare;

/** The addresses of Debian's archive, and of its security updates, in this system's configuration of apt. */
async function mirrors(): Promise<{ main: string; security: string }> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(RELEASE) $(REPO_URI)', 'Created-By: Packages']);
  const sources = targets.split('\n').map((line) => line.split(' '));
  const find = (pattern: RegExp) => sources.find(([release = '']) => pattern.test(release))?.[1];
  const main = find(/^(bullseye|bookworm|trixie|forky|sid|stable|testing|unstable)$/);
  const security = find(/-security$/);
  if (!main || !security) {
    throw new Error(
      'find a mirror failed: apt here knows no Debian archive with security updates. Add both to its sources',
    );
  }
  return { main, security };
}

/** How this system reaches its mirrors: proxies, time limits. */
async function connectionSettings(): Promise<string> {
  return (await run('apt-config', ['dump'])).replace(/^(?!Acquire::(http|https|Retries)\b).*\n/gm, '');
}

/** A suite as apt sees it that knows of no other, and of nothing that is installed. */
export class Suite {
  readonly name: string;
  readonly #folder: string;

  private constructor(name: string, folder: string) {
    this.name = name;
    this.#folder = folder;
  }

  /** Fetches the suite's lists of packages. Call `close` in the end. */
  static async open(name: string): Promise<Suite> {
    const folder = await mkdtemp(join(tmpdir(), `quic-top-apt-${name}-`));
    for (const path of ['etc/none', 'lists/partial', 'archives/partial'])
      await mkdir(join(folder, path), { recursive: true });
    await writeFile(join(folder, 'status'), '');
    const settings = {
      'Dir::Etc': join(folder, 'etc'),
      'Dir::Etc::parts': join(folder, 'etc/none'),
      'Dir::Etc::preferencesparts': join(folder, 'etc/none'),
      'Dir::Etc::netrc': '/etc/apt/auth.conf',
      'Dir::Etc::netrcparts': '/etc/apt/auth.conf.d',
      'Dir::State': folder,
      'Dir::State::status': join(folder, 'status'),
      'Dir::Cache': folder,
      'APT::Sandbox::User': 'root', // its own user may not write to this folder
      'Acquire::Languages': 'none',
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`);
    await writeFile(join(folder, 'apt.conf'), lines.join('') + (await connectionSettings()));

    const { main, security } = await mirrors();
    // The lists of a mirror that has stood still for a week are past their date, and still Debian's: the signature is
    // checked all the same.
    const options = `[signed-by=${KEYRING} check-valid-until=no]`;
    const sources = [`deb ${options} ${main} ${name} main\n`];
    if (name !== 'sid') sources.push(`deb ${options} ${security} ${name}-security main\n`);
    await writeFile(join(folder, 'etc/sources.list'), sources.join(''));
    const suite = new Suite(name, folder);
    await suite.#apt('apt-get', ['update', '--error-on=any']);
    return suite;
  }

  /** The names of all packages that match, the newest last. Virtual ones are among them. */
  async names(pattern: RegExp): Promise<string[]> {
    const names = (await this.#apt('apt-cache', ['pkgnames'])).split('\n').filter((name) => pattern.test(name));
    return names.sort(byVersion);
  }

  /** The name of the newest package of those whose names match. */
  async newest(pattern: RegExp): Promise<string> {
    const name = (await this.names(pattern)).at(-1);
    if (!name) throw new Error(`find a package failed: no name in Debian's ${this.name} matches ${pattern}`);
    return name;
  }

  /** Unpacks packages into a folder: `complete` ones with all that they depend on, `single` ones without. */
  async unpack(
    folder: string,
    { complete = [], single = [] }: { complete?: string[]; single?: string[] },
  ): Promise<void> {
    if (complete.length > 0) {
      await this.#apt('apt-get', ['install', '--download-only', '--no-install-recommends', '--yes', ...complete]);
    }
    if (single.length > 0) await this.#apt('apt-get', ['download', ...single]);
    const archives = join(this.#folder, 'archives');
    for (const file of await readdir(archives)) {
      if (!file.endsWith('.deb')) continue;
      await run('dpkg-deb', ['--extract', join(archives, file), folder]);
      await rm(join(archives, file));
    }
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }

  #apt(program: 'apt-get' | 'apt-cache', args: readonly string[]): Promise<string> {
    // "download" puts files into the current folder.
    const env = { APT_CONFIG: join(this.#folder, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive' };
    return run(program, args, { cwd: join(this.#folder, 'archives'), env });
  }
}
