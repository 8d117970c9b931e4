// docs/filter.md lists the fields and the names of values as the table of fields has them.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FIELDS } from '../../../src/core/filter/fields.js';
import { compileFilter } from '../../../src/core/filter/index.js';

const DOCUMENT = readFileSync(new URL('../../../docs/filter.md', import.meta.url), 'utf8');

const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(' ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

it.each([
  [
    'fields',
    table(
      ['Field', 'Also', 'What it is', 'Operators'],
      FIELDS.map(({ name, others, help, operators }) => [code([name]), code(others), help, code(operators)]),
    ),
  ],
  [
    'names',
    table(
      ['Field', 'Value', 'Also', 'What it is'],
      FIELDS.flatMap((field) =>
        field.names.map(({ name, others = [], help }) => [code([field.name]), code([name]), code(others), help]),
      ),
    ),
  ],
])('its table of %s', (marker, expected) => {
  const block = new RegExp(`<!-- ${marker} -->\n([^]*?)\n?<!-- /${marker} -->`).exec(DOCUMENT)?.[1];
  expect(block, `put this between the <!-- ${marker} --> markers of docs/filter.md:\n\n${expected}\n`).toBe(expected);
});

it('its examples compile', () => {
  const examples = [...DOCUMENT.matchAll(/^ {4}(.*?)(?: {2,}.*)?$/gm)].map(([, filter = '']) => filter);
  expect(examples.length).toBeGreaterThan(4);
  for (const filter of examples) compileFilter(filter);
});
