// A table of rows that are counted anew about once a second: sorted, scrolled, one row selected.

import { topFor } from '../model/scroll.js';
import { type Column, columnAt, headLine, layOutColumns, rowLine, type Sort, sortBy } from '../table/columns.js';
import { fill } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';
import { contentOrigin, frame, innerSize } from './frame.js';
import type { Cursor, Pane, PaneSize } from './pane.js';

export interface TableOptions<Row> {
  name: string;
  title: string;
  columns: readonly Column<Row>[];
  sort: Sort;
  /** The rows of now; the same array as long as nothing changed. */
  rows(): readonly Row[];
  /** What a row is known by while its numbers change. */
  key(row: Row): string;
  /** At the right end of the title line. */
  note(): string;
  /** Shown in place of rows when there are none. */
  empty(): string;
  /** What Enter does with a row; returns why it cannot, or null. */
  open?(row: Row): string | null;
}

export class TablePane<Row> implements Pane, Cursor {
  readonly name: string;
  private sort: Sort;
  private sorted: readonly Row[] = [];
  private sortedFrom: readonly Row[] | null = null;
  /** Of the selected row; null: the first, whichever that is. */
  private selectedKey: string | null = null;
  private index = 0;
  private top = 0;
  private height = 1;
  private width = 0;

  constructor(
    private readonly options: TableOptions<Row>,
    private readonly theme: Theme,
  ) {
    this.name = options.name;
    this.sort = options.sort;
  }

  readonly cursor: Cursor = this;

  /** Sorts again when the rows are others, and finds the selected one. */
  private update(): void {
    const rows = this.options.rows();
    if (rows === this.sortedFrom) return;
    this.sortedFrom = rows;
    const { column: id, descending } = this.sort;
    const value = this.options.columns.find((column) => column.id === id)?.value;
    this.sorted = value ? sortRows(rows, value, descending) : rows;
    if (this.selectedKey === null) this.index = 0;
    else {
      const found = this.sorted.findIndex((row) => this.options.key(row) === this.selectedKey);
      this.index = found >= 0 ? found : Math.min(this.index, Math.max(0, this.sorted.length - 1));
    }
  }

  get selected(): Row | null {
    this.update();
    return this.sorted[this.index] ?? null;
  }

  get isEmpty(): boolean {
    return this.selected === null;
  }

  get pageRows(): number {
    return Math.max(1, this.height - 1);
  }

  move(rows: number): void {
    this.select(this.index + rows);
  }

  toStart(): void {
    this.select(0);
    this.selectedKey = null;
  }

  toEnd(): void {
    this.select(this.sorted.length - 1);
  }

  private select(index: number): void {
    this.update();
    this.index = Math.min(Math.max(0, index), Math.max(0, this.sorted.length - 1));
    const row = this.sorted[this.index];
    this.selectedKey = row === undefined ? null : this.options.key(row);
  }

  readonly sorting = {
    next: () => {
      const shown = layOutColumns(this.options.columns, this.width).places.filter(({ column }) => column.value);
      const at = shown.findIndex(({ column }) => column.id === this.sort.column);
      const next = shown[(at + 1) % Math.max(1, shown.length)];
      if (next) this.sortBy(sortBy(next.column, null));
    },
    reverse: () => this.sortBy({ ...this.sort, descending: !this.sort.descending }),
  };

  private sortBy(sort: Sort): void {
    this.sort = sort;
    this.sortedFrom = null;
  }

  open(): string | null {
    const row = this.selected;
    if (row === null) return 'there is no row to open';
    return this.options.open ? this.options.open(row) : 'there is nothing more to show of a row';
  }

  click(x: number, y: number): void {
    const origin = contentOrigin(this.boxed);
    const row = y - origin.y - 1;
    if (row === -1) {
      const column = columnAt(layOutColumns(this.options.columns, this.width), x - origin.x);
      if (column?.value) this.sortBy(sortBy(column, this.sort));
    } else if (row >= 0 && row < this.height && this.top + row < this.sorted.length) {
      this.select(this.top + row);
    }
  }

  private boxed = false;

  lines(size: PaneSize, focused: boolean): string[] {
    const { theme, options } = this;
    const inner = innerSize(size);
    this.boxed = size.boxed;
    this.width = inner.width;
    this.height = Math.max(1, inner.height - 1);
    this.update();
    this.top = topFor(this.index, this.top, this.height, this.sorted.length);
    const layout = layOutColumns(options.columns, inner.width);
    const rows = this.sorted.slice(this.top, this.top + this.height).map((row, i) => {
      const line = rowLine(layout, row, theme);
      return this.top + i === this.index ? theme.selected(fill(line, inner.width), focused) : line;
    });
    if (rows.length === 0) rows.push('', theme.paint('dim', options.empty()));
    const content = [theme.paint('head', headLine(layout, this.sort)), ...rows];
    return frame(size, options.title, options.note(), content, theme, focused);
  }
}

function sortRows<Row>(rows: readonly Row[], value: (row: Row) => number | string, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  // Each value is asked for once: some are texts that have to be made.
  return rows
    .map((row) => ({ row, value: value(row) }))
    .sort(({ value: a }, { value: b }) => (a === b ? 0 : a < b ? -sign : sign))
    .map(({ row }) => row);
}
