// A question to the person at the terminal, before anything is done to a network card.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';

/** Whether there is somebody to ask: standard input and stderr are a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Whether the answer is yes. No answer, because input ends or `stop` fires, is a no. */
export async function agrees(
  question: string,
  stop: AbortSignal,
  { input = process.stdin, output = process.stderr }: { input?: Readable; output?: Writable } = {},
): Promise<boolean> {
  const terminal = createInterface({ input, output });
  const ended = once(terminal, 'close').then(() => '');
  try {
    const answer = terminal.question(`${question} [y/N] `, { signal: stop });
    return /^\s*y(es)?\s*$/i.test(await Promise.race([answer, ended]));
  } catch (error) {
    if ((error as Error).name === 'AbortError') return false;
    throw error;
  } finally {
    terminal.close();
  }
}
