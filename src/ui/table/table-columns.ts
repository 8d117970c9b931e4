// Columns that several tables have.
import { queueOf } from '../../core/cid/queue.js';
import type { ServerId } from '../../core/cid/server-id.js';
import { claimedText } from '../../core/cid/server-names.js';
import { count } from '../../core/text/format.js';
import { bar, short } from '../terminal/text.js';
import { type Column, UNKNOWN } from './columns.js';

/** Grouped digits where they fit, else three digits and a unit prefix. */
export function countColumn<Row>(
  id: string,
  title: string,
  priority: number,
  of: (row: Row) => number,
  paint?: Column<Row>['paint'],
): Column<Row> {
  return {
    id,
    title,
    min: Math.max(8, title.length),
    max: 12,
    align: 'right',
    priority,
    text: (row, width) => (count(of(row)).length <= width ? count(of(row)) : short(of(row))),
    ...(paint && { paint }),
    value: of,
    descends: true,
  };
}

/** @param of packets per second, null while not known */
export function rateColumn<Row>(priority: number, of: (row: Row) => number | null): Column<Row> {
  const text = (rate: number | null) => (rate === null ? UNKNOWN : `${short(rate)}/s`);
  return {
    id: 'rate',
    title: 'RATE',
    min: 9,
    max: 9,
    align: 'right',
    priority,
    text: (row) => text(of(row)),
    paint: (shown, row, theme) => theme.paint(of(row) ? 'strong' : 'dim', shown),
    value: (row) => of(row) ?? -1,
    descends: true,
  };
}

/** @param of 0 to 1, null for rows that are no part of the whole */
export function shareColumn<Row>(priority: number, of: (row: Row) => number | null): Column<Row> {
  return {
    id: 'share',
    title: 'SHARE',
    min: 6,
    max: 6,
    align: 'right',
    priority,
    text: (row) => {
      const share = of(row);
      return share === null ? '' : `${(100 * share).toFixed(1)}%`;
    },
    value: (row) => of(row) ?? -1,
    descends: true,
  };
}

/** @param of 0 to 1 */
export function barColumn<Row>(priority: number, of: (row: Row) => number): Column<Row> {
  return {
    id: 'bar',
    title: '',
    min: 6,
    max: 40,
    align: 'left',
    priority,
    text: (row, width) => bar(of(row), width),
    paint: (text, _, theme) => theme.paint('bar', text),
  };
}

/** A backend, or that there is none; one that nobody is known to have put there is behind a question mark. */
export const backendText = (backend: ServerId | null, isClaimed = true): string =>
  backend === null ? UNKNOWN : claimedText(backend, isClaimed);

/**
 * @param of the backend, null for a CID that names none
 * @param isClaimed whether the server is known to have put it there
 */
export function backendColumn<Row>(
  priority: number,
  of: (row: Row) => ServerId | null,
  isClaimed: (row: Row) => boolean,
): Column<Row> {
  return {
    id: 'backend',
    title: 'BACKEND',
    min: 8,
    max: 8,
    align: 'right',
    priority,
    text: (row) => backendText(of(row), isClaimed(row)),
    paint: (text, row, theme) => theme.paint(of(row) === null || !isClaimed(row) ? 'dim' : 'cidBackend', text),
    value: (row) => of(row) ?? -1,
  };
}

/** The queue of a backend. @param of the backend, null for a CID that names none */
export function queueColumn<Row>(priority: number, of: (row: Row) => ServerId | null): Column<Row> {
  return {
    id: 'queue',
    title: 'Q',
    min: 3,
    max: 3,
    align: 'right',
    priority,
    text: (row) => String(queueOf(of(row)) ?? UNKNOWN),
    value: (row) => queueOf(of(row)) ?? -1,
  };
}
