// Draws blessed-contrib widgets without blessed's screen, which would take the terminal and the process's signals: a widget
// draws on its canvas all the same, and what is on it becomes lines of text in the colours of the theme.
import Canvas from 'blessed-contrib/lib/widget/canvas.js';
import type { Role, Theme } from '../theme/theme.js';

/** All that a widget that is never put on a screen asks of it. */
const NO_SCREEN = { setEffects() {} };

/** A widget is told a number for each role, where it wants one of the 256 colours. */
const FIRST = 16;
const ROLES: readonly Role[] = ['head', 'border', 'strong', 'bar', 'warn', 'series1', 'series2', 'series3', 'series4'];

/** What a widget is given as the colour of a role. */
export function colour(role: Role): number {
  const index = ROLES.indexOf(role);
  if (index < 0) throw new RangeError(`the charts do not draw in ${role}`);
  return FIRST + index;
}

/** Options of a widget whose canvas has so many cells: contrib leaves margins that depend on the kind of the widget. */
export function sized(columns: number, rows: number): { screen: object; width: number; height: number } {
  return { screen: NO_SCREEN, width: columns + 6, height: rows };
}

/** Gives a new widget its canvas. */
export function attach<Widget extends Canvas>(widget: Widget): Widget {
  widget.emit('attach');
  const { ctx } = widget;
  const { content, chars } = ctx._canvas;
  // Always all of it; dot by dot, as contrib does it, costs more than what is then drawn.
  ctx.clearRect = () => {
    content.fill(0);
    chars.fill(null);
  };
  return widget;
}

/** A blank canvas of so many cells. */
export function blank(columns: number, rows: number): Canvas {
  return attach(new Canvas(sized(columns, rows)));
}

/** What a widget has drawn, line by line. */
export function linesOf(widget: Canvas, theme: Theme): string[] {
  return widget.ctx._canvas
    .frame()
    .split('\n')
    .slice(0, -1)
    .map((line) => painted(line, theme));
}

/** The line with the theme's attributes for the widget's. */
function painted(line: string, theme: Theme): string {
  let result = '';
  let run = '';
  let role: Role | undefined;
  // Text and the parameters of SGR sequences, alternating.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
  for (const [index, part] of line.split(/\x1b\[([\d;]*)m/).entries()) {
    if (index % 2 === 0) {
      run += part;
      continue;
    }
    // The colour ends and begins at every cell; a run goes on over blanks and while the colour stays.
    const next = part.startsWith('38;5;') ? ROLES[Number(part.slice(5)) - FIRST] : role;
    if (next === role) continue;
    result += role ? theme.paint(role, run) : run;
    [run, role] = ['', next];
  }
  return result + (role ? theme.paint(role, run) : run);
}
