// What comes from the terminal, cut into keys and reports of the mouse. Ink takes a whole read for one key, so that keys
// typed fast (or held down) would be lost: here each is a chunk of its own.
import { Readable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { type MouseEvent, parseMouse } from './mouse.js';

// A control sequence (ESC [ ... final byte), a function key (ESC O letter), or one character.
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences start with ESC
const TOKEN = /\x1b\[[0-9;<?]*[A-Za-z~]|\x1bO[A-Za-z]|[\s\S]/gu;

/**
 * Esc as the kitty keyboard protocol has it. Ink waits for what follows a lone ESC, so that a key typed right after it
 * would make another one of both.
 */
const ESC_KEY = '\x1b[27u';

export function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** A stdin for Ink that gives the keys of `terminal` one by one, and the mouse to `onMouse`. */
export class TerminalInput extends Readable {
  readonly isTTY: boolean;
  private readonly onData = (chunk: string | Buffer) => this.feed(String(chunk));

  constructor(
    private readonly terminal: ReadStream,
    private readonly onMouse: (event: MouseEvent) => void,
  ) {
    super({ objectMode: true, read() {} });
    this.isTTY = terminal.isTTY;
    terminal.setEncoding('utf8');
    if (this.isTTY) terminal.on('data', this.onData);
    // The terminal is gone: SIGHUP ends the program.
    terminal.on('error', () => {});
  }

  private feed(text: string): void {
    for (const token of tokensOf(text)) {
      const mouse = parseMouse(token);
      if (!mouse) this.push(token === '\x1b' ? ESC_KEY : token);
      else if (mouse.event) this.onMouse(mouse.event);
    }
  }

  setRawMode(raw: boolean): this {
    this.terminal.setRawMode(raw);
    return this;
  }

  ref(): this {
    this.terminal.ref();
    return this;
  }

  unref(): this {
    this.terminal.unref();
    return this;
  }

  /** Takes no more of the terminal. */
  stop(): void {
    this.terminal.off('data', this.onData);
    this.terminal.pause();
  }
}
