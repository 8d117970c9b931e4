// YAML and JSON of other software as values that know their place. Nothing that stands in a text gets into an error.
import { type Document, isAlias, LineCounter, parseAllDocuments, visit } from 'yaml';
import { importError } from './import-error.js';
import { SourceValue } from './source-value.js';

/** Characters of YAML: reading them takes microseconds and a hundred bytes each. Of JSON, all that is read from a file. */
const MOST_YAML = 2 * 2 ** 20;
/** Aliases of a document, and how often what they stand for may be repeated: a few lines could otherwise fill memory. */
const MOST_ALIASES = 1000;
const MOST_REPETITIONS = 100;

/**
 * The documents of a text. Scalars of YAML are texts, whatever they look like: `0123` is no number for these programs.
 *
 * @param next what to do about errors
 * @throws QuicTopError
 */
export function readDocuments(text: string, path: string, next: string): SourceValue[] {
  const json = /^\s*[[{]/.test(text) ? parsedJson(text) : undefined;
  if (json !== undefined) return [new SourceValue(json, { path, next, yaml: null })];
  if (text.length > MOST_YAML) throw importError(path, '', `this is more than ${MOST_YAML >> 20} MiB of YAML`, next);
  const lines = new LineCounter();
  const documents = parsedYaml(text, lines, path, next);
  if (documents.length === 0) throw importError(path, '', 'nothing is in it', next);
  return documents.map((document) => {
    const [error] = document.errors;
    if (error) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw importError(path, `line ${line}, column ${col}`, `this is not YAML (${error.code})`, next);
    }
    return new SourceValue(plain(document, path, next), { path, next, yaml: { document, lines } });
  });
}

/** A text that must be JSON. @throws QuicTopError */
export function readJson(text: string, path: string, next: string): SourceValue {
  try {
    return new SourceValue(JSON.parse(text), { path, next, yaml: null });
  } catch (error) {
    // The message repeats a piece of the text: only the position is taken from it.
    const [, position] = /position (\d+)/.exec(String(error)) ?? [];
    const line = position === undefined ? '' : `line ${text.slice(0, Number(position)).split('\n').length}`;
    throw importError(path, line, text.trim() === '' ? 'nothing is in it' : 'this is not JSON', next);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parsedYaml(text: string, lineCounter: LineCounter, path: string, next: string): Document.Parsed[] {
  try {
    const parsed = parseAllDocuments(text, {
      schema: 'failsafe',
      merge: true, // h2o's own examples use <<
      uniqueKeys: false, // looks at all keys for each
      prettyErrors: false, // show the text
      logLevel: 'silent',
      lineCounter,
    });
    return 'empty' in parsed ? [] : parsed;
  } catch {
    throw importError(path, '', 'this is YAML that nobody writes by hand: it is nested too deeply', next);
  }
}

/** The document in arrays and objects. @throws QuicTopError */
function plain(document: Document, path: string, next: string): unknown {
  let aliases = 0;
  visit(document, (_, node) => {
    if (isAlias(node)) aliases++;
  });
  try {
    if (aliases <= MOST_ALIASES) return document.toJS({ maxAliasCount: MOST_REPETITIONS });
  } catch {
    // There are few, and they stand for too much.
  }
  throw importError(path, '', 'its aliases (*name) stand for nothing, or for too much', next);
}
