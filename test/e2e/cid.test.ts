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
