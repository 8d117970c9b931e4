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
  const words = all.toString('latin1').split('\0').slice(0, -1);
  const given = words.slice(-read.length).map((word) => Buffer.from(word, 'latin1'));
  // A process can write there what it likes.
  const isWhatNodeRead = given.length === read.length && given.every((bytes, i) => bytes.toString() === read[i]);
  return isWhatNodeRead ? given.map(textOf) : read;
}
