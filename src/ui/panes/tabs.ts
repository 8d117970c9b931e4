// The line below the header: the views, and the filter with how many packets match it.

import { count } from '../../core/text/format.js';
import { cell, columnsOf } from '../terminal/text.js';
import type { Workspace } from '../workspace.js';

/** What is said of the packets at the right end. @param shown of the filter's text */
function packetsText({ theme, model }: Workspace, shown = model.filter.text): string {
  const { filter, list } = model;
  const matches = theme.paint('strong', count(list.count));
  if (filter.text === '') return `${matches} ${theme.paint('dim', 'packets')}`;
  const noun = theme.paint('dim', list.searching ? 'match ...' : 'match');
  return `${theme.paint('dim', 'filter:')} ${theme.paint('warn', shown)}  ${matches} ${noun}`;
}

/** The same in less room: the filter is cut, then left out, then what is counted. */
function shortPacketsText(workspace: Workspace, width: number): string {
  const { theme, model } = workspace;
  const whole = packetsText(workspace);
  const missing = columnsOf(whole) - width;
  if (missing <= 0) return whole;
  const { text } = model.filter;
  const kept = text.length - missing;
  if (kept >= 4) return packetsText(workspace, cell(text, kept));
  const counted = theme.paint('strong', count(model.list.count));
  const matches = text === '' ? counted : `${counted} ${theme.paint('dim', 'match')}`;
  return [matches, counted].find((each) => columnsOf(each) <= width) ?? '';
}

/** The titles on the tabs; where the line is short, only the view that is shown has its name. */
function tabTitles(workspace: Workspace, width: number): string[] {
  const { views, view } = workspace;
  const full = views.map(({ title }, i) => ` ${i + 1} ${title} `);
  const needed = full.join(' ').length + columnsOf(packetsText(workspace)) + 4;
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
  const right = shortPacketsText(workspace, width - columnsOf(left) - 2);
  return `${left}${' '.repeat(Math.max(1, width - columnsOf(left) - columnsOf(right) - 1))}${right} `;
}
