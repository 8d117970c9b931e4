// The filter while it is typed: its line, what could come next, what was wrong, and the filters of before.
import { type Completion, completions, FilterError } from '../../../core/filter/index.js';
import type { Prompt } from '../../model/prompt.js';
import { type EditedLine, editLine, insert, pressKey } from '../../terminal/line-editor.js';
import type { Theme } from '../../theme/theme.js';
import { filterLines, type Mistake, type Offers } from './filter-lines.js';

const HISTORY = 50;

export class FilterPrompt implements Prompt {
  line: EditedLine = editLine('');
  private mistake: Mistake | null = null;
  /** What Tab puts in, one after the other. */
  private choice: { completion: Completion; index: number } | null = null;
  private readonly history: string[] = [];
  /** Place in the history; its length is the line that is being typed. */
  private place = 0;
  private typed = '';

  /** @param apply is given what was typed; may throw a FilterError */
  constructor(private readonly apply: (text: string) => void) {}

  /** Begins with the filter that is there. */
  open(text: string): void {
    this.line = editLine(text);
    this.mistake = null;
    this.choice = null;
    this.place = this.history.length;
    this.typed = text;
  }

  private get offers(): Offers {
    if (this.choice) return { candidates: this.choice.completion.candidates, index: this.choice.index };
    return { candidates: completions(this.line.text, this.line.caret).candidates, index: -1 };
  }

  press(key: string): boolean {
    if (key === 'enter') return !this.enter();
    if (key === 'tab' || key === 'shift+tab') this.complete(key === 'tab' ? 1 : -1);
    else if (key === 'up' || key === 'down') this.recall(key === 'up' ? -1 : 1);
    else this.change(pressKey(this.line, key));
    return true;
  }

  paste(text: string): void {
    this.change(insert(this.line, text));
  }

  private change(line: EditedLine): void {
    this.line = line;
    this.mistake = null;
    this.choice = null;
  }

  private complete(step: 1 | -1): void {
    const completion = this.choice?.completion ?? completions(this.line.text, this.line.caret);
    const { candidates, from } = completion;
    if (candidates.length === 0) return;
    const first = step > 0 ? 0 : candidates.length - 1;
    const index = this.choice ? (this.choice.index + step + candidates.length) % candidates.length : first;
    const { text } = candidates[index] as (typeof candidates)[number];
    // The end of what Tab put in before, or of the word that was begun.
    const end = this.line.caret;
    // With one candidate there is nothing to go through: the next Tab completes what follows.
    const only = candidates.length === 1;
    const inserted = only ? `${text} ` : text;
    const before = this.line.text.slice(0, from) + inserted;
    this.line = { text: before + this.line.text.slice(end), caret: before.length };
    this.mistake = null;
    this.choice = only ? null : { completion, index };
  }

  private recall(step: 1 | -1): void {
    if (this.place === this.history.length) this.typed = this.line.text;
    this.place = Math.max(0, Math.min(this.place + step, this.history.length));
    this.change(editLine(this.history[this.place] ?? this.typed));
  }

  /** Remembers a filter that was applied. */
  remember(text: string): void {
    if (text === '') return;
    const known = this.history.indexOf(text);
    if (known >= 0) this.history.splice(known, 1);
    this.history.push(text);
    if (this.history.length > HISTORY) this.history.shift();
  }

  /** Returns whether the line is a filter. */
  private enter(): boolean {
    try {
      this.apply(this.line.text);
      return true;
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.mistake = { from: error.from, to: error.to, text: error.expected };
      return false;
    }
  }

  lines(width: number, theme: Theme): [string, string] {
    const { line, mistake, offers } = this;
    return filterLines({ line, mistake, offers }, width, theme);
  }
}
