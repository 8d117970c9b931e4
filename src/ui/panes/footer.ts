// The bottom line: the filter being typed, else a message, else what keys are for.
import { KEYS, keyTitle } from '../keys.js';
import type { FilterEditor, Message, Model } from '../model.js';
import { columnsOf } from '../text.js';
import type { Role, Theme } from '../theme.js';

const MESSAGE_ROLES: Record<Message['kind'], Role> = { done: 'good', refused: 'warn', failed: 'bad' };
const FILTER_HELP = 'a DCID in hex or its beginning, dcid == HEX, backend == N   enter applies, esc cancels';

/** Long hints lose their end to the width, so the ones people need most stand first: `?` and `q` always fit. */
function hintLine(model: Model, width: number, theme: Theme): string {
  const hints = KEYS.flatMap((binding) => (binding.hint ? [{ binding, hint: binding.hint }] : [])).map(
    ({ binding, hint }) => {
      const enabled = (binding.disabled?.(model) ?? null) === null;
      const key = keyTitle(binding.keys[0] as string);
      const text = enabled ? `${theme.paint('key', key)} ${hint}` : theme.paint('dim', `${key} ${hint}`);
      return { text, width: key.length + 1 + hint.length, always: binding.id === 'help' || binding.id === 'quit' };
    },
  );
  let room = width - 2 - hints.filter(({ always }) => always).reduce((sum, hint) => sum + hint.width + 2, 0);
  const shown = hints.filter((hint) => {
    if (hint.always) return true;
    room -= hint.width + 2;
    return room >= 0;
  });
  return ` ${shown.map(({ text }) => text).join('  ')}`;
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
