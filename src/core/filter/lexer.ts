// A filter's text to tokens. Never throws: what is no token becomes one of kind "bad".
import type { Span } from './filter-error.js';

export interface Token extends Span {
  readonly kind: 'word' | 'string' | 'symbol' | 'bad' | 'end';
  /** A word or symbol as written; of a string what is between the quotes. */
  readonly text: string;
}

const SYMBOLS = /==|!=|<=|>=|&&|\|\||\.\.|[<>~!(){},]/y;
const SPACE = /\s+/y;
/** Anything but spaces, quotes and what symbols are made of; a dot, but not two. */
const WORD = /(?:[^\s"'()<>~!{},=&|.]|\.(?!\.))+/y;
/** Inside the quotes `\"` is a quote and every other backslash itself: names are shown, and written, with `\xNN`. */
const STRING = /"((?:\\"|[^"])*)"|'((?:\\'|[^'])*)'/y;

/** The tokens of a text; the last one is of kind "end". */
export function lex(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const push = (kind: Token['kind'], length: number, text = source.slice(at, at + length)) => {
    tokens.push({ kind, text, source, from: at, to: at + length });
    at += length;
  };
  while (at < source.length) {
    const space = take(SPACE);
    if (space) {
      at += space[0].length;
      continue;
    }
    const word = take(WORD);
    const symbol = word ?? take(SYMBOLS);
    const string = symbol ? null : take(STRING);
    if (word) push('word', word[0].length);
    else if (symbol) push('symbol', symbol[0].length);
    else if (string) push('string', string[0].length, (string[1] ?? string[2] ?? '').replace(/\\(["'])/g, '$1'));
    // A quote that nothing closes takes the rest of the text.
    else push('bad', /["']/.test(source[at] as string) ? source.length - at : 1);
  }
  push('end', 0);
  return tokens;
}

const HEX = /^(0x)?[0-9a-f]{2}(:?[0-9a-f]{2})*$/i;

/** Whether a word is bytes in hex, two digits for each: `0133ab`, `01:33:ab`, `0x0133ab`. */
export function isHex(text: string): boolean {
  return HEX.test(text);
}
