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
  ) {
    super(message);
    this.name = 'QuicTopError';
  }
}

/** An option or argument that cannot be used. */
export class UsageError extends QuicTopError {
  constructor(message: string, hint: string) {
    super('USAGE', message, hint, 2);
  }
}

/** What the two-line message of an error says on stderr, without the final line break. */
export function errorText(error: unknown): string {
  if (error instanceof QuicTopError) return `quic-top: ${printable(error.message)}\nNext: ${printable(error.hint)}`;
  const detail = error instanceof Error ? error.message : String(error);
  return `quic-top: internal error: ${printable(detail)}\nNext: report it with the command you typed; QUIC_TOP_DEBUG=1 adds the stack`;
}
