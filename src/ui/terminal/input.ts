// What comes from the terminal, told apart: keys, reports of the mouse, pasted text. All else (answers of the terminal,
// keys without a meaning here) is swallowed: it must not act as the keys of its characters.
import type { ReadStream } from 'node:tty';
import { keyName } from './key-names.js';
import { type MouseEvent, parseMouse } from './mouse.js';

/** Bracketed paste: the terminal says where pasted text begins and ends (xterm's DECSET 2004). */
export const PASTE_ON = '\x1b[?2004h';
export const PASTE_OFF = '\x1b[?2004l';

const ESC = '\x1b';
const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';

/**
 * In this order: a mouse report of a terminal that does not know SGR mode; a control sequence (ESC [; the Linux console's
 * function keys have a second bracket); a function key (ESC O); a control string (OSC, DCS, SOS, PM, APC), which BEL or
 * ESC \ ends; one character. A sequence may lack its end: a character that cannot be part of it follows.
 */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences start with ESC
  /\x1b\[M[^\x00-\x1f]{3}|\x1b\[\[?[0-?]*[ -/]*[@-~]?|\x1bO[\d;]*[@-~]?|\x1b[\]PX^_][^\x00-\x07\x0e-\x1f]*(?:\x07|\x1b\\)?|[\s\S]/gu;

/** The beginning of one of these sequences, at the end of what was read. */
const BEGUN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences start with ESC
  /\x1b(?:\[M[^\x00-\x1f]{0,2}|\[\[?[0-?]*[ -/]*|O[\d;]*|[\]PX^_][^\x00-\x07\x0e-\x1f]*\x1b?)?$/u;

/** The beginning of PASTE_END. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences start with ESC
const PASTE_END_BEGUN = /\x1b(?:\[(?:2(?:01?)?)?)?$/;

/** How long what is behind ESC may take, in ms: when nothing comes, it was the Esc key. */
const ESC_WAIT = 30;
/** The same of the rest of a sequence: when it does not come, there was none. */
const SEQUENCE_WAIT = 100;
/**
 * How long a paste may pause, in ms. Its end may never come, and what a person types then would be taken for its text.
 * What comes later of such a paste is taken for keys, but for what its end is read together with.
 */
const PASTE_WAIT = 3000;
/** Characters of a paste; what is beyond is swallowed with it. */
const LONGEST_PASTE = 65_536;
/** Of a sequence that does not end only the first two characters are kept: what it is. */
const LONGEST_KEPT = 4096;

export interface InputHandlers {
  /** A key by its name (see key-names.ts). */
  onKey(name: string): void;
  onMouse(event: MouseEvent): void;
  /** Pasted text, which may come in parts and hold anything. */
  onPaste(text: string): void;
  /** After all that one read brought. */
  onRead(): void;
}

/** Without what stands before the end of a paste that has no beginning: it is the rest of one that was given up. */
function withoutLatePaste(text: string): string {
  const begin = text.indexOf(PASTE_BEGIN);
  const end = text.lastIndexOf(PASTE_END, begin < 0 ? text.length : begin);
  return end < 0 ? text : text.slice(end + PASTE_END.length);
}

export function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** Reads `terminal`, if it is one, until it is stopped. */
export class TerminalInput {
  /** What was read of a sequence that is not complete. */
  private rest = '';
  private timer: NodeJS.Timeout | undefined;
  private reads = 0;
  private pasting = false;
  /** Characters of this paste that may still be given out. */
  private pasteLeft = 0;
  private readonly onData = (chunk: string | Buffer) => this.feed(String(chunk));

  constructor(
    private readonly terminal: ReadStream,
    private readonly handlers: InputHandlers,
  ) {
    terminal.setEncoding('utf8');
    if (terminal.isTTY) terminal.on('data', this.onData);
    // The terminal is gone: SIGHUP ends the program.
    terminal.on('error', () => {});
  }

  private feed(chunk: string): void {
    clearTimeout(this.timer);
    this.reads++;
    let text = this.rest + chunk;
    for (;;) {
      if (!this.pasting) text = withoutLatePaste(text);
      const marker = this.pasting ? PASTE_END : PASTE_BEGIN;
      const at = text.indexOf(marker);
      if (at < 0) break;
      this.give(text.slice(0, at));
      this.pasting = !this.pasting;
      this.pasteLeft = LONGEST_PASTE;
      text = text.slice(at + marker.length);
    }
    const begun = text.search(this.pasting ? PASTE_END_BEGUN : BEGUN);
    const end = begun < 0 ? text.length : begun;
    this.give(text.slice(0, end));
    this.keep(text.slice(end));
    this.handlers.onRead();
  }

  private give(text: string): void {
    if (this.pasting) {
      const taken = text.slice(0, this.pasteLeft);
      this.pasteLeft -= taken.length;
      if (taken !== '') this.handlers.onPaste(taken);
      return;
    }
    for (const token of tokensOf(text)) {
      const mouse = parseMouse(token);
      if (mouse?.event) this.handlers.onMouse(mouse.event);
      const name = mouse ? null : keyName(token);
      if (name !== null) this.handlers.onKey(name);
    }
  }

  /** Keeps the beginning of a sequence for the next read, which has some time to come. */
  private keep(rest: string): void {
    this.rest = rest.length > LONGEST_KEPT ? rest.slice(0, 2) : rest;
    if (rest === '' && !this.pasting) return;
    const { reads } = this;
    const giveUp = () => {
      if (this.reads !== reads) return;
      this.rest = '';
      if (this.pasting || rest !== ESC) {
        this.pasting = false;
        return;
      }
      this.handlers.onKey('esc');
      this.handlers.onRead();
    };
    const wait = this.pasting ? PASTE_WAIT : rest === ESC ? ESC_WAIT : SEQUENCE_WAIT;
    // What came while the program was busy is read between the two.
    this.timer = setTimeout(() => setImmediate(giveUp), wait);
  }

  /** Takes no more of the terminal. */
  stop(): void {
    clearTimeout(this.timer);
    this.reads++;
    this.rest = '';
    this.terminal.off('data', this.onData);
    this.terminal.pause();
    // A terminal that was opened beside stdin goes on reading, and would keep the process alive.
    this.terminal.unref();
  }
}
