import { beforeEach, describe, expect, it } from 'vitest';
import { TablePane } from '../../src/ui/panes/table.js';
import type { Column } from '../../src/ui/table/columns.js';
import { Theme } from '../../src/ui/theme/theme.js';
import { drawn, plain } from '../support/panes.js';

interface Row {
  name: string;
  packets: number;
}

const theme = Theme.of({ NO_COLOR: '1' });
const size = { width: 40, height: 8 };
const columns: Column<Row>[] = [
  {
    id: 'name',
    title: 'NAME',
    min: 6,
    max: 6,
    align: 'left',
    priority: 0,
    text: ({ name }) => name,
    value: ({ name }) => name,
  },
  {
    id: 'packets',
    title: 'PACKETS',
    min: 9,
    max: 9,
    align: 'right',
    priority: 1,
    text: ({ packets }) => String(packets),
    value: ({ packets }) => packets,
    descends: true,
  },
  { id: 'bar', title: 'BAR', min: 4, max: 4, align: 'left', priority: 2, text: () => '' },
];

let rows: Row[];
let opened: string[];
let table: TablePane<Row>;

const shown = () => drawn(table, size).map(plain);
const names = () => shown().flatMap((line) => /^│ (r\d+)/.exec(line)?.[1] ?? []);
const selectedLine = () => drawn(table, size).find((line) => line.includes('\x1b[7m'));

beforeEach(() => {
  rows = Array.from({ length: 12 }, (_, i) => ({ name: `r${i}`, packets: (i * 7) % 12 }));
  opened = [];
  table = new TablePane<Row>(
    {
      name: 'rows',
      title: 'Rows',
      columns,
      sort: { column: 'packets', descending: true },
      rows: () => rows,
      key: ({ name }) => name,
      note: () => 'note',
      empty: () => 'nothing yet',
      open: ({ name }) => {
        opened.push(name);
        return null;
      },
    },
    theme,
  );
  drawn(table, size);
});

describe('a table', () => {
  it('is sorted, and as large as its pane', () => {
    const lines = shown();
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(line).toHaveLength(40);
    expect(lines[0]).toMatch(/^╭─ Rows ─+ note ─╮$/);
    expect(lines[1]).toContain('NAME     PACKETS▼');
    expect(names()).toEqual(['r5', 'r10', 'r3', 'r8', 'r1']);
  });

  it('scrolls so that the selected row is in sight', () => {
    table.move(6);
    expect(names()).toEqual(['r3', 'r8', 'r1', 'r6', 'r11'].slice(-5));
    expect(table.selected?.name).toBe('r11');
    table.toEnd();
    expect(table.selected?.packets).toBe(0);
    table.move(99);
    expect(table.selected?.packets).toBe(0);
    table.toStart();
    expect(names()[0]).toBe('r5');
  });

  it('keeps the selected row when the numbers change, and goes on when it is gone', () => {
    table.move(2);
    expect(table.selected?.name).toBe('r3');
    rows = rows.map((row) => (row.name === 'r3' ? { ...row, packets: 999 } : row));
    expect(selectedLine()).toContain('r3');
    expect(names()[0]).toBe('r3');
    rows = rows.filter(({ name }) => name !== 'r3');
    table.update();
    expect(table.selected?.name).toBe('r5');
  });

  it('has the first row selected as long as nobody chose one', () => {
    rows = rows.map((row) => (row.name === 'r2' ? { ...row, packets: 999 } : row));
    table.update();
    expect(table.selected?.name).toBe('r2');
  });

  it('sorts by the next column that can be, and the other way round', () => {
    table.sorting.next();
    expect(names().slice(0, 3)).toEqual(['r0', 'r1', 'r10']);
    table.sorting.reverse();
    expect(names()[0]).toBe('r9');
    table.sorting.next();
    expect(names()[0]).toBe('r5');
  });

  it('takes clicks: on a row, on a column title, and on nothing', () => {
    table.click(4, 4);
    expect(table.selected?.name).toBe('r3');
    table.click(4, 1);
    // The selected row stays in sight.
    expect(names()).toEqual(['r1', 'r10', 'r11', 'r2', 'r3']);
    table.click(4, 1);
    expect(names()).toEqual(['r7', 'r6', 'r5', 'r4', 'r3']);
    // Beside the columns, on the frame, below the rows.
    for (const [x, y] of [
      [30, 1],
      [0, 0],
      [4, 7],
    ] as const)
      table.click(x, y);
    expect(names()).toEqual(['r7', 'r6', 'r5', 'r4', 'r3']);
    expect(table.selected?.name).toBe('r3');
  });

  it('opens the selected row, and says when there is none', () => {
    table.move(1);
    expect(table.open()).toBeNull();
    expect(opened).toEqual(['r10']);
    rows = [];
    expect(shown().join()).toContain('nothing yet');
    expect(table.open()).toBe('there is no row to open');
    expect(table.isEmpty).toBe(true);
  });
});
