// Owns the state of the terminal: taken over once, given back once, on every way out.
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { MOUSE_OFF, MOUSE_ON } from './mouse.js';

// Alternate screen, cursor hidden, no automatic wrapping (a line one column too long must not scroll the screen).
const ENTER = `\x1b[?1049h\x1b[?25l\x1b[?7l${MOUSE_ON}`;
// An unfinished synchronized update is ended too: the terminal would hold back all output after it.
const LEAVE = `\x1b[?2026l${MOUSE_OFF}\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l`;

export class Terminal {
  private entered = false;
  private readonly atExit = () => this.leave();

  constructor(
    private readonly input: ReadStream,
    private readonly output: WriteStream & { fd: number },
  ) {}

  enter(): void {
    if (this.entered) return;
    this.entered = true;
    this.write(ENTER);
    process.on('exit', this.atExit);
  }

  /** Legal in any state, and twice. */
  leave(): void {
    if (!this.entered) return;
    this.entered = false;
    process.off('exit', this.atExit);
    this.write(LEAVE);
    try {
      if (this.input.isTTY) this.input.setRawMode(false);
    } catch {
      // Not ours any more: whoever has the terminal now has set it as they want it.
    }
  }

  /** Stops the process as a shell's Ctrl-Z does, and returns when the shell continued it. */
  suspend(): void {
    this.leave();
    // The whole job stops here (npm and the demo are in it), as by a terminal's own Ctrl-Z. Where no shell is there to
    // continue it, the kernel ignores this.
    process.kill(0, 'SIGTSTP');
    if (this.input.isTTY) this.input.setRawMode(true);
    this.enter();
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
