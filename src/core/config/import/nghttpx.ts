// Import of nghttpx: the file that --frontend-quic-secret-file names. It is checked, and referred to.
import { nghttpxKeys } from '../../cid/scheme-keys.js';
import { importError, STDIN } from './import-error.js';
import type { ImportedConfig } from './imported-config.js';

const NEXT = 'give it the file that --frontend-quic-secret-file of nghttpx names';

/** For a text that came without a name. */
const SOME_FILE = '/etc/nghttpx/quic-secret';

/** @throws QuicTopError with the line that nghttpx would refuse */
export function readNghttpx(text: string, path: string): ImportedConfig {
  try {
    nghttpxKeys(text);
  } catch (error) {
    if (error instanceof RangeError) throw importError(path, '', error.message, NEXT);
    throw error;
  }
  return {
    schemes: [{ nghttpx: { secret_file: path === STDIN ? SOME_FILE : path } }],
    servers: [],
    notes: [
      'nghttpx takes its server id from --quic-server-id (8 hex digits); without that option it is random, and another one after each start and reload. Add the servers by hand:\n  servers: [{id: "0x0a0b0c0d", name: edge-1}]',
      ...(path === STDIN ? ['standard input has no name: write that of the file into secret_file'] : []),
    ],
  };
}
