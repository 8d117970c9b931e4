// An imported configuration as YAML, in the form that --config reads.
import { Document, isCollection, isMap, isScalar, isSeq, Scalar, visit } from 'yaml';
import { printable, wrap } from '../../text/format.js';
import type { ImportedConfig } from './imported-config.js';

/** Columns of a comment. */
const WIDTH = 100;
/** What a terminal or an editor could take for something else than text, line breaks apart. */
const UNSAFE = /(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu;

/** YAML with the notes as comments above it; ends with a line break. Safe to print, whatever is in it. */
export function configText({ ports, schemes, servers, notes }: ImportedConfig): string {
  const document = new Document(
    { ...(ports && ports.length > 0 ? { ports } : {}), schemes, ...(servers.length > 0 ? { servers } : {}) },
    { aliasDuplicateObjects: false },
  );
  for (const key of ['ports', 'schemes', 'servers']) flatten(document.get(key), key === 'ports');
  visit(document, (_, node) => {
    // Only quotation marks allow escapes.
    const isText = isScalar(node) && typeof node.value === 'string';
    if (isText && String(node.value).search(UNSAFE) >= 0) node.type = Scalar.QUOTE_DOUBLE;
  });
  const yaml = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return [...notes.flatMap(commentLines), yaml.replace(UNSAFE, escaped)].join('');
}

/** One line for each entry of a list, or for all of it. */
function flatten(list: unknown, wholly: boolean): void {
  if (!isSeq(list)) return;
  list.flow = wholly;
  for (const item of list.items) {
    // A scheme is a mapping of one key: its parameters go into the line.
    const [pair] = isMap(item) ? item.items : [];
    const parameters = isMap(item) && item.items.length === 1 && isCollection(pair?.value) ? pair.value : item;
    if (isCollection(parameters)) parameters.flow = true;
  }
}

/** A note: its lines are wrapped, but those that begin with two spaces are commands, to be copied as they are. */
function commentLines(note: string): string[] {
  const lines = note.split('\n').map(printable);
  return lines.flatMap((line) => (line.startsWith('  ') ? [line] : wrap(line, WIDTH))).map((line) => `# ${line}\n`);
}

function escaped(character: string): string {
  const digits = (character.codePointAt(0) as number).toString(16);
  return digits.length > 4 ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}
