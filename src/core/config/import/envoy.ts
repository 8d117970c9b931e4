// Import of Envoy: a bootstrap, a listener or a config_dump that makes connection IDs by quic_lb.
import { base64Bytes } from './base64.js';
import { dataSourceOf, field, publicBytes } from './envoy-data.js';
import { keyNote, mappingsIn, readEncryption, type Secrets, secretsIn } from './envoy-secret.js';
import { importError } from './import-error.js';
import { type ImportedConfig, isHostAddress, quoted, ServerList } from './imported-config.js';
import { readDocuments } from './read-source.js';
import type { SourceValue } from './source-value.js';

const NEXT = 'envoy --mode validate -c FILE says what Envoy thinks of it';

/** The message that configures the generator (api/envoy/extensions/quic/connection_id_generator/quic_lb/v3/quic_lb.proto). */
const TYPE = 'envoy.extensions.quic.connection_id_generator.quic_lb.v3.Config';
/** Bytes of nonces, and of server id and nonce together (that file, and Factory::create of quic_lb.cc). */
const [LEAST_NONCE, MOST_NONCE, MOST_TOGETHER] = [4, 16, 18];
/** The variable of the AWS Load Balancer Controller, whose length is known without Envoy's environment. */
const AWS_VARIABLE = { name: 'AWS_LBC_QUIC_SERVER_ID', bytes: 8 };

/** Where keys go: a file for each secret. */
const keyFileOf = (i: number) => `/etc/quic-top/envoy${i === 0 ? '' : `-${i + 1}`}.key`;

interface Generator {
  serverIdLength: number;
  nonceLength: number;
  /** In hex; null: it is not known here. */
  serverId: string | null;
  unencrypted: boolean;
  notes: string[];
}

/**
 * Envoy's YAML or JSON. Other documents behind `---`, such as a file for SDS, may follow it. No key is printed.
 *
 * @throws QuicTopError with its line
 */
export function readEnvoy(text: string, path: string): ImportedConfig {
  const roots = readDocuments(text, path, NEXT);
  const listeners = quicListeners(roots);
  const secrets = secretsIn(roots);
  const servers = new ServerList(path);
  const schemes = new Map<string, Record<string, object>>();
  const keyFiles: string[] = [];
  const notes = new Set<string>();
  for (const { config, addresses } of listeners) {
    if (!config) continue;
    const generator = readGenerator(config, path);
    const scheme = schemeOf(generator, config, { secrets, path, keyFiles, notes });
    schemes.set(JSON.stringify(scheme), { envoy: scheme });
    for (const note of generator.notes) notes.add(note);
    if (generator.serverId === null) continue;
    servers.add(generator.serverId);
    for (const address of addresses) servers.add(generator.serverId, undefined, address);
  }
  if (schemes.size === 0) throw nothingFound(path, listeners.length > 0);
  const { all } = servers;
  if (all.length === 1) notes.add(`this is the configuration of one server: on its host, add here: "${all[0]?.id}"`);
  const ports = [...new Set(listeners.flatMap((each) => each.ports))];
  return { ...(ports.length > 0 ? { ports } : {}), schemes: [...schemes.values()], servers: all, notes: [...notes] };
}

function nothingFound(path: string, isQuic: boolean) {
  return isQuic
    ? importError(
        path,
        '',
        'its QUIC listeners have no connection_id_generator_config of quic_lb',
        'nothing is to be imported: connection IDs of Envoy without quic_lb name no server',
      )
    : importError(
        path,
        '',
        'no QUIC listener is in it (udp_listener_config with quic_options)',
        'give it envoy.yaml, one of its listeners, or what curl localhost:9901/config_dump prints',
      );
}

interface Listener {
  ports: number[];
  addresses: string[];
  /** Of quic_lb; null: its connection IDs are made otherwise. */
  config: SourceValue | null;
}

/** Wherever they are: in static_resources, in a file of its own for LDS, in a config_dump. */
function quicListeners(roots: readonly SourceValue[]): Listener[] {
  const listeners: Listener[] = [];
  for (const mapping of mappingsIn(roots)) {
    const udp = field(mapping, 'udp_listener_config');
    if (!udp.isMapping) continue;
    const quic = field(udp, 'quic_options');
    if (quic.value === undefined) continue; // plain UDP
    const config = field(field(quic, 'connection_id_generator_config'), 'typed_config');
    const type = config.at('@type').value;
    const isQuicLb = typeof type === 'string' && type.split('/').at(-1) === TYPE;
    listeners.push({ ...socketsOf(mapping), config: isQuicLb ? config : null });
  }
  return listeners;
}

function socketsOf(listener: SourceValue): { ports: number[]; addresses: string[] } {
  const more = field(listener, 'additional_addresses').items();
  const sockets = [listener, ...more].map((each) => field(field(each, 'address'), 'socket_address'));
  const ports = sockets.map((each) => field(each, 'port_value')).filter((each) => !each.isAbsent);
  const addresses = sockets.map((each) => field(each, 'address')).filter((each) => !each.isAbsent);
  return {
    ports: ports.map((each) => each.wholeNumber(0, 65535)).filter((port) => port > 0),
    addresses: addresses.map((each) => each.text()).filter(isHostAddress),
  };
}

/** @param config of TYPE */
function readGenerator(config: SourceValue, path: string): Generator {
  // Older versions have the longer name.
  const unencrypted = ['unencrypted_mode', 'unsafe_unencrypted_testing_mode'].some((name) =>
    field(config, name).flag(),
  );
  const nonceLength = field(config, 'nonce_length_bytes').wholeNumber(LEAST_NONCE, MOST_NONCE);
  const expected = field(config, 'expected_server_id_length');
  const expectedLength = expected.isAbsent ? 0 : expected.wholeNumber(0, MOST_TOGETHER);
  const { bytes, length: known, note } = readServerId(config, path);
  const serverIdLength = known ?? expectedLength;
  const serverId = field(config, 'server_id');
  if (serverIdLength === 0) {
    serverId.fail('the server id is not in this text, nor its length', 'add expected_server_id_length to a copy of it');
  }
  if (expectedLength > 0 && expectedLength !== serverIdLength) {
    expected.fail(`server_id has ${serverIdLength} bytes instead of ${expectedLength}`);
  }
  if (serverIdLength + nonceLength > MOST_TOGETHER) {
    serverId.fail(`its ${serverIdLength} bytes and ${nonceLength} of the nonce are more than ${MOST_TOGETHER}`);
  }
  return {
    serverIdLength,
    nonceLength,
    serverId: bytes && `0x${Buffer.from(bytes).toString('hex')}`,
    unencrypted,
    notes: note === null ? [] : [note],
  };
}

/** Its bytes and length, as far as they are known here. */
function readServerId(
  config: SourceValue,
  path: string,
): { bytes: Uint8Array | null; length: number | null; note: string | null } {
  const source = dataSourceOf(field(config, 'server_id'));
  const given = publicBytes(source, path);
  if (!given) {
    const name = source.value.text();
    const where =
      source.kind === 'environment_variable' ? `in the variable ${quoted(name)} of Envoy` : `not here (${source.kind})`;
    const note = `the server id is ${where}: add the servers by hand, or those of a load balancer of AWS by quic-top import aws`;
    const length = name === AWS_VARIABLE.name ? AWS_VARIABLE.bytes : null;
    return { bytes: null, length, note };
  }
  const isBase64 = field(config, 'server_id_base64_encoded').flag();
  const bytes = isBase64 ? base64Bytes(Buffer.from(given).toString()) : given;
  if (!bytes) return source.value.fail('server_id_base64_encoded is set, and this is not base64');
  if (bytes.length === 0) source.value.fail('a server id has one byte at least');
  return { bytes, length: bytes.length, note: null };
}

interface Context {
  secrets: Secrets;
  path: string;
  /** Names of the secrets that have a key file, in its order. */
  keyFiles: string[];
  notes: Set<string>;
}

/** The parameters of a scheme; says in notes what is left to do. */
function schemeOf(generator: Generator, config: SourceValue, { secrets, path, keyFiles, notes }: Context): object {
  const encryption = field(config, 'encryption_parameters');
  const { configId, key, elsewhere } = readEncryption(encryption, secrets, path);
  if (configId === null) notes.add(`config_id 0 is a guess, ${elsewhere}: write its configuration_version there`);
  const scheme = {
    config_id: configId ?? 0,
    server_id_length: generator.serverIdLength,
    nonce_length: generator.nonceLength,
  };
  if (generator.unencrypted) return scheme;
  const name = field(encryption, 'name').text();
  if (!keyFiles.includes(name)) keyFiles.push(name);
  const keyFile = keyFileOf(keyFiles.indexOf(name));
  notes.add(keyNote(keyFile, key));
  return { ...scheme, key_file: keyFile };
}
