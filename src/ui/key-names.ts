// Ink's description of a key as one word: `j`, `G`, `space`, `enter`, `pgup`, `ctrl+c`.
import type { Key } from 'ink';

const SPECIAL = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  // Ink 6 calls the byte that the backspace key sends "delete".
  ['delete', 'backspace'],
] as const;

const CHARACTERS: Record<string, string> = {
  ' ': 'space',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x1b': 'esc',
};

function characterName(character: string): string {
  const name = CHARACTERS[character];
  if (name) return name;
  const code = character.charCodeAt(0);
  return code >= 1 && code <= 26 ? `ctrl+${String.fromCharCode(code + 96)}` : character;
}

/** The names of the keys in one event of Ink's: several when they were typed fast, or pasted. */
export function keyNames(input: string, key: Key): string[] {
  if (key.tab && key.shift) return ['shift+tab'];
  for (const [flag, name] of SPECIAL) if (key[flag]) return [name];
  if (key.ctrl) return [`ctrl+${input}`];
  return Array.from(input, characterName);
}
