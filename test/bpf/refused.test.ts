// What is said when a kernel does not take a program: its verifier's words, not a guess from the error number.
import { execFileSync, spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadObject } from '../support/harness.js';

const build = (path: string) => fileURLToPath(new URL(`../../build/${path}`, import.meta.url));
const refused = build('test/native/refused.o');
const ours = build('xdp_filter.o');

it('names the kernel, the program and the reason', () => {
  const failure = loadObject(refused);
  expect(failure?.code).toBe('EACCES');
  expect(failure?.message).toBe('load the test program failed: EACCES (Permission denied)');
  expect(failure?.hint).toContain(`the verifier of this kernel, ${release()}, refuses the program refused (`);
  expect(failure?.hint).toMatch(/invalid access to packet|outside of the packet/);
});

it('shows the end of the log to those who debug', () => {
  const script = `require(${JSON.stringify(build('Release/harness.node'))}).loadObject(${JSON.stringify(refused)})`;
  const { QUIC_TOP_DEBUG, ...env } = process.env;
  const run = (more: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env: { ...env, ...more } }).stderr;
  expect(run({})).toBe('');
  expect(run({ QUIC_TOP_DEBUG: '1' })).toMatch(/^refused: [\s\S]*\n.*invalid access to packet/m);
});

it('takes our own', () => {
  expect(loadObject(ours)).toBeNull();
  const lines = execFileSync(build('Release/load_programs'), [ours], { encoding: 'utf8' }).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(
    ['xdp_filter', 'quic_socket', 'quic_egress', 'quic_ingress'].map((program) => ({ program, loaded: true, log: '' })),
  );
});

it('tells a script which program it was', () => {
  const { status, stdout } = spawnSync(build('Release/load_programs'), [refused], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ program: 'refused', loaded: false, instructions: 0 });
  expect(JSON.parse(stdout).log).toMatch(/invalid access to packet/);
});
