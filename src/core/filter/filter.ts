// The display filter: text to a predicate over packets. No string is built for a packet's record.
import type { DecodedOf } from '../quic/decoded.js';
import type { RecordView } from '../recorder/record.js';
import { compile } from './compile.js';
import { parse } from './parser.js';

export interface Filter {
  /** As typed, trimmed; empty for "everything". */
  readonly text: string;
  /** It looks at what only a decoded packet tells: sni, alpn, ja4, trust, issues of the decoder. */
  readonly needsDecoded: boolean;
  /** `decodedOf` is asked only when needed. */
  matches(view: RecordView, decodedOf: DecodedOf): boolean;
}

export const MATCH_ALL: Filter = { text: '', needsDecoded: false, matches: () => true };

/** Compiles an expression of the language in docs/filter.md; an empty one is MATCH_ALL. @throws FilterError */
export function compileFilter(text: string): Filter {
  const tree = parse(text);
  if (!tree) return MATCH_ALL;
  const { test, needsDecoded } = compile(tree);
  return { text: text.trim(), needsDecoded, matches: test };
}

/** The same, of packets with a long header alone. */
export function longOnly({ text, needsDecoded, matches }: Filter): Filter {
  return { text, needsDecoded, matches: (view, decodedOf) => !view.isShort && matches(view, decodedOf) };
}
