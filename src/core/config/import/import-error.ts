// What an import cannot use, as an error that names the file and the place in it.
import { QuicTopError } from '../../text/errors.js';

/** Standard input, where a path is expected. */
export const STDIN = '-';

/** A path as a person reads it. */
export const sourceName = (path: string): string => (path === STDIN ? 'standard input' : path);

/**
 * @param path of the text, or STDIN
 * @param place where in it, such as `line 3`; empty: not known
 * @param what is wrong. Never with what stands there: it may be a key
 * @param next what to do
 */
export function importError(path: string, place: string, what: string, next: string): QuicTopError {
  const where = place === '' ? sourceName(path) : `${sourceName(path)}, ${place}`;
  return new QuicTopError('IMPORT', `cannot import ${where}: ${what}`, next);
}
