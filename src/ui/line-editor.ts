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
  // Filters are ASCII; anything else would only become an error later.
  if (!/^[\x20-\x7e]$/.test(typed)) return line;
  return { text: text.slice(0, caret) + typed + text.slice(caret), caret: caret + 1 };
}
