// A table of rows that are counted anew about once a second: sorted, scrolled, one row selected.

import {
  type Column,
  columnAt,
  headLine,
  layOutColumns,
  rowLine,
  type Sort,
  type SortValue,
  sortBy,
} from '../table/columns.js';
import { fill } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';
import { FramedPane, type Inner } from './framed-pane.js';
import type { Cursor } from './pane.js';
import { Scroll } from './scroll.js';

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
  /** Given the rows that are shown, before they are drawn. */
  onShown?(rows: readonly Row[]): void;
}

export class TablePane<Row> extends FramedPane implements Cursor {
  readonly name: string;
  readonly cursor: Cursor = this;
  private sort: Sort;
  private sorted: readonly Row[] = [];
  private sortedFrom: readonly Row[] | null = null;
  /** Of the selected row; null: the first, whichever that is. */
  private selectedKey: string | null = null;
  private index = 0;
  private readonly scroll = new Scroll();
  private width = 0;

  constructor(
    private readonly options: TableOptions<Row>,
    theme: Theme,
  ) {
    super(theme);
    this.name = options.name;
    this.sort = options.sort;
  }

  /** Sorts again when the rows are others, and finds the selected one. */
  override update(): void {
    const rows = this.options.rows();
    if (rows !== this.sortedFrom) this.take(rows);
    super.update();
  }

  private take(rows: readonly Row[]): void {
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

  protected override fit({ width, height }: Inner): void {
    this.width = width;
    this.scroll.fit(this.sorted.length, height - 1);
    this.scroll.reveal(this.index);
    this.options.onShown?.(this.scroll.shown(this.sorted));
  }

  get selected(): Row | null {
    return this.sorted[this.index] ?? null;
  }

  get isEmpty(): boolean {
    return this.selected === null;
  }

  get pageRows(): number {
    return this.scroll.pageRows;
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
    this.take(this.options.rows());
  }

  open(): string | null {
    const row = this.selected;
    if (row === null) return 'there is no row to open';
    return this.options.open ? this.options.open(row) : 'there is nothing more to show of a row';
  }

  click(x: number, y: number): void {
    const place = this.inside(x, y);
    if (place.y === 0) {
      const column = columnAt(layOutColumns(this.options.columns, this.width), place.x);
      if (column?.value) this.sortBy(sortBy(column, this.sort));
      return;
    }
    const line = this.scroll.lineAt(place.y - 1);
    if (line >= 0) this.select(line);
  }

  protected title(): string {
    return this.options.title;
  }

  protected override note(): string {
    return this.options.note();
  }

  protected content({ width }: Inner, focused: boolean): string[] {
    const { theme, options } = this;
    const layout = layOutColumns(options.columns, width);
    const rows = this.scroll.shown(this.sorted).map((row, i) => {
      const line = rowLine(layout, row, theme);
      return this.scroll.above + i === this.index ? theme.selected(fill(line, width), focused) : line;
    });
    if (rows.length === 0) rows.push('', theme.paint('dim', options.empty()));
    return [theme.paint('head', headLine(layout, this.sort)), ...rows];
  }
}

function sortRows<Row>(rows: readonly Row[], value: (row: Row) => SortValue, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  // Each value is asked for once: some are texts that have to be made.
  return rows
    .map((row) => ({ row, value: value(row) }))
    .sort(({ value: a }, { value: b }) => (a === b ? 0 : a < b ? -sign : sign))
    .map(({ row }) => row);
}
