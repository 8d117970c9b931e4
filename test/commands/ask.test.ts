// The question before a driver resets its port.
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { agrees } from '../../src/commands/ask.js';

/** Asks somebody who types that. */
async function ask(typed: string | null, stop = new AbortController().signal): Promise<[boolean, string]> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  if (typed === null) input.end();
  else input.write(typed);
  return [await agrees('Go on?', stop, { input, output }), String(output.read())];
}

it.each(['y\n', 'Y\n', ' yes \n'])('takes %j for yes', async (typed) => {
  expect(await ask(typed)).toEqual([true, 'Go on? [y/N] ']);
});

it.each(['\n', 'n\n', 'yeah\n', 'no\n'])('takes %j for no', async (typed) => {
  expect((await ask(typed))[0]).toBe(false);
});

it('takes the end of input for no, and that somebody stops', async () => {
  expect((await ask(null))[0]).toBe(false);
  expect((await ask('', AbortSignal.abort()))[0]).toBe(false);
});
