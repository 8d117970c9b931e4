// `quic-top cid`: connection IDs from a log, as arguments and on stdin.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { CLI } from '../support/quic-top.js';

function explain(args: readonly string[], input = '') {
  const { stdout, stderr, status } = spawnSync(process.execPath, [CLI, 'cid', ...args], { input, encoding: 'utf8' });
  return { stdout, stderr, status };
}

const AWS = '012cf06077718e08ca11223344';

it('tells each scheme that they can be of', () => {
  expect(explain(['01330011445566', '6a:f3:56:a0:11:22:33:44', AWS, '0xff'])).toEqual({
    stdout: `01330011445566
  CIDv1  01 33 0011 445566  backend 17, queue 17
6af356a011223344
  mvfst  6af356 a0 11223344  backend 43981, queue 13, worker 90, process 1
${AWS}
  CIDv1    01 2c f060 77718e08ca11223344  backend 61536, queue 32
  AWS NLB  01 2cf06077718e08ca 11223344   backend 0x2cf06077718e08ca, queue 10
ff
  of no scheme that can be read without a configuration (--config)
`,
    stderr: '',
    status: 0,
  });
});

it('prints an object for each that is on stdin, in their order', () => {
  const { stdout, status } = explain(['--json'], `01330011\n\n  ${AWS}  \n00\n`);
  const none = { worker: null, process: null, generation: null, config_id: null, unroutable: null };
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { cid: '01330011', decodings: [{ cid_scheme: 'cidv1', server_id: '0011', backend: 17, ...none }] },
    {
      cid: AWS,
      decodings: [
        { cid_scheme: 'cidv1', server_id: 'f060', backend: 61536, ...none },
        { cid_scheme: 'aws-nlb', server_id: '2cf06077718e08ca', backend: '0x2cf06077718e08ca', ...none },
      ],
    },
    { cid: '00', decodings: [] },
  ]);
  expect(status).toBe(0);
});

it('takes the last of options that are given twice', () => {
  expect(
    explain(['--theme', 'dark', '--json', '01330011', '--theme', 'light', '--json', '--port', '1', '--port', '2'])
      .stdout,
  ).toMatch(/^\{.*\}\n$/);
});

it('takes one that is longer than any scheme has', () => {
  expect(explain(['01'.repeat(255)])).toMatchObject({ status: 0, stdout: expect.stringContaining('of no scheme') });
});

it.each([[['x1']], [['012']], [['01330011', '']]])('refuses what is no connection ID: %j', (args) => {
  const { stderr, status } = explain(args);
  expect(stderr).toMatch(/is not a connection ID in hex/);
  expect(stderr).toMatch(/quic-top cid 01330011aabbccdd/);
  expect(status).toBe(2);
});

/** Of six servers, as mvfst makes them. */
const GUESSED = Array.from({ length: 120 }, (_, i) => {
  const random = (i * 2654435761) % 2 ** 32;
  const rest = random.toString(16).padStart(8, '0');
  return `${(0x80 | ((random >>> 20) & 63)).toString(16)}00000${i % 6}${rest}`;
});

it('guesses the scheme of many, and prints what is to be pasted', () => {
  const { stdout, stderr, status } = explain(['--guess', '-'], GUESSED.join('\n'));
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('120 connection IDs of 8 bytes; the first 2 bits are always 10\n');
  expect(stdout).toMatch(/^ {2}\S+ +00 {2}00 {2}x6 /m);
  expect(stdout).toMatch(
    /^schemes:\n {2}# 120 connection IDs: the first two bits are 2, and bytes 1-3 have 6 values\n {2}- mvfst\n$/m,
  );
});

it('guesses as one object', () => {
  const { stdout } = explain(['--guess=-', '--json'], GUESSED.join('\n'));
  expect(JSON.parse(stdout)).toMatchObject({
    cids: 120,
    verdict: 'guess',
    lengths: [{ length: 8, cids: 120, first_bits: { bits: 2, value: 2 } }],
    guesses: [{ cid_scheme: 'mvfst', parameters: {}, yaml: '- mvfst', cids: 120 }],
  });
});

it.each([
  ['', 'too few connection IDs to tell (0; 32 are needed)\n'],
  ['01\n01\n', 'too few connection IDs to tell (1; 32 are needed)\n'],
])('does not guess of %j', (input, end) => {
  const { stdout, status } = explain(['--guess', '-'], input);
  expect(stdout.endsWith(end)).toBe(true);
  expect(status).toBe(0);
});

it.each([
  [['--guess', '-'], 'x1\n', /is not a connection ID in hex/],
  [['--guess', '/nowhere/cids'], '', /cannot read \/nowhere\/cids: no such file/],
  [['--guess', ''], '', /--guess: no file given/],
  [['--guess', '-', '01330011'], '', /--guess takes connection IDs from a file/],
  [['--guess', '-'], '01\n'.repeat(6 * 2 ** 20), /longer than 16 MiB/],
])('refuses to guess: %j', (args, input, message) => {
  const { stderr, status } = explain(args, input);
  expect(stderr).toMatch(message);
  expect(status).not.toBe(0);
});

it('is for connection IDs alone', () => {
  const { stderr, status } = spawnSync(process.execPath, [CLI, '--list-interfaces', '--guess', '-'], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining('guess')]);
});
