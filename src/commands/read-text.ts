// All of a text that a command is given: a file, a pipe or standard input.
import { createReadStream } from 'node:fs';
import { bytesOf } from '../core/text/bytes-text.js';
import { QuicTopError } from '../core/text/errors.js';

export const STDIN = '-';
/** Bytes of a text. */
const MOST = 16 * 2 ** 20;

/** How an error says what the text was for. */
interface Purpose {
  code: string;
  /** As in "cannot import FILE". */
  verb: string;
  /** What to do when it is too long. */
  shorter: string;
}

/** @param path "-": standard input @throws QuicTopError */
export async function readText(path: string, { code, verb, shorter }: Purpose): Promise<string> {
  const name = path === STDIN ? 'standard input' : path;
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of path === STDIN ? process.stdin : createReadStream(bytesOf(path))) {
      parts.push(part);
      size += part.length;
      if (size > MOST) {
        throw new QuicTopError(code, `cannot ${verb} ${name}: it is longer than ${MOST >> 20} MiB`, shorter);
      }
    }
  } catch (error) {
    throw readError(error, name);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new QuicTopError(
      code,
      `cannot ${verb} ${name}: it is not text (UTF-8)`,
      'give it the file itself, not packed',
    );
  }
}

/** An error of the operating system in words; any other is returned as it is. */
function readError(error: unknown, name: string): unknown {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const [, reason = code] = /^\w+: ([^,]*)/.exec(message) ?? [];
  return new QuicTopError(
    code,
    `cannot read ${name}: ${reason} (${code})`,
    'name a file that you may read, or "-" for standard input',
  );
}
