// What a terminal sends for a key, as one word: `j`, `G`, `space`, `enter`, `pgup`, `ctrl+c`.

/** By the last letter of a control sequence, or of a function key's (ESC O). */
const LETTERS: Record<string, string> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'shift+tab',
};

/** By the number in `ESC [ number ~`. */
const NUMBERS: Record<string, string> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'pgup',
  6: 'pgdn',
  7: 'home',
  8: 'end',
};

const CHARACTERS: Record<string, string> = {
  ' ': 'space',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x1b': 'esc',
};

// A number behind a semicolon says what is held down: Ctrl-Right is Right.
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences start with ESC
const SEQUENCE = /^\x1b(?:(?:\[(?:1;\d+)?|O)([A-Z])|\[(\d+)(?:;\d+)?~)$/;

/** The name of the key that sends `token` (see input.ts), or null when no key does that has a meaning anywhere. */
export function keyName(token: string): string | null {
  const [, letter = '', number = ''] = SEQUENCE.exec(token) ?? [];
  const name = LETTERS[letter] ?? NUMBERS[number] ?? CHARACTERS[token];
  if (name) return name;
  const code = token.charCodeAt(0);
  if (code >= 1 && code <= 26) return `ctrl+${String.fromCharCode(code + 96)}`;
  return code < 0x20 ? null : token;
}
