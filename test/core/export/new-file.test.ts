// How new files come to be: complete or not at all, in nobody's place, and whose they are.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userToBecome } from '../../../src/commands/privileges.js';
import { exportTarget, formatOf } from '../../../src/core/export/file-name.js';
import { writeNewFile } from '../../../src/core/export/new-file.js';
import { loadAddon } from '../../../src/core/native/addon.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-new-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  delete process.env.SUDO_UID;
  delete process.env.SUDO_GID;
});

const at = (name: string, numbered = false) => ({ path: join(folder, name), numbered });
const save = (name: string, numbered = false, text = 'new') =>
  writeNewFile(at(name, numbered), (file) => file.writeFile(text));

describe('the name', () => {
  const DATE = new Date('2026-11-22T12:34:56.789Z');

  it('is made of interface and time, whatever the interface is called', () => {
    const target = exportTarget('/there', null, '../$(a)\x1b\n', DATE);
    expect(target).toEqual({ path: '/there/quic-top-..___a___-20261122T123456Z.pcapng', numbered: true });
  });

  it('is what the user typed, in the folder unless it is absolute', () => {
    expect(exportTarget('/there', 'a.pcap', 'eth0', DATE)).toEqual({ path: '/there/a.pcap', numbered: false });
    expect(exportTarget('there', 'b/a.pcap', 'eth0', DATE).path).toBe('there/b/a.pcap');
    expect(exportTarget('/there', '/tmp/a.pcap', 'eth0', DATE).path).toBe('/tmp/a.pcap');
  });

  it('says by its ending which format it is', () => {
    expect(['a.pcap', 'b.pcapng', '-'].map(formatOf)).toEqual(['pcap', 'pcapng', 'pcapng']);
    for (const name of ['', 'a', 'a.pcapng.gz', 'pcap']) {
      expect(() => formatOf(name)).toThrow(`"${name}" is neither a .pcap nor a .pcapng file`);
    }
  });
});

describe('a new file', () => {
  it('appears when it is complete, for its owner alone', async () => {
    let meanwhile: string[] = [];
    const path = await writeNewFile(at('a.pcap'), async (file) => {
      await file.writeFile('new');
      meanwhile = readdirSync(folder);
    });
    expect(meanwhile).toEqual([]);
    expect(readdirSync(folder)).toEqual(['a.pcap']);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is the same where the file system has no files without a name', async () => {
    process.env.SUDO_UID = '12345';
    process.env.SUDO_GID = '54321';
    let meanwhile: string[] = [];
    const write = async (file: FileHandle) => {
      await file.writeFile('new');
      meanwhile = readdirSync(folder);
    };
    const path = await writeNewFile(at('a.pcap'), write, join(folder, '.x.part'));
    expect(meanwhile).toEqual(['.x.part']);
    expect(readdirSync(folder)).toEqual(['a.pcap']);
    expect(readFileSync(path, 'utf8')).toBe('new');
    const { mode, uid, gid } = statSync(path);
    expect([mode & 0o777, uid, gid]).toEqual([0o600, 12345, 54321]);
  });

  it('belongs to the user who called sudo', async () => {
    process.env.SUDO_UID = '12345';
    process.env.SUDO_GID = '54321';
    const { uid, gid } = statSync(await save('a.pcap'));
    expect([uid, gid]).toEqual([12345, 54321]);
  });

  it.each([
    ['1e3', '1000'],
    [' 1000', '1000'],
    ['0x3e8', '1000'],
    ['1000', ''],
    ['1000', '-1'],
    // -1 of a user means "no change", and more than that wraps around.
    ['4294967295', '1000'],
    ['4294967296', '1000'],
    ['0', '1000'],
  ])("is root's where SUDO_UID is %j and SUDO_GID is %j", async (uid, gid) => {
    process.env.SUDO_UID = uid;
    process.env.SUDO_GID = gid;
    expect(userToBecome('')).toEqual(loadAddon().findUser('nobody'));
    const stats = statSync(await save('a.pcap'));
    expect([stats.uid, stats.gid]).toEqual([0, 0]);
  });

  it('never takes the place of another, nor of a link', async () => {
    writeFileSync(join(folder, 'a.pcap'), 'precious');
    symlinkSync(join(folder, 'victim'), join(folder, 'b.pcap'));
    symlinkSync(join(folder, 'a.pcap'), join(folder, 'c.pcap'));
    for (const name of ['a.pcap', 'b.pcap', 'c.pcap']) {
      await expect(save(name)).rejects.toMatchObject({ code: 'EEXIST', hint: 'remove it, or choose another name' });
    }
    expect(readdirSync(folder).sort()).toEqual(['a.pcap', 'b.pcap', 'c.pcap']);
    expect(readFileSync(join(folder, 'a.pcap'), 'utf8')).toBe('precious');
    expect(lstatSync(join(folder, 'b.pcap')).isSymbolicLink()).toBe(true);
  });

  it('does so neither when the name is taken meanwhile', async () => {
    const saving = writeNewFile(at('a.pcap'), async () => writeFileSync(join(folder, 'a.pcap'), 'precious'));
    await expect(saving).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readdirSync(folder)).toEqual(['a.pcap']);
    expect(readFileSync(join(folder, 'a.pcap'), 'utf8')).toBe('precious');
  });

  it('is numbered when that is wanted', async () => {
    writeFileSync(join(folder, 'a.pcapng'), 'precious');
    symlinkSync(join(folder, 'victim'), join(folder, 'a-2.pcapng'));
    expect(await save('a.pcapng', true)).toBe(join(folder, 'a-3.pcapng'));
    expect(readFileSync(join(folder, 'a.pcapng'), 'utf8')).toBe('precious');
    expect(readdirSync(folder)).not.toContain('victim');
  });

  it('follows no link that stands at its temporary name', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    const temporary = join(folder, '.x.part');
    symlinkSync(victim, temporary);
    const saving = writeNewFile(at('a.pcap'), (file) => file.writeFile('new'), temporary);
    await expect(saving).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(lstatSync(temporary).isSymbolicLink()).toBe(true);
  });
});

describe('what fails leaves nothing', () => {
  it('an error while it is written, which stays what it was', async () => {
    const defect = new TypeError('a defect');
    const saving = writeNewFile(at('a.pcap'), async (file) => {
      await file.writeFile('half');
      throw defect;
    });
    await expect(saving).rejects.toBe(defect);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['the folder is not there', 'gone/a.pcap', /the folder does not exist \(ENOENT\)/],
    ['the folder is a file', 'file/a.pcap', /what should be its folder is none \(ENOTDIR\)/],
    ['the name is too long', `${'x'.repeat(300)}.pcap`, /the name is too long \(ENAMETOOLONG\)/],
  ])('%s', async (_name, path, message) => {
    writeFileSync(join(folder, 'file'), '');
    await expect(save(path)).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('the folder goes meanwhile', async () => {
    mkdirSync(join(folder, 'going'));
    const saving = writeNewFile(at('going/a.pcap'), async () => rmSync(join(folder, 'going'), { recursive: true }));
    await expect(saving).rejects.toThrow(/the folder does not exist \(ENOENT\)/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['size=64k', /the disk is full \(ENOSPC\)/],
    ['ro', /the file system is read-only \(EROFS\)/],
  ])('a file system with %s', async (option, message) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', option, 'none', disk]);
    try {
      await expect(save('disk/a.pcap', true, 'x'.repeat(100_000))).rejects.toThrow(message);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  /**
   * A command that saves a.pcap in a process of its own, which runs behind `wrapper` and ends with the status of the error.
   * @param temporary an expression
   */
  async function elsewhere(body: string, wrapper: string[] = [], temporary = 'null'): Promise<string[]> {
    const built = join(folder, 'new-file.mjs');
    await build({
      entryPoints: ['src/core/export/new-file.ts'],
      outfile: built,
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
    chmodSync(folder, 0o755);
    const text = `const { writeNewFile } = await import(process.argv[1]);
      await writeNewFile({ path: process.argv[2], numbered: false }, async (file) => { ${body} }, ${temporary});`;
    return [...wrapper, process.execPath, '--input-type=module', '-e', text, built, join(folder, 'a.pcap')];
  }

  async function saveElsewhere(...how: Parameters<typeof elsewhere>) {
    const [program = '', ...args] = await elsewhere(...how);
    return spawnSync(program, args, { encoding: 'utf8' });
  }

  it('a folder without permission', async () => {
    const { stderr } = await saveElsewhere('', ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']);
    expect(stderr).toMatch(/cannot write .*a\.pcap: uid 65534 may not write there \(EACCES\)/);
    expect(readdirSync(folder)).toEqual(['new-file.mjs']);
  });

  it.each([
    ['without a name', 'null'],
    ['under another name', "process.argv[2] + '.part'"],
  ])('the process exits, the file being %s', async (_, temporary) => {
    const body = "await file.writeFile('half'); process.exit(3);";
    expect(await saveElsewhere(body, [], temporary)).toMatchObject({ status: 3 });
    expect(readdirSync(folder)).toEqual(['new-file.mjs']);
  });

  it('the process is killed, 20 times', async () => {
    const body = "for (;;) { await file.writeFile('x'.repeat(1e5)); process.stdout.write('written'); }";
    const [program = '', ...args] = await elsewhere(body);
    for (let i = 0; i < 20; i++) {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await sleep(i);
      child.kill('SIGKILL');
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    }
    expect(readdirSync(folder)).toEqual(['new-file.mjs']);
  });
});
