// The benches' command lines.
import { parseArgs } from 'node:util';

/**
 * `--seconds N` or `--soak N`, the only options that they have.
 * @param {number} fallback
 * @param {'seconds' | 'soak'} [name]
 * @returns {number}
 */
export function readSeconds(fallback, name = 'seconds') {
  const { values } = parseArgs({ options: { seconds: { type: 'string' }, soak: { type: 'string' } } });
  const seconds = Number(values[name] ?? fallback);
  if (!(seconds > 0)) throw new RangeError(`--${name} ${values[name]}: a number above 0 is needed`);
  return seconds;
}
