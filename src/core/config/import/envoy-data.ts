// What Envoy's configuration is made of: fields, which may be spelled in two ways, and data sources.
import { dirname, resolve } from 'node:path';
import { base64Bytes } from './base64.js';
import { STDIN } from './import-error.js';
import { readSmallFile } from './small-file.js';
import type { SourceValue } from './source-value.js';

/** Bytes of a file with what is at most 18 bytes, or those in base64. */
const MOST_BYTES = 64;
/** What Envoy's config_dump shows in the place of a secret. */
const REDACTED = '[redacted]';

/** A field by its name in the .proto file: JSON and YAML may have it as lowerCamelCase too (protobuf, JSON mapping). */
export function field(value: SourceValue, name: string): SourceValue {
  return value.at(
    name,
    name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
  );
}

const KINDS = ['inline_string', 'inline_bytes', 'filename', 'environment_variable'] as const;

/** An envoy.config.core.v3.DataSource that was not read yet. */
export interface DataSource {
  kind: (typeof KINDS)[number];
  /** What it is given as: a text, base64, a path, the name of a variable. */
  value: SourceValue;
}

/** @throws QuicTopError unless it has one of the four */
export function dataSourceOf(value: SourceValue): DataSource {
  for (const kind of KINDS) {
    const given = field(value, kind);
    if (!given.isAbsent) return { kind, value: given };
  }
  return value.fail(`this must have one of ${KINDS.join(', ')}`);
}

/** The bytes that stand in the text itself; null: they are elsewhere, or were taken out. @throws QuicTopError */
export function inlineBytes({ kind, value }: DataSource): Uint8Array | null {
  if (kind === 'filename' || kind === 'environment_variable') return null;
  const text = value.text();
  const bytes = kind === 'inline_string' ? Buffer.from(text) : base64Bytes(text);
  if (!bytes) return value.fail('inline_bytes must be base64');
  return Buffer.from(bytes).toString() === REDACTED ? null : bytes;
}

/** As inlineBytes, and the bytes of a file that can be read here. Not for keys. Variables are those of Envoy, not ours. */
export function publicBytes(source: DataSource, path: string): Uint8Array | null {
  if (source.kind !== 'filename') return inlineBytes(source);
  return readSmallFile(pathFrom(path, source.value.text()), MOST_BYTES);
}

/** A path that stands in the file `path`: next to it, where it is relative (Envoy knows better, it was started somewhere). */
export function pathFrom(path: string, name: string): string {
  return path === STDIN ? name : resolve(dirname(path), name);
}
