// Import of nghttpx: the file that --frontend-quic-secret-file names. It is checked, and referred to.
import { importError, STDIN } from './import-error.js';
import type { ImportedConfig } from './imported-config.js';

const NEXT = 'give it the file that --frontend-quic-secret-file of nghttpx names';

/** Digits of a line: 4 reserved bytes, 32 of a secret, 32 of a salt. */
const DIGITS = 2 * (4 + 32 + 32);
/** Lines that nghttpx takes; it does not look at those behind. */
const MOST_LINES = 8;
/** For a text that came without a name. */
const SOME_FILE = '/etc/nghttpx/quic-secret';

/**
 * Secrets of nghttpx, a line each: 136 hex digits. Empty lines and those that begin with # are passed over
 * (read_quic_secret_file in src/shrpx_config.cc; it takes no blanks and no carriage returns).
 *
 * @throws QuicTopError with the line that nghttpx would refuse
 */
export function readNghttpx(text: string, path: string): ImportedConfig {
  const lines = text.split('\n').map((line, i) => ({ line, number: i + 1 }));
  const secrets = lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
  if (secrets.length === 0) throw importError(path, '', 'no line has a secret', NEXT);
  for (const { line, number } of secrets.slice(0, MOST_LINES)) {
    const problem = problemOf(line);
    if (problem !== null) throw importError(path, `line ${number}`, problem, NEXT);
  }
  return {
    schemes: [{ nghttpx: { secret_file: path === STDIN ? SOME_FILE : path } }],
    servers: [],
    notes: [
      'nghttpx takes its server id from --quic-server-id (8 hex digits); without that option it is random, and another one after each start and reload. Add the servers by hand:\n  servers: [{id: "0x0a0b0c0d", name: edge-1}]',
      ...(secrets.length > MOST_LINES ? [`nghttpx does not look at secrets after the first ${MOST_LINES}`] : []),
      ...(path === STDIN ? ['standard input has no name: write that of the file into secret_file'] : []),
    ],
  };
}

/** Says nothing of what stands there: it is a secret. */
function problemOf(line: string): string | null {
  if (line.endsWith('\r')) return 'it ends with a carriage return, which nghttpx does not take';
  if (line.length !== DIGITS) return `it has ${line.length} characters instead of ${DIGITS} hex digits`;
  return /^[0-9a-f]*$/i.test(line) ? null : `it has other characters than its ${DIGITS} hex digits`;
}
