// Horizontal bars: what share each of a few things has.
import { bar, cell, fill, short } from '../terminal/text.js';
import type { Role, Theme } from '../theme/theme.js';

export interface Bar {
  name: string;
  packets: number;
  role: Role;
}

/** Columns of the numbers. */
const SHARE = 6;
const COUNT = 6;

/** `45.2%`; what is there is never nothing. */
function percent(share: number): string {
  return share > 0 && share < 0.0005 ? '<0.1%' : `${(share * 100).toFixed(1)}%`;
}

/** At most `rows` lines of `width` columns; as much room between the bars as there is. What finds no line is summed up. */
export function barLines(bars: readonly Bar[], width: number, rows: number, theme: Theme): string[] {
  const total = bars.reduce((sum, { packets }) => sum + packets, 0);
  if (total === 0) return [];
  const shown = bars.length <= rows ? bars : [...bars.slice(0, rows - 1), others(bars.slice(rows - 1))];
  const nameWidth = Math.min(Math.max(...shown.map(({ name }) => name.length)), Math.floor(width / 3));
  const barWidth = width - nameWidth - SHARE - COUNT - 2;
  const pitch = Math.min(3, Math.floor(rows / shown.length));
  return shown.flatMap(({ name, packets, role }) => {
    const share = packets / total;
    const drawn = theme.paint(role, bar(share, barWidth));
    const line =
      `${theme.paint('strong', cell(name, nameWidth))} ${drawn} ` +
      `${cell(percent(share), SHARE, 'right')}${theme.paint('head', cell(short(packets), COUNT, 'right'))}`;
    const thick = pitch > 2 ? [fill(`${' '.repeat(nameWidth + 1)}${drawn}`, width)] : [];
    return [...(pitch > 1 ? [''] : []), line, ...thick];
  });
}

function others(rest: readonly Bar[]): Bar {
  return { name: 'others', packets: rest.reduce((sum, { packets }) => sum + packets, 0), role: 'dim' };
}
