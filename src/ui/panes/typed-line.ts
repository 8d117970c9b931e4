// A line that is being typed, as it is shown.
import type { EditedLine } from '../terminal/line-editor.js';
import type { Theme } from '../theme/theme.js';

/** The end of a long line stays in sight, and so does the caret. `from` is the first column of its text that is shown. */
export function typedLine(
  prefix: string,
  { text, caret }: EditedLine,
  width: number,
  theme: Theme,
): { line: string; from: number } {
  const room = Math.max(1, width - prefix.length - 3);
  const from = Math.max(0, caret - room + 1);
  const before = text.slice(from, caret);
  const at = text[caret] ?? ' ';
  const after = text.slice(caret + 1, from + room);
  return { line: ` ${theme.paint('key', prefix)} ${before}${theme.paint('caret', at)}${after}`, from };
}
