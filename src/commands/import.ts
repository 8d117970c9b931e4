// `quic-top import KIND FILE`: our configuration from that of another software. Needs neither root nor an interface.
import { resolve } from 'node:path';
import { configText, IMPORTERS } from '../core/config/import/index.js';
import { UsageError } from '../core/text/errors.js';
import { readText, STDIN } from './read-text.js';

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
  const text = await readText(path, { code: 'IMPORT', verb: 'import', shorter: 'give it the part that is about QUIC' });
  return configText(importer.read(text, path === STDIN ? STDIN : resolve(path)));
}
