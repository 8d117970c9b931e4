// What every screen has, whatever it shows: its size, its colours, its clock, and what is said at the bottom. The data belong
// to the views.
import type { Theme } from '../theme/theme.js';

const MESSAGE_PERIOD = 6000;

export interface Message {
  text: string;
  kind: 'done' | 'refused' | 'failed';
}

export class Model {
  /** Of the terminal. */
  columns = 80;
  rows = 24;
  private shownMessage: (Message & { until: number }) | null = null;

  /** @param now milliseconds of a monotonic clock */
  constructor(
    readonly theme: Theme,
    readonly now: () => number,
  ) {}

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
  }

  get message(): Message | null {
    const shown = this.shownMessage;
    // What failed stays until a key is pressed.
    return shown && (shown.kind === 'failed' || this.now() < shown.until) ? shown : null;
  }

  /**
   * What is refused does not take the place of a result that is shown: a key takes that away.
   * @param text printable
   */
  say(kind: Message['kind'], text: string): void {
    const { message } = this;
    if (kind === 'refused' && message && message.kind !== 'refused') return;
    this.shownMessage = { kind, text, until: this.now() + MESSAGE_PERIOD };
  }

  clearMessage(): void {
    this.shownMessage = null;
  }
}
