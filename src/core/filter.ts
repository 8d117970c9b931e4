// The display filter: text to a predicate over records. No string is built for a packet.
import { LIMITS, RECORD } from './abi.gen.js';
import { UsageError } from './errors.js';
import type { RecordView } from './record.js';

export type Predicate = (view: RecordView) => boolean;

export const MATCH_ALL: Predicate = () => true;

const HELP = 'write a DCID in hex (or its beginning), dcid == HEX, or backend == N';

/** Whether the record's CID at `offset` starts with `prefix`, or is it when `whole`. */
function cidMatches(view: RecordView, offset: number, length: number, prefix: Uint8Array, whole: boolean): boolean {
  if (whole ? length !== prefix.length : length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (view.bytes[offset + i] !== prefix[i]) return false;
  return true;
}

function parseHex(text: string): Uint8Array {
  const digits = text.replaceAll(':', '').replaceAll(' ', '');
  if (!/^([0-9a-f]{2})+$/i.test(digits)) {
    throw new UsageError(`filter: "${text}" is not a connection ID in hex (two digits for each byte)`, HELP);
  }
  if (digits.length > 2 * LIMITS.CID_MAX) {
    throw new UsageError(`filter: a connection ID is kept up to its first ${LIMITS.CID_MAX} bytes`, HELP);
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * Compiles a filter: empty (everything), `backend == N`, `dcid == HEX`, or bare hex digits, which mean "a DCID that
 * starts with it". @throws UsageError that says what was expected
 */
export function compileFilter(text: string): Predicate {
  const expression = text.trim();
  if (expression === '') return MATCH_ALL;
  const comparison = /^(\w+)\s*==\s*(.+)$/.exec(expression);
  if (!comparison) {
    const prefix = parseHex(expression);
    return (view) => cidMatches(view, RECORD.dcid, view.dcidLength, prefix, false);
  }
  const [, field, value] = comparison as unknown as [string, string, string];
  if (field === 'dcid') {
    const dcid = parseHex(value);
    return (view) => cidMatches(view, RECORD.dcid, view.dcidLength, dcid, true);
  }
  if (field === 'backend') {
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65535) {
      throw new UsageError(`filter: backend "${value}" is not a number from 0 to 65535`, HELP);
    }
    const backend = Number(value);
    return (view) => view.backend === backend;
  }
  throw new UsageError(`filter: unknown field "${field}"`, HELP);
}
