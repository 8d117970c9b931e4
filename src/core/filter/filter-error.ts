// What is wrong with a filter, and where.
import { UsageError } from '../text/errors.js';
import { printable } from '../text/format.js';

/** A part of a filter's text: columns [from, to), counted from 0. */
export interface Span {
  readonly source: string;
  readonly from: number;
  readonly to: number;
}

/** Columns of the text that are shown on each side of the error. */
const CONTEXT = 60;

/** The text around the error, and a line of carets that points at it however the text is escaped. */
function excerpt({ source, from, to }: Span): string[] {
  const start = Math.max(0, from - CONTEXT);
  const end = Math.min(source.length, from + CONTEXT);
  const before = printable(source.slice(start, from)).length;
  const wrong = printable(source.slice(from, Math.min(to, end))).length;
  return [source.slice(start, end), ' '.repeat(before) + '^'.repeat(Math.max(1, wrong))];
}

export class FilterError extends UsageError {
  /** Columns in the text that was compiled, counted from 0: [from, to). */
  readonly from: number;
  readonly to: number;

  /** @param expected what could stand there: `a number from 0 to 65535` */
  constructor(
    at: Span,
    message: string,
    readonly expected: string,
  ) {
    super(`filter: ${message}`, `write ${expected}`, excerpt(at));
    this.from = at.from;
    this.to = at.to;
  }
}
