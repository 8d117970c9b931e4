// What stands in the folder where root types quic-top, or around the program, is not opened before the options are known.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { CLI } from '../support/quic-top.js';

const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Whoever opens one of these to read it waits for ever.
const clone = join(folder, 'a/clone');
const here = join(folder, 'b/here');
const TRAPS = [`${here}/package.json`, `${folder}/b/package.json`, `${folder}/package.json`].concat(
  ['en', 'en_US', 'de', 'de_DE', 'C'].map((locale) => `${folder}/a/locales/${locale}.json`),
);
for (const trap of TRAPS) {
  mkdirSync(dirname(trap), { recursive: true });
  execFileSync('mkfifo', [trap]);
}
cpSync(dirname(CLI), join(clone, 'dist'), { recursive: true });
writeFileSync(join(clone, 'package.json'), '{"type":"module"}');

it.each([
  ['--version', 0, /^\d+\.\d+\.\d+\n$/],
  ['--help', 0, /^quic-top \[interface\]/],
  ['--wrong', 2, /Unknown argument: wrong\nNext: see quic-top --help\n$/],
])('%s', (option, status, text) => {
  for (const LC_ALL of ['C', 'en_US.UTF-8', 'de_DE.UTF-8']) {
    for (const cli of [CLI, join(clone, 'dist/cli.js')]) {
      const run = spawnSync(process.execPath, [cli, option], {
        cwd: here,
        encoding: 'utf8',
        timeout: 10_000,
        env: { ...process.env, LC_ALL },
      });
      expect([run.status, run.signal]).toEqual([status, null]);
      expect(run.stdout + run.stderr).toMatch(text);
    }
  }
});
