// Something that is typed at the bottom of the screen, or a question there.
import type { Theme } from '../theme/theme.js';

/** Every key but Esc, which closes it, and Ctrl-C goes to it while it is open. */
export interface Prompt {
  /** Takes a key (see key-names.ts). Returns whether it stays open. */
  press(key: string): boolean;
  /** Takes what was pasted. */
  paste?(text: string): void;
  /** Its two lines. */
  lines(width: number, theme: Theme): [string, string];
}
