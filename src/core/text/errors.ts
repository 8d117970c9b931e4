// Errors that a person sees: what failed, where, why, and what to do next. Never a stack trace.
import { printable } from './format.js';

/** A failure that is not a defect of quic-top. `code` is stable; `hint` says what to do next. */
export class QuicTopError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
    /** Exit status: 1 for a failure at run time, 2 for bad usage. */
    readonly status: 1 | 2 = 1,
    /** Lines that show the place of the failure. */
    readonly excerpt: readonly string[] = [],
  ) {
    super(message);
    this.name = 'QuicTopError';
  }
}

/** An option or argument that cannot be used. */
export class UsageError extends QuicTopError {
  constructor(message: string, hint: string, excerpt: readonly string[] = []) {
    super('USAGE', message, hint, 2, excerpt);
  }
}

/** What an error says on stderr: what failed, its excerpt if any, what to do; without the final line break. */
export function errorText(error: unknown): string {
  if (error instanceof QuicTopError) {
    const excerpt = error.excerpt.map((line) => `\n  ${printable(line)}`).join('');
    return `quic-top: ${printable(error.message)}${excerpt}\nNext: ${printable(error.hint)}`;
  }
  const detail = error instanceof Error ? error.message : String(error);
  return `quic-top: internal error: ${printable(detail)}\nNext: report it with the command you typed; QUIC_TOP_DEBUG=1 adds the stack`;
}

/** The same in one line, for the screen. */
export function errorLine(error: unknown): string {
  return errorText(error)
    .replace(/^quic-top: /, '')
    .replace('\nNext: ', ' - ');
}
