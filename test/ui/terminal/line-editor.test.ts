import { expect, it } from 'vitest';
import { type EditedLine, editLine, insert, pressKey } from '../../../src/ui/terminal/line-editor.js';

const press = (line: EditedLine, ...keys: string[]) => keys.reduce(pressKey, line);

it('inserts at the caret, and `space` is a space', () => {
  expect(press(editLine('ac'), 'left', 'b', 'space', 'end', 'd')).toEqual({ text: 'ab cd', caret: 5 });
});

it('erases to the left, and nothing at the beginning', () => {
  expect(press(editLine('ab'), 'backspace', 'backspace', 'backspace')).toEqual({ text: '', caret: 0 });
});

it('erases words, and to either end', () => {
  expect(press(editLine('dcid == 01ab'), 'ctrl+w')).toEqual({ text: 'dcid == ', caret: 8 });
  expect(press(editLine('abcd'), 'left', 'ctrl+u')).toEqual({ text: 'd', caret: 0 });
  expect(press(editLine('abcd'), 'home', 'right', 'ctrl+k')).toEqual({ text: 'a', caret: 1 });
});

it('takes nothing that is not printable ASCII', () => {
  const line = editLine('a');
  for (const key of ['é', '\x1b', 'up', 'ctrl+x', 'tab']) expect(pressKey(line, key)).toBe(line);
});

it('does not move the caret out of the line', () => {
  expect(press(editLine('a'), 'right', 'right').caret).toBe(1);
  expect(press(editLine('a'), 'left', 'left', 'ctrl+a').caret).toBe(0);
});

it('erases what the caret stands on', () => {
  expect(press(editLine('abc'), 'home', 'delete')).toEqual({ text: 'bc', caret: 0 });
  expect(press(editLine('abc'), 'left', 'ctrl+d', 'delete')).toEqual({ text: 'ab', caret: 2 });
});

it('inserts pasted text without control characters and line ends', () => {
  const line = press(editLine('a )'), 'left');
  expect(insert(line, 'x ==\r\n\x1b[A\t\x7f\x00 1é')).toEqual({ text: 'a x ==[A 1)', caret: 10 });
  expect(insert(line, '\n')).toBe(line);
});
