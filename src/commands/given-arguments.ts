// What was typed behind the command's name, whatever its bytes: names need not be UTF-8.
import { readFileSync } from 'node:fs';
import { textOf } from '../core/text/bytes-text.js';

/** Where Node put something else than what it was given. */
const REPLACEMENT = '\ufffd';

/** The arguments, those that are not UTF-8 as textOf() reads them. */
export function givenArguments(): string[] {
  const read = process.argv.slice(2);
  if (!read.some((argument) => argument.includes(REPLACEMENT))) return read;
  const all = readFileSync('/proc/self/cmdline'); // each ends with a zero byte (proc(5))
  const given = all.toString('latin1').split('\0').slice(0, -1).slice(-read.length);
  return given.map((argument) => textOf(Buffer.from(argument, 'latin1')));
}
