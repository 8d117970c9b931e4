// A value in a YAML or JSON document of another software, read with suspicion: everything in it may be of any type.
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import { importError } from './import-error.js';

export interface Source {
  path: string;
  /** What to do about an error that says nothing better. */
  next: string;
  /** Null: it was read without lines (JSON). */
  yaml: { document: Document; lines: LineCounter } | null;
}

type Key = string | number;

/** Keys that an error shows, and characters of each. */
const MOST_KEYS = 8;
const MOST_CHARACTERS = 60;

/** A value, and where it stands. Scalars of YAML are texts; an empty one is absent. */
export class SourceValue {
  constructor(
    readonly value: unknown,
    private readonly source: Source,
    private readonly parent: SourceValue | null = null,
    private readonly key: Key = '',
  ) {}

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null || this.value === '';
  }

  get isMapping(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  /** The first of these keys that a mapping has; absent in what is absent. @throws QuicTopError if it is no mapping */
  at(...keys: readonly [string, ...string[]]): SourceValue {
    if (!this.isAbsent && !this.isMapping) this.fail('this must be a mapping');
    // Own keys only: a text may well ask for __proto__.
    const key = keys.find((each) => !this.isAbsent && Object.hasOwn(this.value as object, each));
    const value = key === undefined ? undefined : (this.value as Record<string, unknown>)[key];
    return new SourceValue(value, this.source, this, key ?? keys[0]);
  }

  /** What a list holds; nothing of what is absent. @throws QuicTopError if it is no list */
  items(): SourceValue[] {
    if (this.isAbsent) return [];
    if (!this.isList) this.fail('this must be a list');
    return (this.value as unknown[]).map((value, i) => new SourceValue(value, this.source, this, i));
  }

  /** What a mapping holds; nothing of what is absent. @throws QuicTopError if it is no mapping */
  entries(): [key: string, value: SourceValue][] {
    if (this.isAbsent) return [];
    if (!this.isMapping) this.fail('this must be a mapping');
    return Object.entries(this.value as object).map(([key, value]) => [
      key,
      new SourceValue(value, this.source, this, key),
    ]);
  }

  /** @throws QuicTopError if it is not one scalar */
  text(): string {
    if (typeof this.value === 'string') return this.value;
    if (typeof this.value === 'number' || typeof this.value === 'boolean') return String(this.value);
    this.fail(this.isAbsent ? 'this is missing' : 'this must be a text');
  }

  /** @throws QuicTopError unless it is a whole number in decimal between these, both included */
  wholeNumber(least: number, most: number): number {
    const text = this.text();
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= least && number <= most)) this.fail(`this must be a whole number from ${least} to ${most}`);
    return number;
  }

  /** False when it is absent. @throws QuicTopError unless it is true or false */
  flag(): boolean {
    const text = this.isAbsent ? 'false' : this.text();
    if (text !== 'true' && text !== 'false') this.fail('this must be true or false');
    return text === 'true';
  }

  /** @throws QuicTopError always, with the place of this value */
  fail(what: string, next = this.source.next): never {
    const line = this.line();
    const keys = this.keyText();
    const parts = [...(line === null ? [] : [`line ${line}`]), ...(keys === '' ? [] : [keys])];
    throw importError(this.source.path, parts.join(', '), what, next);
  }

  private keys(): Key[] {
    const keys: Key[] = [];
    for (let value: SourceValue = this; value.parent; value = value.parent) keys.push(value.key);
    return keys.reverse();
  }

  private keyText(): string {
    const keys = this.keys();
    const shown = keys.slice(-MOST_KEYS).map((key) => (typeof key === 'number' ? `[${key}]` : `.${cut(key)}`));
    return (keys.length > MOST_KEYS ? '...' : '') + shown.join('').replace(/^\./, '');
  }

  /** Line (from 1) of this value, or of the last thing around it that stands in the text; null where lines are not known. */
  private line(): number | null {
    if (!this.source.yaml) return null;
    const { document, lines } = this.source.yaml;
    let found: Node | null = document.contents;
    for (const key of this.keys()) {
      const next = childOf(isAlias(found) ? (found.resolve(document) ?? null) : found, key);
      if (!next) break;
      found = next;
    }
    return found?.range ? lines.linePos(found.range[0]).line : null;
  }
}

const cut = (text: string) => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}...` : text);

function childOf(node: Node | null, key: Key): Node | null {
  if (isSeq(node)) return (node.items[key as number] as Node | undefined) ?? null;
  if (!isMap(node)) return null;
  const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === key);
  return (pair?.value as Node | null | undefined) ?? null;
}
