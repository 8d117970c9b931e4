import { EventEmitter } from 'node:events';
import type { ReadStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TerminalInput, tokensOf } from '../../../src/ui/terminal/input.js';
import { keyName } from '../../../src/ui/terminal/key-names.js';
import { type MouseEvent, parseMouse } from '../../../src/ui/terminal/mouse.js';

describe('tokensOf', () => {
  it.each([
    ['jjk', ['j', 'j', 'k']],
    ['\x1b[B\x1b[B', ['\x1b[B', '\x1b[B']],
    ['a\x1b[5~b', ['a', '\x1b[5~', 'b']],
    ['\x1bOA', ['\x1bOA']],
    ['\x1b', ['\x1b']],
    ['\x1b[<0;10;5M\x1b[<0;10;5mq', ['\x1b[<0;10;5M', '\x1b[<0;10;5m', 'q']],
    ['\x1b[1;5C', ['\x1b[1;5C']],
    ['ü€', ['ü', '€']],
    ['\x1b[24;5Rj', ['\x1b[24;5R', 'j']],
    ['\x1b[?1;2cj', ['\x1b[?1;2c', 'j']],
    ['\x1b[?2026;2$yj', ['\x1b[?2026;2$y', 'j']],
    ['\x1b[[Aj', ['\x1b[[A', 'j']],
    ['\x1b[M !!j', ['\x1b[M !!', 'j']],
    ['\x1b]11;rgb:0/0/0\x1b\\j', ['\x1b]11;rgb:0/0/0\x1b\\', 'j']],
    ['\x1b]0;a\x07j', ['\x1b]0;a\x07', 'j']],
    ['\x1bP>|term\x1b\\j', ['\x1bP>|term\x1b\\', 'j']],
    ['\x1b[12\x03', ['\x1b[12', '\x03']],
    ['\x1b\x1b', ['\x1b', '\x1b']],
    ['', []],
  ])('%j', (text, tokens) => expect(tokensOf(text)).toEqual(tokens));

  it('loses no character, whatever comes', () => {
    const hostile = '\x1b[<;;M\x1b[\x1b[9999999999\x1b\x1bO';
    expect(tokensOf(hostile).join('')).toBe(hostile);
  });
});

describe('parseMouse', () => {
  it.each([
    ['\x1b[<0;1;1M', { kind: 'click', x: 0, y: 0 }],
    ['\x1b[<0;200;50M', { kind: 'click', x: 199, y: 49 }],
    ['\x1b[<64;10;5M', { kind: 'wheel-up', x: 9, y: 4 }],
    ['\x1b[<65;10;5M', { kind: 'wheel-down', x: 9, y: 4 }],
    ['\x1b[<81;10;5M', { kind: 'wheel-down', x: 9, y: 4 }], // with Ctrl held
    ['\x1b[<0;10;5m', null], // released
    ['\x1b[<2;10;5M', null], // the right button
  ])('%j', (token, event) => expect(parseMouse(token)).toEqual({ event }));

  it.each(['j', '\x1b[A', '\x1b[<0;1M', '\x1b[<0;1;1'])('%j is no mouse', (token) =>
    expect(parseMouse(token)).toBeNull(),
  );
});

describe('keyName', () => {
  it.each([
    [' ', 'space'],
    ['j', 'j'],
    ['G', 'G'],
    ['ü', 'ü'],
    ['\x03', 'ctrl+c'],
    ['\r', 'enter'],
    ['\t', 'tab'],
    ['\x1b[Z', 'shift+tab'],
    ['\x7f', 'backspace'],
    ['\b', 'backspace'],
    ['\x1b[3~', 'delete'],
    ['\x1b[5~', 'pgup'],
    ['\x1b[6~', 'pgdn'],
    ['\x1b[1;5C', 'right'],
    ['\x1b[5;2~', 'pgup'],
    ['\x1bOA', 'up'],
    ['\x1bOH', 'home'],
    ['\x1b', 'esc'],
  ])('%j is %s', (token, name) => expect(keyName(token)).toBe(name));

  it.each([
    '\x00',
    '\x1c',
    '\x1b[1;2P',
    '\x1b[?1;2c',
    '\x1b[24;5R',
    '\x1b[0n',
    '\x1b[200~',
    '\x1b[2~',
    '\x1b[15~',
    '\x1b[',
    '\x1bOP',
    '\x1b]11;rgb:0/0/0\x07',
  ])('%j is none', (token) => expect(keyName(token)).toBeNull());
});

/** A terminal that only says what is typed. */
class Typist extends EventEmitter {
  constructor(readonly isTTY = true) {
    super();
  }
  setEncoding(): void {}
  pause(): void {}
  unref(): void {}
}

describe('TerminalInput', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** What came of these reads, in its order; `|` is the end of one. */
  function open(isTTY = true) {
    const typist = new Typist(isTTY);
    const events: (string | MouseEvent)[] = [];
    const input = new TerminalInput(typist as unknown as ReadStream, {
      onKey: (name) => events.push(name),
      onMouse: (event) => events.push(event),
      onPaste: (text) => events.push(`paste ${JSON.stringify(text)}`),
      onRead: () => events.push('|'),
    });
    const type = (...reads: string[]) => {
      for (const read of reads) typist.emit('data', read);
    };
    return { input, events, type };
  }
  const wheel: MouseEvent = { kind: 'wheel-down', x: 64, y: 21 };

  it('gives Esc as a key of its own when another follows at once', () => {
    const { events, type } = open();
    type('\x1b?');
    expect(events).toEqual(['esc', '?', '|']);
  });

  it('takes a lone ESC for the Esc key after 30 ms', () => {
    const { events, type } = open();
    type('\x1b');
    vi.advanceTimersByTime(29);
    expect(events).toEqual(['|']);
    vi.advanceTimersByTime(2);
    expect(events).toEqual(['|', 'esc', '|']);
    type('\x1b', '\x1b', 'j');
    expect(events.slice(3)).toEqual(['|', 'esc', '|', 'esc', 'j', '|']);
  });

  it('gives keys and the mouse in their order, and says when a read is over', () => {
    const { input, events, type } = open();
    type('jj\x1b[<65;65;22M\x1b[B', 'k');
    expect(events).toEqual(['j', 'j', wheel, 'down', '|', 'k', '|']);
    input.stop();
    type('x');
    expect(events).toHaveLength(7);
  });

  it.each([
    ['\x1b[<65;65;22M', wheel],
    ['\x1b[1;5C', 'right'],
    ['\x1b[24;5R', null],
    ['\x1b[[A', null],
    ['\x1bOA', 'up'],
    ['\x1bOP', null],
    ['\x1b[M !!', null],
    ['\x1b]11;rgb:ffff/ffff/ffff\x07', null],
    ['\x1b]11;rgb:ffff/ffff/ffff\x1b\\', null],
    ['\x1bP1$r2 q\x1b\\', null],
    ['\x1b_Gi=31;OK\x1b\\', null],
    ['\x1b[200~1\x1b[201~', 'paste "1"'],
  ])('%j is one thing, wherever the reads part it', (text, event) => {
    for (let at = 1; at < text.length; at++) {
      const { events, type } = open();
      type('a', text.slice(0, at));
      vi.advanceTimersByTime(25);
      type(text.slice(at), 'b');
      const expected = event === null ? ['a', 'b'] : ['a', event, 'b'];
      expect(events.filter((what) => what !== '|')).toEqual(expected);
    }
  });

  it.each(['\x1b[', '\x1b[12', '\x1b[M ', '\x1bO', '\x1b]11;rgb', '\x1bP', '\x1b]0;a\x1b'])(
    'gives up waiting for the rest of %j',
    (text) => {
      const { events, type } = open();
      type(text);
      vi.advanceTimersByTime(101);
      type('j');
      expect(events).toEqual(['|', 'j', '|']);
    },
  );

  it.each(['\x1b[12', '\x1bO', '\x1b]11;rgb'])('%j does not hold Ctrl-C back', (text) => {
    const { events, type } = open();
    type(text, '\x03');
    expect(events).toEqual(['|', 'ctrl+c', '|']);
  });

  it('keeps little of a sequence without an end', () => {
    const { events, type } = open();
    type('\x1b]0;');
    for (let i = 0; i < 1000; i++) type('q'.repeat(1000));
    type('\x07j');
    expect(events.filter((what) => what !== '|')).toEqual(['j']);
  });

  it('never takes pasted text for keys', () => {
    const { events, type } = open();
    type('a\x1b[200~q\x03\x1b[A', '\x1b[6~2\r\n', '\x1b[20', '1~j');
    vi.advanceTimersByTime(1000);
    const pasted = events
      .filter((what) => String(what).startsWith('paste '))
      .map((what) => JSON.parse(`${what}`.slice(6)));
    expect(pasted.join('')).toBe('q\x03\x1b[A\x1b[6~2\r\n');
    expect(events.filter((what) => what !== '|' && !String(what).startsWith('paste '))).toEqual(['a', 'j']);
  });

  it('does not end a paste that pauses', () => {
    const { events, type } = open();
    type('\x1b[200~q');
    vi.advanceTimersByTime(2900);
    type('\x1b');
    vi.advanceTimersByTime(2900);
    type('[201~k');
    expect(events.filter((what) => what !== '|')).toEqual(['paste "q"', 'k']);
  });

  it.each(['', 'text', '\x1b', '\x1b[20'])('ends a paste whose end does not come, some time after %j', (text) => {
    const { events, type } = open();
    type(`\x1b[200~${text}`, 'q');
    vi.advanceTimersByTime(3100);
    type('\x03', '\x1b[201~j');
    const keys = events.filter((what) => what !== '|' && !String(what).startsWith('paste '));
    expect(keys).toEqual(['ctrl+c', 'j']);
  });

  it('swallows the rest of a paste that stalled, as far as it is read with its end', () => {
    const { events, type } = open();
    type('\x1b[200~slow');
    vi.advanceTimersByTime(3100);
    type('quit\x03\x1b[201~j\x1b[200~once more\x1b[201~k');
    expect(events.filter((what) => what !== '|')).toEqual(['paste "slow"', 'j', 'paste "once more"', 'k']);
  });

  it('gives out no more of a paste than a person can mean, and swallows the rest', () => {
    const { events, type } = open();
    type('\x1b[200~');
    for (let i = 0; i < 200; i++) type('q'.repeat(1000));
    type('\x1b[201~\x1b[200~once more\x1b[201~j');
    const shown = events.filter((what) => what !== '|').map(String);
    const pasted = shown.filter((what) => what.startsWith('paste ')).map((what) => JSON.parse(what.slice(6)) as string);
    expect(pasted.join('')).toBe(`${'q'.repeat(65_536)}once more`);
    expect(shown.filter((what) => !what.startsWith('paste '))).toEqual(['j']);
  });

  it('reads nothing but a terminal', () => {
    const { events, type } = open(false);
    type('q');
    expect(events).toEqual([]);
  });
});
