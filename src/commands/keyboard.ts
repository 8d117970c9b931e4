// Where keys come from: standard input, or the terminal itself when something else is read from there.
import { openSync } from 'node:fs';
import { isatty, ReadStream } from 'node:tty';

const STDIN = 0;

/** Null: there is no terminal to press keys at. */
export function openKeys(): ReadStream | null {
  // process.stdin would make a pipe ready for itself: it is not touched when it is one.
  if (isatty(STDIN)) return process.stdin;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return null;
  }
}
