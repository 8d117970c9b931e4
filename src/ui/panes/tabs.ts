// The line below the header: the views, and what is said of all of them.

import { columnsOf } from '../terminal/text.js';
import type { Workspace } from '../workspace.js';

/** The titles on the tabs; where the line is short, only the view that is shown has its name. */
function tabTitles(workspace: Workspace, width: number): string[] {
  const { views, view } = workspace;
  const full = views.map(({ title }, i) => ` ${i + 1} ${title} `);
  const needed = full.join(' ').length + columnsOf(workspace.summary()) + 4;
  return needed <= width ? full : views.map((each, i) => (each === view ? (full[i] as string) : ` ${i + 1} `));
}

/** Where each view's tab begins and ends on the line, for the mouse. */
export function tabPlaces(workspace: Workspace, width: number): { from: number; to: number }[] {
  let from = 1;
  return tabTitles(workspace, width).map((title) => {
    const place = { from, to: from + title.length };
    from = place.to + 1;
    return place;
  });
}

export function tabsLine(workspace: Workspace, width: number): string {
  const { theme, viewIndex, showsHelp } = workspace;
  const tabs = tabTitles(workspace, width).map((title, i) => {
    if (i === viewIndex && !showsHelp) return theme.paint('tab', title);
    return `${theme.paint('key', title.slice(0, 3))}${title.slice(3)}`;
  });
  const left = ` ${tabs.join(' ')}`;
  const right = workspace.summary(width - columnsOf(left) - 2);
  return `${left}${' '.repeat(Math.max(1, width - columnsOf(left) - columnsOf(right) - 1))}${right} `;
}
