// What errors keep when they come from the addon or from another thread, and what a person reads of them.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { loadAddon, native } from '../../../src/core/native/addon.js';
import { errorLine, errorText, explain, fromOutside, QuicTopError, UsageError } from '../../../src/core/text/errors.js';

/** What a thread throws, as it arrives here: with its fields, without its class. */
async function thrownByThread(fields: object): Promise<Error> {
  const script = `throw Object.assign(new Error('it failed'), ${JSON.stringify(fields)})`;
  const [error] = await once(new Worker(script, { eval: true }), 'error');
  return error;
}

it('an error from a thread has all its fields, and its class again', async () => {
  const fields = { code: 'EPERM', hint: 'run it as root', status: 2, excerpt: ['  ^'] };
  const error = fromOutside(await thrownByThread(fields));
  expect(error).toBeInstanceOf(QuicTopError);
  expect(error).toMatchObject({ ...fields, message: 'it failed' });
});

it('an error of the operating system keeps the fields that tell it from a defect', async () => {
  const error = fromOutside(await thrownByThread({ code: 'ENOSPC', syscall: 'write' }));
  expect(error).not.toBeInstanceOf(QuicTopError);
  expect(error).toMatchObject({ code: 'ENOSPC', syscall: 'write', message: 'it failed' });
});

it.each([undefined, null, 'a word', new TypeError('a defect')])('%s stays what it is', (error) => {
  expect(fromOutside(error)).toBe(error);
});

it('an error of the addon has the name of its number, and what to do', () => {
  const look = () => native(() => loadAddon().programInfo(2 ** 31 - 1));
  expect(look).toThrow(QuicTopError);
  expect(look).toThrow(expect.objectContaining({ code: 'ENOENT', hint: expect.stringMatching(/./) }));
});

it('is printed in lines or in one, with nothing that a terminal obeys', () => {
  const error = new UsageError('no \x1b[2J', 'say\nmore', ['here', '^']);
  expect(explain(error)).toEqual({ failure: 'no \\x1b[2J', hint: 'say\\x0amore' });
  expect(errorText(error)).toBe('quic-top: no \\x1b[2J\n  here\n  ^\nNext: say\\x0amore');
  expect(errorLine(error)).toBe('no \\x1b[2J - say\\x0amore');
  expect(errorText(new TypeError('x is undefined'))).toMatch(
    /^quic-top: internal error: x is undefined\nNext: report it/,
  );
});
