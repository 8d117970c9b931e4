// Columns of a table, as data: which of them fit a width, the line of titles, the line of a row.
import { cell } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';

/** What rows are sorted by: of a column all are numbers, of either kind, or all are texts. */
export type SortValue = number | bigint | string;

/** Shown where a value is not known. */
export const UNKNOWN = '·';

export interface Column<Row> {
  /** As --columns names it. */
  id: string;
  title: string;
  /** The narrowest width of use, and the widest. */
  min: number;
  max: number;
  /** All get this wide before any gets wider; `max` where it is not said. */
  good?: number;
  align: 'left' | 'right';
  /** Lower ones stay when there is no room for all. */
  priority: number;
  /** Lower ones are the first to get wider than `min`; without it as `priority` says. */
  growth?: number;
  text(row: Row, width: number): string;
  /** Colours the text after it was cut and aligned; characters must not move. */
  paint?(text: string, row: Row, theme: Theme): string;
  /** What rows are ordered by; without it a column cannot be sorted by. */
  value?(row: Row): SortValue;
  /** The largest value first, when sorting by this column begins. */
  descends?: boolean;
}

export interface Sort {
  column: string;
  descending: boolean;
}

export interface ColumnLayout<Row> {
  places: { column: Column<Row>; width: number }[];
  /** What stands between two columns. */
  gap: string;
}

const goodWidth = <Row>({ good, max }: Column<Row>) => good ?? max;

/** Chooses the columns that fit, by priority, and gives them what is left over. */
export function layOutColumns<Row>(columns: readonly Column<Row>[], width: number): ColumnLayout<Row> {
  const byPriority = [...columns].sort((a, b) => a.priority - b.priority);
  let left = width + 1;
  const chosen = new Set<Column<Row>>();
  for (const column of byPriority) {
    if (column.min + 1 > left) break;
    chosen.add(column);
    left -= column.min + 1;
  }
  const widths = new Map<Column<Row>, number>();
  const growth = ({ growth, priority }: Column<Row>) => growth ?? priority;
  const byGrowth = [...chosen].sort((a, b) => growth(a) - growth(b));
  for (const wanted of [goodWidth, (column: Column<Row>) => column.max]) {
    for (const column of byGrowth) {
      const now = widths.get(column) ?? column.min;
      const more = Math.min(left, wanted(column) - now);
      widths.set(column, now + more);
      left -= more;
    }
  }
  return {
    places: columns.flatMap((column) => {
      const width = widths.get(column);
      return width === undefined ? [] : [{ column, width }];
    }),
    gap: left >= chosen.size - 1 ? '  ' : ' ',
  };
}

/** The titles; the column that rows are sorted by has an arrow. */
export function headLine<Row>({ places, gap }: ColumnLayout<Row>, sort: Sort | null = null): string {
  return places
    .map(({ column: { id, title, align }, width }) => {
      if (sort?.column !== id) return cell(title, width, align);
      const arrow = sort.descending ? '▼' : '▲';
      return cell(title.length < width ? `${title}${arrow}` : `${title.slice(0, width - 1)}${arrow}`, width, align);
    })
    .join(gap);
}

export function rowLine<Row>({ places, gap }: ColumnLayout<Row>, row: Row, theme: Theme): string {
  return places
    .map(({ column, width }) => {
      const text = cell(column.text(row, width), width, column.align);
      return column.paint ? column.paint(text, row, theme) : text;
    })
    .join(gap);
}

/** The column at a place of the line, counted from 0; null between two and behind the last. */
export function columnAt<Row>({ places, gap }: ColumnLayout<Row>, x: number): Column<Row> | null {
  let start = 0;
  for (const { column, width } of places) {
    if (x >= start && x < start + width) return column;
    start += width + gap.length;
  }
  return null;
}

/** What sorting by a column begins with, and what choosing it again makes of that. */
export function sortBy<Row>(column: Column<Row>, now: Sort | null): Sort {
  if (now?.column === column.id) return { column: column.id, descending: !now.descending };
  return { column: column.id, descending: column.descends ?? false };
}
