// The benches' command lines.
import { parseArgs } from 'node:util';

/**
 * `--seconds N`, the only option that they have.
 * @param {number} fallback
 * @returns {number}
 */
export function readSeconds(fallback) {
  const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
  const seconds = Number(values.seconds ?? fallback);
  if (!(seconds > 0)) throw new RangeError(`--seconds ${values.seconds}: a number above 0 is needed`);
  return seconds;
}
