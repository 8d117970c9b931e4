// `quic-top import KIND FILE`: our configuration from that of another software. Needs neither root nor an interface.
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { configText, IMPORTERS } from '../core/config/import/index.js';
import { bytesOf } from '../core/text/bytes-text.js';
import { QuicTopError, UsageError } from '../core/text/errors.js';

const STDIN = '-';
/** Bytes of a text. */
const MOST = 16 * 2 ** 20;

/**
 * The configuration as YAML.
 *
 * @param path "-": standard input
 * @throws QuicTopError
 */
export async function runImport(kind: string, path: string): Promise<string> {
  const importer = IMPORTERS.find((each) => each.kind === kind);
  if (!importer) {
    const known = IMPORTERS.map((each) => each.kind).join(', ');
    throw new UsageError(`import: "${kind}" is none of ${known}`, 'quic-top import envoy /etc/envoy/envoy.yaml');
  }
  if (path === '') throw new UsageError('import: no file given', `quic-top import ${kind} FILE; "-" is standard input`);
  const text = await readText(path);
  return configText(importer.read(text, path === STDIN ? STDIN : resolve(path)));
}

/** All of a file, a pipe or standard input. */
async function readText(path: string): Promise<string> {
  const name = path === STDIN ? 'standard input' : path;
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of path === STDIN ? process.stdin : createReadStream(bytesOf(path))) {
      parts.push(part);
      size += part.length;
      if (size > MOST)
        throw new QuicTopError(
          'IMPORT',
          `cannot import ${name}: it is longer than ${MOST >> 20} MiB`,
          'give it the part that is about QUIC',
        );
    }
  } catch (error) {
    throw readError(error, name);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new QuicTopError(
      'IMPORT',
      `cannot import ${name}: it is not text (UTF-8)`,
      'give it the file itself, not packed',
    );
  }
}

/** An error of the operating system in words; any other is returned as it is. */
function readError(error: unknown, name: string): unknown {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const [, reason = code] = /^\w+: ([^,]*)/.exec(message) ?? [];
  return new QuicTopError(
    code,
    `cannot read ${name}: ${reason} (${code})`,
    'name a file that you may read, or "-" for standard input',
  );
}
