// The doctor's findings as a table for a person.
import { printable, wrap } from '../../core/text/format.js';
import type { Finding, Status } from './check.js';

export interface Row extends Finding {
  group: string;
  name: string;
}

const WIDTH = 80;
const STATUS_COLUMN = 2;
const NAME_COLUMN = STATUS_COLUMN + 'problem'.length + 2;
const TEXT_COLUMN = NAME_COLUMN + 'capabilities'.length + 2;
const SGR: Record<Status, number> = { ok: 32, warning: 33, problem: 31 };

/** Lines of at most 80 columns; `color` paints the states. */
export function tableLines(rows: readonly Row[], color: boolean): string[] {
  const paint = (status: Status) => (color ? `\x1b[${SGR[status]}m${status}\x1b[0m` : status);
  let group = '';
  return rows.flatMap((row) => {
    const title = row.group === group ? [] : [...(group === '' ? [] : ['']), row.group];
    group = row.group;
    const [first = '', ...more] = wrap(printable(row.text), WIDTH - TEXT_COLUMN);
    const padding = ' '.repeat(NAME_COLUMN - STATUS_COLUMN - row.status.length);
    const head = `  ${paint(row.status)}${padding}${row.name.padEnd(TEXT_COLUMN - NAME_COLUMN)}${first}`;
    const mend = row.mend === undefined ? [] : wrap(`-> ${printable(row.mend)}`, WIDTH - TEXT_COLUMN);
    return [...title, head, ...[...more, ...mend].map((line) => ' '.repeat(TEXT_COLUMN) + line)];
  });
}
