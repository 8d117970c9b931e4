// The filter while it is typed, as it is shown: its line, and below it what could come next or what is wrong.
import type { Completion } from '../../../core/filter/index.js';
import { typedLine } from '../../panes/typed-line.js';
import type { EditedLine } from '../../terminal/line-editor.js';
import { cell } from '../../terminal/text.js';
import type { Theme } from '../../theme/theme.js';

const GAP = '  ';
const HELP = 'Enter applies, Tab completes, Up recalls, Esc cancels';
/** Offers of the completion beside each other; more would not be read. */
const MOST_OFFERS = 8;

/** What could stand at the caret, and which of it Tab put there (-1: none yet). */
export interface Offers {
  candidates: Completion['candidates'];
  index: number;
}

/** What is wrong with the line: where, and what was expected. */
export interface Mistake {
  from: number;
  to: number;
  text: string;
}

/** What could be typed next; the one that Tab put in is marked. */
function offersLine({ candidates, index }: Offers, width: number, theme: Theme): string {
  if (candidates.length === 0) return theme.paint('dim', HELP);
  const first = Math.max(0, Math.min(index - MOST_OFFERS + 1, candidates.length - MOST_OFFERS));
  let room = width - 2;
  let line = '';
  for (const [i, { text, help }] of candidates.slice(first, first + MOST_OFFERS).entries()) {
    const chosen = first + i === index;
    const name = text.trim();
    // What the chosen one means, or the only one.
    const note = chosen || candidates.length === 1 ? ` ${help}` : '';
    const columns = name.length + note.length + GAP.length;
    if (columns > room) break;
    room -= columns;
    line += theme.paint(chosen ? 'tab' : 'key', name) + theme.paint('dim', note) + GAP;
  }
  return line;
}

/** Carets under what is wrong, and what was expected there. @param shownFrom the first column of the text that is shown */
function mistakeLine({ from, to, text }: Mistake, shownFrom: number, width: number, theme: Theme): string {
  const column = Math.max(0, Math.min(from - shownFrom, width - 5));
  const carets = '^'.repeat(Math.max(1, Math.min(to - from, width - 4 - column)));
  const left = column - 1;
  const right = width - 5 - column - carets.length;
  const fits = text.length <= right || right >= left;
  const line = fits
    ? `${' '.repeat(column)}${carets} ${cell(text, Math.min(right, text.length))}`
    : `${cell(text, Math.min(left, text.length)).padStart(left)} ${carets}`;
  return theme.paint('bad', line);
}

export function filterLines(
  { line: typed, mistake, offers }: { line: EditedLine; mistake: Mistake | null; offers: Offers },
  width: number,
  theme: Theme,
): [string, string] {
  const { line, from } = typedLine('/', typed, width, theme);
  // The text begins at column 3.
  if (mistake) return [line, `   ${mistakeLine(mistake, from, width, theme)}`];
  return [line, ` ${offersLine(offers, width, theme)}`];
}
