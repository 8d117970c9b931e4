// Whom scripts/setup installs system packages for: who asks it to, not who asks npm.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const SETUP = fileURLToPath(new URL('../../scripts/setup', import.meta.url));

/** First in PATH: a Debian where nothing is installed, and an apt-get that fails, so that nothing else is done. */
let programs: string;
const called = () => join(programs, 'called');
beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), 'quic-top-'));
  const write = (name: string, text: string) =>
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  write('dpkg-query', 'exit 1');
  write('apt-get', `echo "$@" >>${called()}; exit 1`);
});
afterEach(() => rmSync(programs, { recursive: true }));

function setup(...args: string[]) {
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}`, TMPDIR: programs };
  return spawnSync(SETUP, args, { encoding: 'utf8', env });
}

it('says what is missing and stops, when npm calls it', () => {
  const { status, stderr } = setup('--from-npm');
  expect(stderr).toMatch(
    /^quic-top setup: System packages are missing. Type: apt-get install --no-install-recommends libbpf-dev .*clang $/m,
  );
  expect(status).toBe(1);
  expect(existsSync(called())).toBe(false);
});

it.each([
  ['--program', 'quic-top itself', /cmake .* clang $/],
  ['', 'the tests too', /cmake .* tshark /],
])('installs it when a person calls it: %s', (option, _what, packages) => {
  const { status, stderr } = setup(...(option ? [option] : []));
  expect(stderr.split('\n')[0]).toMatch(/^quic-top setup: Installing system packages \(a minute or two\): /);
  expect(stderr.split('\n')[0]).toMatch(packages);
  expect(status).toBe(1);
  expect(readFileSync(called(), 'utf8')).toBe('update\n');
});
