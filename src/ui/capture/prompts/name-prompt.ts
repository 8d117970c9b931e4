// The name of the file to save to, while it is typed.
import type { Prompt } from '../../model/prompt.js';
import { typedLine } from '../../panes/typed-line.js';
import { type EditedLine, editLine, insert, pressKey } from '../../terminal/line-editor.js';
import type { Theme } from '../../theme/theme.js';

const HELP = 'a new .pcapng or .pcap file; nothing for a name with the time. Enter saves, Esc cancels';

export class NamePrompt implements Prompt {
  private line: EditedLine = editLine('');

  /** @param save is given what was typed, or null for nothing */
  constructor(private readonly save: (name: string | null) => void) {}

  press(key: string): boolean {
    if (key !== 'enter') {
      this.line = pressKey(this.line, key);
      return true;
    }
    this.save(this.line.text.trim() || null);
    return false;
  }

  paste(text: string): void {
    this.line = insert(this.line, text);
  }

  lines(width: number, theme: Theme): [string, string] {
    return [typedLine('save as', this.line, width, theme).line, ` ${theme.paint('dim', HELP)}`];
  }
}
