// The bottom line: what is being typed, else a message, else what keys are for.
import { keyTitle } from '../key-binding.js';
import type { Message } from '../model/model.js';
import { columnsOf } from '../terminal/text.js';
import type { Role } from '../theme/theme.js';
import type { Workspace } from '../workspace.js';

const GAP = '  ';
const MESSAGE_ROLES: Record<Message['kind'], Role> = { done: 'good', refused: 'warn', failed: 'bad' };
/** Keys that lead to the help, out of it, and out of all. */
const WAYS_OUT = ['help', 'leave', 'quit'];

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
  return workspace.keys.flatMap(({ id, keys, hint, helpHint, disabled }) => {
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
  if (workspace.prompt || workspace.model.message) return null;
  let from = 1;
  for (const { key, columns } of shownHints(workspace, width)) {
    if (x >= from && x < from + columns) return key;
    from += columns + GAP.length;
  }
  return null;
}

/** Two lines while something is typed, else one. */
export function footerHeight({ prompt }: Workspace): number {
  return prompt ? 2 : 1;
}

export function footerLines(workspace: Workspace, width: number): string[] {
  const { theme, prompt, model } = workspace;
  if (prompt) return prompt.lines(width, theme);
  const { message } = model;
  if (message) {
    const text = columnsOf(message.text) > width - 2 ? `${message.text.slice(0, width - 3)}…` : message.text;
    return [` ${theme.paint(MESSAGE_ROLES[message.kind], text)}`];
  }
  const texts = shownHints(workspace, width).map(({ text }) => text);
  return [` ${texts.join(GAP)}`];
}
