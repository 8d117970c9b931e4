// The bottom line: the filter being typed, else a message, else what keys are for.
import { KEYS, keyTitle } from '../keys.js';
import type { FilterEditor, Message, Model } from '../model.js';
import { columnsOf } from '../text.js';
import type { Role, Theme } from '../theme.js';

const GAP = '  ';
const MESSAGE_ROLES: Record<Message['kind'], Role> = { done: 'good', refused: 'warn', failed: 'bad' };
const FILTER_HELP = 'a DCID in hex or its beginning, dcid == HEX, backend == N   enter applies, esc cancels';

interface Hint {
  text: string;
  columns: number;
  /** The first to get room are the lowest. */
  rank: number;
}

/** Where not all have room, the way to the help and out goes first, then what can be done now. */
function hints(model: Model, theme: Theme): Hint[] {
  return KEYS.flatMap(({ id, keys, hint, disabled }) => {
    if (!hint) return [];
    const key = keyTitle(keys[0] as string);
    const enabled = (disabled?.(model) ?? null) === null;
    const text = enabled ? `${theme.paint('key', key)} ${hint}` : theme.paint('dim', `${key} ${hint}`);
    const rank = id === 'help' || id === 'quit' ? 0 : enabled ? 1 : 2;
    return [{ text, columns: key.length + 1 + hint.length, rank }];
  });
}

function hintLine(model: Model, width: number, theme: Theme): string {
  const all = hints(model, theme);
  let room = width - 2 + GAP.length;
  const shown = new Set<Hint>();
  for (const hint of [...all].sort((a, b) => a.rank - b.rank)) {
    const columns = hint.columns + GAP.length;
    if (columns > room) continue;
    shown.add(hint);
    room -= columns;
  }
  return ` ${all
    .filter((hint) => shown.has(hint))
    .map(({ text }) => text)
    .join(GAP)}`;
}

/** The end of a long line stays in sight, and so does the caret. */
function editorLine({ line }: FilterEditor, width: number, theme: Theme): string {
  const room = width - 4;
  const from = Math.max(0, line.caret - room + 1);
  const before = line.text.slice(from, line.caret);
  const at = line.text[line.caret] ?? ' ';
  const after = line.text.slice(line.caret + 1, from + room);
  return ` ${theme.paint('key', '/')} ${before}${theme.paint('caret', at)}${after}`;
}

/** Two lines while a filter is typed, else one. */
export function footerHeight(model: Model): number {
  return model.editor ? 2 : 1;
}

export function footerLines(model: Model, width: number, theme: Theme): string[] {
  const { editor, message } = model;
  if (editor) {
    const note = editor.error ? theme.paint('bad', editor.error) : theme.paint('dim', FILTER_HELP);
    return [` ${note}`, editorLine(editor, width, theme)];
  }
  if (!message) return [hintLine(model, width, theme)];
  const text = columnsOf(message.text) > width - 2 ? `${message.text.slice(0, width - 3)}…` : message.text;
  return [` ${theme.paint(MESSAGE_ROLES[message.kind], text)}`];
}
