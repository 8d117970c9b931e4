import { EventEmitter } from 'node:events';
import type { ReadStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { TerminalInput, tokensOf } from '../../src/ui/input.js';
import { type MouseEvent, parseMouse } from '../../src/ui/mouse.js';

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

/** A terminal that only says what is typed. */
class Typist extends EventEmitter {
  readonly isTTY = true;
  raw: boolean | null = null;
  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
  pause(): void {}
  setRawMode(raw: boolean): void {
    this.raw = raw;
  }
}

describe('TerminalInput', () => {
  it('gives Esc as a key that needs nothing behind it', () => {
    const typist = new Typist();
    const input = new TerminalInput(typist as unknown as ReadStream, () => {});
    typist.emit('data', '\x1b?');
    expect([input.read(), input.read(), input.read()]).toEqual(['\x1b[27u', '?', null]);
  });

  it('gives keys one by one, and the mouse apart', () => {
    const typist = new Typist();
    const events: MouseEvent[] = [];
    const input = new TerminalInput(typist as unknown as ReadStream, (event) => events.push(event));
    typist.emit('data', 'jj\x1b[<65;3;4M\x1b[B');
    expect([input.read(), input.read(), input.read(), input.read()]).toEqual(['j', 'j', '\x1b[B', null]);
    expect(events).toEqual([{ kind: 'wheel-down', x: 2, y: 3 }]);
    input.setRawMode(true);
    expect(typist.raw).toBe(true);
    input.stop();
    typist.emit('data', 'x');
    expect(input.read()).toBeNull();
  });
});
