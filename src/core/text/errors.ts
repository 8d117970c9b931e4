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

/**
 * An error that comes from the addon or from another thread: its fields pass that border, its class does not. Any that has
 * not the fields of a QuicTopError is returned as it is.
 */
export function fromOutside<T>(error: T): T | QuicTopError {
  const { code, message, hint, status, excerpt }: Partial<QuicTopError> = Object(error);
  if (code === undefined || message === undefined || hint === undefined) return error;
  return new QuicTopError(code, message, hint, status, excerpt);
}

/** What an error says: what failed, and what to do. Both are safe to print. */
export function explain(error: unknown): { failure: string; hint: string } {
  if (error instanceof QuicTopError) return { failure: printable(error.message), hint: printable(error.hint) };
  return {
    failure: `internal error: ${printable(error instanceof Error ? error.message : String(error))}`,
    hint: 'report it with the command you typed; QUIC_TOP_DEBUG=1 adds the stack',
  };
}

/** What an error says on stderr, with its excerpt if it has one; without the final line break. */
export function errorText(error: unknown): string {
  const { failure, hint } = explain(error);
  const excerpt = error instanceof QuicTopError ? error.excerpt.map((line) => `\n  ${printable(line)}`).join('') : '';
  return `quic-top: ${failure}${excerpt}\nNext: ${hint}`;
}

/** The same in one line, for the screen. */
export function errorLine(error: unknown): string {
  const { failure, hint } = explain(error);
  return `${failure} - ${hint}`;
}
