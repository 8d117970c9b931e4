// Owns the state of the terminal: taken over once, given back once, on every way out.
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { PASTE_OFF, PASTE_ON } from './input.js';
import { MOUSE_OFF, MOUSE_ON } from './mouse.js';

// Alternate screen, cursor hidden, no automatic wrapping (a line one column too long must not scroll the screen).
const ENTER = `\x1b[?1049h\x1b[?25l\x1b[?7l${MOUSE_ON}${PASTE_ON}`;
// An unfinished synchronized update is ended too: the terminal would hold back all output after it.
const LEAVE = `\x1b[?2026l${PASTE_OFF}${MOUSE_OFF}\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l`;

export class Terminal {
  private entered = false;
  private readonly atExit = () => this.leave();
  private readonly onStop = () => this.stop(process.pid);
  /** After SIGSTOP, too, of which nothing could be known: the shell has used the terminal since. */
  private readonly onContinue = () => {
    this.leave();
    this.enter();
    this.repaint();
  };

  /**
   * @param repaint draws everything, on a screen that shows nothing
   * @param pause is called before this process stops, and what it returns when it was continued
   */
  constructor(
    private readonly input: ReadStream,
    private readonly output: WriteStream & { fd: number },
    private readonly repaint: () => void,
    private readonly pause: () => () => void,
  ) {}

  enter(): void {
    if (this.entered) return;
    this.entered = true;
    // First: in the background the process stops here, before it writes over what is in front.
    if (this.input.isTTY) this.input.setRawMode(true);
    this.write(ENTER);
    process.on('exit', this.atExit);
    process.on('SIGTSTP', this.onStop);
    process.on('SIGCONT', this.onContinue);
  }

  /** Legal in any state, and twice. */
  leave(): void {
    if (!this.entered) return;
    this.entered = false;
    process.off('exit', this.atExit);
    process.off('SIGTSTP', this.onStop);
    process.off('SIGCONT', this.onContinue);
    this.write(LEAVE);
    try {
      if (this.input.isTTY) this.input.setRawMode(false);
    } catch {
      // Not ours any more: whoever has the terminal now has set it as they want it.
    }
  }

  /** Stops the job as a terminal's own Ctrl-Z does, npm and the demo with it, and returns when the shell continued it. */
  suspend(): void {
    this.stop(0);
  }

  /** @param pid what stops: this process, or (0) its group, as in kill(2) */
  private stop(pid: number): void {
    const goOn = this.pause();
    this.leave();
    // Nothing listens now, so this stops. Where no shell is there to continue the process, the kernel ignores it.
    process.kill(pid, 'SIGTSTP');
    goOn();
    this.enter();
    this.repaint();
  }

  /** Written past the stream, so that it is out even when the process ends in the next moment. */
  private write(text: string): void {
    try {
      writeSync(this.output.fd, text);
    } catch {
      // The terminal is gone (its window was closed): there is nothing left to restore.
    }
  }
}
