// What the bytes of connection IDs look like, as a strip, and what scheme they are of, for a terminal.
import type { ByteColumn, LengthEvidence } from '../../../core/cid/byte-evidence.js';
import type { Verdict } from '../../../core/cid/guess-scheme.js';
import { HEX } from '../../../core/text/format.js';
import type { Role, Theme } from '../../theme/theme.js';

/** Columns of a byte, and the highest number of values that has room there. */
const CELL = 4;
const MOST_SHOWN = 99;

const ROLES: Record<ByteColumn['kind'], Role> = {
  constant: 'cidVersion',
  few: 'cidBackend',
  counter: 'strong',
  random: 'dim',
  unclear: 'dim',
};

function cellText({ kind, distinct, value }: ByteColumn): string {
  if (kind === 'constant') return HEX[value as number] as string;
  if (kind === 'few') return distinct > MOST_SHOWN ? `>${MOST_SHOWN}` : `x${distinct}`;
  return { counter: '++', random: '..', unclear: '??' }[kind];
}

const MEANINGS: Record<ByteColumn['kind'], string> = {
  constant: 'hex: always this',
  few: 'x8: of 8 values',
  counter: '++ counts',
  random: '.. random',
  unclear: '?? too few to tell',
};

/** A strip over the bytes for each length, and what is in them. @param theme null: without colours */
export function evidenceLines(lengths: readonly LengthEvidence[], theme: Theme | null): string[] {
  const paint = (role: Role, text: string) => theme?.paint(role, text) ?? text;
  const lines = lengths.flatMap(({ length, cids, bytes, firstBits }) => {
    const bits = firstBits ? `; the first ${firstBits.bits} bits are always ${bitsText(firstBits)}` : '';
    const cells = bytes.map((column, i) => {
      const text = cellText(column);
      return paint(ROLES[column.kind], text) + ' '.repeat(i === length - 1 ? 0 : CELL - text.length);
    });
    const numbers = bytes
      .map((_, at) => String(at).padEnd(CELL))
      .join('')
      .trimEnd();
    const title = `${cids} connection ID${cids === 1 ? '' : 's'} of ${length} byte${length === 1 ? '' : 's'}${bits}`;
    return [title, `  ${paint('dim', numbers)}`, `  ${cells.join('')}`];
  });
  const used = new Set(lengths.flatMap(({ bytes }) => bytes.map(({ kind }) => kind)));
  const legend = Object.entries(MEANINGS).flatMap(([kind, text]) =>
    used.has(kind as ByteColumn['kind']) ? [text] : [],
  );
  return legend.length > 0 ? [...lines, `  ${paint('dim', legend.join(', '))}`] : lines;
}

const bitsText = ({ bits, value }: { bits: number; value: number }) => value.toString(2).padStart(bits, '0');

/** The guesses, each with what to paste; or why there is none. @param theme null: without colours */
export function verdictLines({ guesses, text }: Verdict, theme: Theme | null): string[] {
  const strong = (line: string) => theme?.paint('strong', line) ?? line;
  if (guesses.length === 0) return [strong(text)];
  const lines = guesses.flatMap(({ yaml, why, cids }) => [`  # ${cids} connection IDs: ${why}`, strong(`  ${yaml}`)]);
  return ['schemes:', ...lines];
}
