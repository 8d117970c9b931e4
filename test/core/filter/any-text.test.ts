// Whatever is typed: it compiles, or a FilterError points into it, and soon.
import { expect, it } from 'vitest';
import { FIELDS } from '../../../src/core/filter/fields.js';
import { compileFilter, completions, FilterError } from '../../../src/core/filter/index.js';
import { OPERATORS } from '../../../src/core/filter/operators.js';
import { type Decoded, NOTHING_KNOWN } from '../../../src/core/quic/decoded.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { random } from '../../support/random.js';

const WORDS = [
  ...FIELDS.flatMap(({ name, others, names }) => [name, ...others, ...names.map((value) => value.name)]),
  ...OPERATORS.flatMap(({ operator, word }) => [operator, word ?? operator]),
  ...[
    'and',
    'or',
    'not',
    '&&',
    '||',
    '!',
    '(',
    ')',
    '{',
    '}',
    ',',
    '..',
    '"',
    "'",
    '\\',
    '=',
    '.',
    '/',
    ':',
    '\0',
    'é',
    '😀',
  ],
  ...[
    '0133',
    '01:33',
    '17',
    '65536',
    '0x1',
    '10.0.0.0/8',
    '::1',
    '"a b"',
    '\n',
    '\x1b[2J',
    'ab'.repeat(30),
    '9'.repeat(40),
  ],
];

const DECODED: Decoded = {
  ...NOTHING_KNOWN,
  decrypted: true,
  sni: 'a.example',
  alpn: ['h3'],
  ja4: 'q',
  ech: false,
  close: { errorCode: 2n ** 62n - 1n, frameType: 0, reason: 'any' },
  trust: 'server',
  issues: ['over_budget'],
};

/** True when it compiles. */
function judge(text: string, view: RecordView): boolean {
  try {
    expect(typeof compileFilter(text).matches(view, () => DECODED)).toBe('boolean');
    return true;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    expect(error.from).toBeGreaterThanOrEqual(0);
    expect(error.to).toBeGreaterThanOrEqual(error.from);
    expect(error.to).toBeLessThanOrEqual(text.length);
    expect(error.expected).not.toBe('');
    return false;
  }
}

function complete(text: string, caret: number): void {
  const { from, to, candidates } = completions(text, caret);
  expect(from).toBeGreaterThanOrEqual(0);
  expect(from).toBeLessThanOrEqual(caret);
  expect(to).toBeGreaterThanOrEqual(caret);
  expect(to).toBeLessThanOrEqual(text.length);
  for (const { text: candidate, help } of candidates) {
    expect(candidate.startsWith(text.slice(from, caret).toLowerCase())).toBe(true);
    expect(help).not.toBe('');
  }
}

it('texts of the words of the language, in any order', () => {
  const next = random(3);
  const view = new RecordView();
  let compiled = 0;
  const started = performance.now();
  for (let i = 0; i < 8000; i++) {
    const words = Array.from({ length: 1 + next(8) }, () => WORDS[next(WORDS.length)] as string);
    const text = words.join(next(3) ? ' ' : '');
    if (judge(text, view)) compiled++;
    if (i % 10 === 0) complete(text, next(text.length + 1));
  }
  expect(compiled).toBeGreaterThan(50);
  expect(performance.now() - started).toBeLessThan(20_000);
});

it('texts of any characters', () => {
  const next = random(5);
  const view = new RecordView();
  for (let i = 0; i < 3000; i++) {
    const text = String.fromCharCode(...Array.from({ length: next(30) }, () => next(next(2) ? 128 : 65536)));
    judge(text, view);
    complete(text, next(text.length + 1));
  }
});

it('texts that are made to be slow', () => {
  const view = new RecordView();
  for (const part of [
    '"',
    "'",
    '\\"',
    '(',
    '!',
    'not ',
    '{',
    'dcid ~ ',
    '01:',
    '..',
    'a and ',
    'ip == ::/0 or ',
    'port in {',
    '0',
    ' ',
  ]) {
    for (const text of [part.repeat(4096 / part.length), part.repeat(200_000)]) {
      const started = performance.now();
      judge(text, view);
      complete(text, text.length);
      expect(performance.now() - started, part).toBeLessThan(500);
    }
  }
});

it('any value in a filter of any field', () => {
  const next = random(9);
  const view = new RecordView();
  for (let i = 0; i < 8000; i++) {
    const field = FIELDS[next(FIELDS.length)] as (typeof FIELDS)[number];
    const operator = field.operators[next(field.operators.length)] as string;
    const value = () => WORDS[next(WORDS.length)] as string;
    judge(`${field.name} ${operator} ${operator === 'in' ? `{${value()}..${value()}, ${value()}}` : value()}`, view);
  }
});
