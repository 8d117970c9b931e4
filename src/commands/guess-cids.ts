// `quic-top cid --guess FILE`: what the bytes of connection IDs say by themselves, and which scheme they are of.
import { byteEvidence, distinctCids } from '../core/cid/byte-evidence.js';
import { guessScheme } from '../core/cid/guess-scheme.js';
import { UsageError } from '../core/text/errors.js';
import { evidenceLines, verdictLines } from '../ui/capture/table/evidence-text.js';
import { type THEMES, Theme } from '../ui/theme/theme.js';
import { parseCid } from './cid.js';
import { readText } from './read-text.js';

interface GuessOptions {
  /** "-": standard input. */
  path: string;
  json: boolean;
  theme: (typeof THEMES)[number];
}

function* cidsOf(text: string): Generator<Uint8Array> {
  for (const line of text.split('\n')) if (line.trim() !== '') yield parseCid(line.trim());
}

/** Prints what a list of connection IDs, one a line, is made by. @throws QuicTopError */
export async function guessCids({ path, json, theme: choice }: GuessOptions): Promise<void> {
  if (path === '') throw new UsageError('--guess: no file given', 'quic-top cid --guess FILE; "-" is standard input');
  const text = await readText(path, {
    code: 'GUESS',
    verb: 'read',
    shorter: 'a few thousand connection IDs are enough: head -n 5000',
  });
  const cids = distinctCids(cidsOf(text));
  const lengths = byteEvidence(cids);
  const { kind, guesses, text: verdict } = guessScheme(cids);
  if (json) {
    const guessed = guesses.map(({ scheme, parameters, yaml, cids, chance, why }) => ({
      cid_scheme: scheme,
      parameters,
      yaml,
      cids,
      chance,
      why,
    }));
    const evidence = lengths.map(({ firstBits, ...length }) => ({ ...length, first_bits: firstBits }));
    const result = { cids: cids.length, lengths: evidence, verdict: kind, text: verdict, guesses: guessed };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const theme = process.stdout.isTTY ? Theme.of(process.env, choice) : null;
  const lines = [...evidenceLines(lengths, theme), ...verdictLines({ kind, guesses, text: verdict }, theme)];
  process.stdout.write(`${lines.join('\n')}\n`);
}
