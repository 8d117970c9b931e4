// The bottom line: what is being typed, else a message, else what keys are for.
import { printable } from '../../core/text/format.js';
import { KEYS, keyTitle } from '../keys.js';
import type { Message } from '../model/model.js';
import type { EditedLine } from '../terminal/line-editor.js';
import { cell, columnsOf } from '../terminal/text.js';
import type { Role, Theme } from '../theme/theme.js';
import type { Workspace } from '../workspace.js';

const GAP = '  ';
const MESSAGE_ROLES: Record<Message['kind'], Role> = { done: 'good', refused: 'warn', failed: 'bad' };
const FILTER_HELP = 'Enter applies, Tab completes, Up recalls, Esc cancels';
const NAME_HELP = 'a new .pcapng or .pcap file; nothing for a name with the time. Enter saves, Esc cancels';
/** Keys that lead to the help, out of it, and out of all. */
const WAYS_OUT = ['help', 'leave', 'quit'];
/** Offers of the completion beside each other; more would not be read. */
const MOST_OFFERS = 8;

interface Hint {
  /** The key that it names. */
  key: string;
  text: string;
  columns: number;
  /** The first to get room are the lowest. */
  rank: number;
}

/** Where not all have room, the way to the help and out goes first, then what can be done now. */
function hints(workspace: Workspace): Hint[] {
  const { theme } = workspace;
  return KEYS.flatMap(({ id, keys, hint, helpHint, disabled }) => {
    const [key, what] = workspace.showsHelp ? (helpHint ?? []) : [keys[0], hint];
    if (!key || !what) return [];
    const name = key.length > 1 ? keyTitle(key).toLowerCase() : key;
    const enabled = (disabled?.(workspace) ?? null) === null;
    const text = enabled ? `${theme.paint('key', name)} ${what}` : theme.paint('dim', `${name} ${what}`);
    const rank = WAYS_OUT.includes(id) ? 0 : enabled ? 1 : 2;
    return [{ key, text, columns: name.length + 1 + what.length, rank }];
  });
}

function shownHints(workspace: Workspace, width: number): Hint[] {
  const all = hints(workspace);
  let room = width - 2 + GAP.length;
  const shown = new Set<Hint>();
  for (const hint of [...all].sort((a, b) => a.rank - b.rank)) {
    const columns = hint.columns + GAP.length;
    if (columns > room) continue;
    shown.add(hint);
    room -= columns;
  }
  return all.filter((hint) => shown.has(hint));
}

/** The key whose hint stands at a column of the bottom line, or null. */
export function hintAt(workspace: Workspace, width: number, x: number): string | null {
  if (workspace.typing || workspace.model.message) return null;
  let from = 1;
  for (const { key, columns } of shownHints(workspace, width)) {
    if (x >= from && x < from + columns) return key;
    from += columns + GAP.length;
  }
  return null;
}

/** A line being typed. The end of a long one stays in sight, and so does the caret; `from` is its first column shown. */
function typedLine(prefix: string, { text, caret }: EditedLine, width: number, theme: Theme) {
  const room = Math.max(1, width - prefix.length - 3);
  const from = Math.max(0, caret - room + 1);
  const before = text.slice(from, caret);
  const at = text[caret] ?? ' ';
  const after = text.slice(caret + 1, from + room);
  return { line: ` ${theme.paint('key', prefix)} ${before}${theme.paint('caret', at)}${after}`, from };
}

/** What could be typed next; the one that Tab put in is marked. */
function offersLine({ prompt, theme }: Workspace, width: number): string {
  const { candidates, index } = prompt.offers;
  if (candidates.length === 0) return theme.paint('dim', FILTER_HELP);
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

/** Carets under what is wrong, and what was expected there. */
function mistakeLine({ prompt, theme }: Workspace, from: number, width: number): string {
  const { mistake } = prompt;
  if (!mistake) return '';
  const column = Math.max(0, Math.min(mistake.from - from, width - 5));
  const carets = '^'.repeat(Math.max(1, Math.min(mistake.to - mistake.from, width - 4 - column)));
  const left = column - 1;
  const right = width - 5 - column - carets.length;
  const fits = mistake.text.length <= right || right >= left;
  const line = fits
    ? `${' '.repeat(column)}${carets} ${cell(mistake.text, Math.min(right, mistake.text.length))}`
    : `${cell(mistake.text, Math.min(left, mistake.text.length)).padStart(left)} ${carets}`;
  return theme.paint('bad', line);
}

function filterLines(workspace: Workspace, width: number): string[] {
  const { prompt, theme } = workspace;
  const { line, from } = typedLine('/', prompt.line, width, theme);
  // The text begins at column 3.
  if (prompt.mistake) return [line, `   ${mistakeLine(workspace, from, width)}`];
  return [line, ` ${offersLine(workspace, width)}`];
}

const MODES = {
  divert: 'Divert? quic-top takes valid CIDv1 packets; the host no longer gets them.',
  tap: 'Tap? The host gets every packet, and quic-top copies.',
};

/** Whoever would lose packets is named first. */
function questionLines(theme: Theme, { mode, waiting }: NonNullable<Workspace['asked']>): string[] {
  const question = waiting === null ? MODES[mode] : `Divert, although ${printable(waiting)}?`;
  const answers = `${theme.paint('key', 'y')} yes${GAP}${theme.paint('key', 'any other key')} no`;
  return [` ${theme.paint(waiting === null ? 'warn' : 'bad', question)}`, ` ${answers}`];
}

/** Two lines while something is typed, else one. */
export function footerHeight({ typing }: Workspace): number {
  return typing ? 2 : 1;
}

export function footerLines(workspace: Workspace, width: number): string[] {
  const { theme, typing, model } = workspace;
  if (typing === 'filter') return filterLines(workspace, width);
  if (typing === 'name') {
    return [typedLine('save as', workspace.name, width, theme).line, ` ${theme.paint('dim', NAME_HELP)}`];
  }
  if (typing === 'mode' && workspace.asked) return questionLines(theme, workspace.asked);
  const { message } = model;
  if (message) {
    const text = columnsOf(message.text) > width - 2 ? `${message.text.slice(0, width - 3)}…` : message.text;
    return [` ${theme.paint(MESSAGE_ROLES[message.kind], text)}`];
  }
  const texts = shownHints(workspace, width).map(({ text }) => text);
  return [` ${texts.join(GAP)}`];
}
