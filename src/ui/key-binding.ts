// What a key is there for, and how a person reads it.
import type { HelpRow } from './panes/help.js';

/** @template Owner what the key acts on */
export interface KeyBinding<Owner> {
  id: string;
  /** Names as in key-names.ts. */
  keys: readonly string[];
  /** For the help and the README. */
  title: string;
  /** For the footer; without one the key is not shown there. */
  hint?: string;
  /** For the footer while the help is shown: one of the keys, and what it does there. */
  helpHint?: readonly [key: string, text: string];
  run(owner: Owner, key: string): void;
  /** Why the key cannot act now, or null when it can. */
  disabled?(owner: Owner): string | null;
}

/** What the mouse does: no keys, but the help and the README list it. */
export const MOUSE: readonly HelpRow[] = [
  { name: 'Wheel', title: 'scrolls' },
  { name: 'Click', title: 'selects a row, field, byte or view; on a column title: sorts; at the bottom: is the key' },
];

const NAMES: Record<string, string> = {
  down: 'Down',
  up: 'Up',
  left: 'Left',
  right: 'Right',
  pgdn: 'PgDn',
  pgup: 'PgUp',
  home: 'Home',
  end: 'End',
  tab: 'Tab',
  'shift+tab': 'Shift-Tab',
  enter: 'Enter',
  esc: 'Esc',
  space: 'Space',
};

/** How a person reads a key's name: `PgDn`, `Ctrl-C`. */
export function keyTitle(key: string): string {
  return NAMES[key] ?? key.replace(/^ctrl\+(.)$/, (_, letter: string) => `Ctrl-${letter.toUpperCase()}`);
}

/** All keys, and what the mouse does. */
export function helpRows(keys: readonly Pick<KeyBinding<never>, 'keys' | 'title'>[]): HelpRow[] {
  return [...keys.map(({ keys, title }) => ({ name: keys.map(keyTitle).join(' '), title })), ...MOUSE];
}
