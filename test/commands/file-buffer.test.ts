// How much memory the screen gives to a capture file.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bufferFor } from '../../src/commands/file-buffer.js';

const MB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('is 8 times the size of the file, and never less than what is asked for', () => {
  const path = join(folder, 'file');
  writeFileSync(path, '');
  truncateSync(path, 10 * MB);
  expect(bufferFor(path, MB)).toBe(80 * MB);
  expect(bufferFor(path, 100 * MB)).toBe(100 * MB);
});

it('is 256 MB at most where there is no size: in a pipe a little gzip may become anything', () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  for (const each of [path, '/dev/null', join(folder, 'not there')])
    expect(bufferFor(each, MB)).toBeLessThanOrEqual(256 * MB);
});
