// The encryption parameters of Envoy's quic_lb: which configuration they belong to, and where their key is. Never the key.
import { type DataSource, dataSourceOf, field, inlineBytes, pathFrom, publicBytes } from './envoy-data.js';
import { quoted } from './imported-config.js';
import { readDocuments } from './read-source.js';
import { readSmallFile } from './small-file.js';
import type { SourceValue } from './source-value.js';

const KEY_BYTES = 16;
/** Bytes of a file with secrets. */
const MOST_FILE = 2 ** 20;
/** Configuration ids are below this; 0b111 marks connection IDs that are for nobody (QUIC-LB, section Config Rotation). */
const CONFIGURATIONS = 7;

const NEXT =
  "in a secret of quic_lb are encryption_key (16 bytes) and configuration_version (one): Envoy's quic_lb.proto";

/** Everything in a text that has the name of a secret, by that name. */
export type Secrets = ReadonlyMap<string, SourceValue>;

export interface EncryptionParameters {
  /** Null: it is not known here. */
  configId: number | null;
  /** Where Envoy has its key from; null: that is not known here. */
  key: DataSource | null;
  /** Where the secret would be, if it is not known here. */
  elsewhere: string | null;
}

/** Every mapping in these documents, in their order. An alias is visited once. */
export function* mappingsIn(roots: readonly SourceValue[]): Generator<SourceValue> {
  const seen = new Set<unknown>();
  const ahead = [...roots].reverse();
  for (let value = ahead.pop(); value; value = ahead.pop()) {
    if ((!value.isMapping && !value.isList) || seen.has(value.value)) continue;
    seen.add(value.value);
    if (value.isMapping) yield value;
    const inside = value.isList ? value.items() : value.entries().map(([, each]) => each);
    for (let i = inside.length - 1; i >= 0; i--) ahead.push(inside[i] as SourceValue);
  }
}

/** Static secrets of a bootstrap, and those of a file for SDS (extensions.transport_sockets.tls.v3.Secret). */
export function secretsIn(roots: readonly SourceValue[]): Map<string, SourceValue> {
  const secrets = new Map<string, SourceValue>();
  for (const mapping of mappingsIn(roots)) {
    const secret = field(mapping, 'generic_secret');
    const { value: name } = field(mapping, 'name');
    if (secret.isMapping && typeof name === 'string') secrets.set(name, field(secret, 'secrets'));
  }
  return secrets;
}

/**
 * The secret that a SdsSecretConfig names: in the text itself, or in the file that it gives.
 *
 * @param path of the text
 * @throws QuicTopError
 */
export function readEncryption(config: SourceValue, secrets: Secrets, path: string): EncryptionParameters {
  const name = field(config, 'name').text();
  const here = secrets.get(name);
  if (here) return parametersOf(here, path);
  const sds = field(config, 'sds_config');
  const fileName = [field(field(sds, 'path_config_source'), 'path'), field(sds, 'path')].find((each) => !each.isAbsent);
  if (!fileName) {
    if (sds.isAbsent) field(config, 'name').fail('no static secret has this name', NEXT);
    return { configId: null, key: null, elsewhere: `the secret ${quoted(name)} comes from an SDS server` };
  }
  const file = pathFrom(path, fileName.text());
  const bytes = readSmallFile(file, MOST_FILE);
  if (!bytes)
    return {
      configId: null,
      key: null,
      elsewhere: `the secret ${quoted(name)} is in ${quoted(file)}, which cannot be read here`,
    };
  const there = secretsIn(readDocuments(bytes.toString(), file, NEXT)).get(name);
  if (!there) return fileName.fail('no secret in that file has this name', NEXT);
  return parametersOf(there, file);
}

/** @param secrets the field of GenericSecret @param path of the text that has it */
function parametersOf(secrets: SourceValue, path: string): EncryptionParameters {
  const key = dataSourceOf(secrets.at('encryption_key'));
  const bytes = inlineBytes(key);
  if (bytes && bytes.length !== KEY_BYTES) {
    key.value.fail(`a key of AES-128 has ${KEY_BYTES} bytes, this has ${bytes.length}`, NEXT);
  }
  const version = dataSourceOf(secrets.at('configuration_version'));
  const number = publicBytes(version, path);
  if (!number) return { configId: null, key, elsewhere: 'configuration_version is not in the text' };
  const [configId = CONFIGURATIONS] = number;
  if (number.length !== 1 || configId >= CONFIGURATIONS) {
    version.value.fail(
      `configuration_version must be one byte below ${CONFIGURATIONS} (inline_bytes: AA== is 0)`,
      NEXT,
    );
  }
  return { configId, key, elsewhere: null };
}

/** What a command may have of a stranger's text. */
const isPlain = (word: string) => /^[\w/.@+][\w/.@+-]*$/.test(word);

/** Says how the key gets into `keyFile`, with the commands for it, and without the key. */
export function keyNote(keyFile: string, key: DataSource | null): string {
  const toHex = `od -An -v -tx1 | tr -cd 0-9a-f > ${keyFile}`;
  const word = key?.kind === 'filename' && isPlain(key.value.text()) ? key.value.text() : 'FILE';
  const commands = {
    inline_string: [`head -c ${KEY_BYTES} | ${toHex}`, 'type the inline_string of encryption_key, then Enter'],
    inline_bytes: [`head -n 1 | base64 -d | ${toHex}`, 'type the inline_bytes of encryption_key, then Enter'],
    filename: [`cat ${word} | ${toHex}`, 'that file holds the 16 bytes of encryption_key'],
    environment_variable: [`cat > ${keyFile}`, "type the 16 bytes of that variable of Envoy's in hex, then Ctrl-D"],
    unknown: [`cat > ${keyFile}`, 'type the 32 hex digits of encryption_key, then Ctrl-D'],
  }[key?.kind ?? 'unknown'] as [command: string, what: string];
  return [
    `the key is not printed: write it as 32 hex digits into ${keyFile}, which only its owner may read. As root:`,
    `  install -D -m 600 /dev/null ${keyFile}`,
    `  ${commands[0]}`,
    `(${commands[1]})`,
  ].join('\n');
}
