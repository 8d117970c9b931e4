import { constants } from 'node:os';

/**
 * How a child process ended, as one number in the shell's way.
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
export function exitStatus(code, signal) {
  return code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)];
}
