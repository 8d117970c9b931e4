// The question before the mode is changed.
import type { Mode } from '../../../core/capture/capture.js';
import type { ScreenSource } from '../../../core/capture/source.js';
import { errorLine } from '../../../core/text/errors.js';
import { printable } from '../../../core/text/format.js';
import type { Model } from '../../model/model.js';
import type { Prompt } from '../../model/prompt.js';
import type { Theme } from '../../theme/theme.js';

const QUESTIONS: Record<Mode, string> = {
  divert: 'Divert? quic-top takes what names a backend; the host no longer gets it.',
  tap: 'Tap? The host gets every packet, and quic-top copies.',
};

export class ModeQuestion implements Prompt {
  /** What is asked for, and who would lose packets by it. */
  private readonly mode: Mode;
  private readonly waiting: string | null;

  constructor(
    private readonly source: ScreenSource,
    private readonly model: Pick<Model, 'say'>,
  ) {
    this.mode = source.mode === 'tap' ? 'divert' : 'tap';
    this.waiting = this.mode === 'divert' ? source.whoWaits() : null;
  }

  /** Whether there is nothing to answer, because the mode has become by itself what is asked for; says so. */
  isVain(): boolean {
    const { mode, reason } = this.source;
    if (mode !== this.mode) return false;
    const why = reason ? `: ${reason}` : '';
    this.model.say('refused', printable(`nothing to answer, the mode is ${mode} already${why}`));
    return true;
  }

  press(key: string): boolean {
    // It may have changed since the last tick.
    if (!this.isVain() && key === 'y') this.change();
    return false;
  }

  private change(): void {
    try {
      this.source.setMode?.(this.mode);
      this.model.say('done', `the mode is ${this.mode} now`);
    } catch (error) {
      this.model.say('failed', printable(errorLine(error)));
    }
  }

  /** Whoever would lose packets is named first. */
  lines(_width: number, theme: Theme): [string, string] {
    const { mode, waiting } = this;
    const question = waiting === null ? QUESTIONS[mode] : `Divert, although ${printable(waiting)}?`;
    const answers = `${theme.paint('key', 'y')} yes  ${theme.paint('key', 'any other key')} no`;
    return [` ${theme.paint(waiting === null ? 'warn' : 'bad', question)}`, ` ${answers}`];
  }
}
