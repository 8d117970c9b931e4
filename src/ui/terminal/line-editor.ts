// A line of text being typed, with a caret. Values, not state: each key gives the next value.

export interface EditedLine {
  readonly text: string;
  /** 0 (before the first character) to text.length. */
  readonly caret: number;
}

export function editLine(text: string): EditedLine {
  return { text, caret: text.length };
}

/** The line after a key (see key-names.ts); the same line when the key means nothing to it. */
export function pressKey(line: EditedLine, key: string): EditedLine {
  const { text, caret } = line;
  switch (key) {
    case 'left':
      return { text, caret: Math.max(0, caret - 1) };
    case 'right':
      return { text, caret: Math.min(text.length, caret + 1) };
    case 'home':
    case 'ctrl+a':
      return { text, caret: 0 };
    case 'end':
    case 'ctrl+e':
      return { text, caret: text.length };
    case 'backspace':
      return caret === 0 ? line : { text: text.slice(0, caret - 1) + text.slice(caret), caret: caret - 1 };
    case 'delete':
    case 'ctrl+d':
      return { text: text.slice(0, caret) + text.slice(caret + 1), caret };
    case 'ctrl+w': {
      const kept = text.slice(0, caret).replace(/\S+\s*$/, '');
      return { text: kept + text.slice(caret), caret: kept.length };
    }
    case 'ctrl+u':
      return { text: text.slice(caret), caret: 0 };
    case 'ctrl+k':
      return { text: text.slice(0, caret), caret };
  }
  const typed = key === 'space' ? ' ' : key;
  return typed.length === 1 ? insert(line, typed) : line;
}

/** The line with `text` at the caret, as far as it is printable ASCII: anything else would only become an error later. */
export function insert(line: EditedLine, text: string): EditedLine {
  const taken = text.replace(/[^\x20-\x7e]/g, '');
  if (taken === '') return line;
  const caret = line.caret + taken.length;
  return { text: line.text.slice(0, line.caret) + taken + line.text.slice(line.caret), caret };
}
