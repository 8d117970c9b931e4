// The configuration: what a person writes down about their servers, for every run (YAML; docs/configuration.md).
import { dirname, resolve } from 'node:path';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parse,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type CidReading, type ConfiguredScheme, readingOf } from '../cid/reading.js';
import { keyOf } from '../cid/scheme-keys.js';
import { ALL_SCHEMES, type CidScheme, type Given, type Parameter, requiredOf } from '../cid/schemes.js';
import { type ServerId, serverIdOf } from '../cid/server-id.js';
import { LIMITS } from '../native/abi.gen.js';
import { UsageError } from '../text/errors.js';
import { parseAddress } from './address.js';
import { readOwnFile } from './own-file.js';

/** Bytes of a configuration, of a key file: what is larger is another file. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_KEY_BYTES = 64 * 2 ** 10;
export const MOST_SERVERS = 100_000;
/** Characters of a server's name. */
export const MOST_NAME = 63;
const MOST_PORT = 65_535;
/** What the parser takes for a program gone wild. */
const TOO_DEEP = 'it is nested too deeply';

/** A server as the configuration has it. */
export interface Server {
  id: ServerId;
  /** Null: it has none. */
  name: string | null;
  addresses: readonly string[];
}

export interface Config {
  /** Null: it does not say. */
  ports: readonly number[] | null;
  /** Null: it does not say. */
  cids: CidReading | null;
  servers: readonly Server[];
  /** The id of this host. */
  here: ServerId | null;
}

export const NO_CONFIG: Config = { ports: null, cids: null, servers: [], here: null };

/** Reads and checks a configuration and the key files that it names. @throws UsageError, with line and column */
export function readConfig(path: string): Config {
  const file = readOwnFile(path, { what: 'the configuration', most: MOST_BYTES, isSecret: false });
  return new ConfigReader(path, file).read();
}

type Value = Node | null;

class ConfigReader {
  private readonly lines = new LineCounter();

  constructor(
    private readonly path: string,
    private readonly text: string,
  ) {}

  read(): Config {
    const document = this.parse();
    const [problem] = document.errors;
    if (problem && /call stack/.test(problem.message)) this.fail(0, TOO_DEEP);
    if (problem) this.fail(problem.pos[0], problem.message.replace(/\s+/g, ' '));
    const config: { -readonly [K in keyof Config]: Config[K] } = { ...NO_CONFIG };
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === null)) return config;
    let schemes: YAMLSeq | null = null;
    for (const [key, value, at] of this.entries(contents as Node, 'the configuration')) {
      if (key === 'ports') config.ports = this.ports(value);
      else if (key === 'schemes') schemes = this.list(value, 'schemes');
      else if (key === 'servers') config.servers = this.servers(value);
      else if (key === 'here') config.here = this.serverId(value);
      else this.fail(at, `"${key}" is not known here`, 'known are ports, schemes, servers, here');
    }
    if (schemes) config.cids = this.reading(schemes);
    return config;
  }

  private parse() {
    const options = {
      lineCounter: this.lines,
      intAsBigInt: true,
      prettyErrors: false,
      uniqueKeys: false, // entries() looks, in less time
      logLevel: 'silent',
    } as const;
    try {
      return parseDocument(this.text, options);
    } catch (error) {
      if (error instanceof RangeError) return this.fail(0, TOO_DEEP);
      throw error;
    }
  }

  private fail(at: Value | number, problem: string, hint = 'correct it; docs/configuration.md has an example'): never {
    const offset = typeof at === 'number' ? at : (at?.range?.[0] ?? 0);
    const { line, col } = this.lines.linePos(offset);
    throw new UsageError(`${this.path}:${line || 1}:${col || 1}: ${problem}`, hint);
  }

  /** Key, value and the place of the key of each entry. */
  private entries(node: Value, what: string): [key: string, value: Value, at: Value][] {
    if (!isMap(node)) this.fail(node, `${what} is not a mapping like {key: value}`);
    const seen = new Set<string>();
    return (node as YAMLMap).items.map((item) => {
      const { key, value } = item as Pair<Value, Value>;
      const name = isScalar(key) ? String(key.value) : '';
      if (seen.has(name)) this.fail(key, `"${name}" stands here twice`);
      seen.add(name);
      if (isAlias(value)) this.fail(value, 'aliases (*name) are not read here: write it out');
      return [name, value, key];
    });
  }

  private list(node: Value, what: string): YAMLSeq {
    if (!isSeq(node)) this.fail(node, `${what} is not a list like [one, another]`);
    for (const item of (node as YAMLSeq).items) {
      if (isAlias(item)) this.fail(item, 'aliases (*name) are not read here: write it out');
    }
    return node as YAMLSeq;
  }

  private scalar(node: Value): unknown {
    return isScalar(node) ? (node as Scalar).value : undefined;
  }

  private integer(node: Value, least: number, most: number, help: string): number {
    const value = this.scalar(node);
    if (typeof value === 'bigint' && value >= BigInt(least) && value <= BigInt(most)) return Number(value);
    return this.fail(node, `${this.shown(node)}: it must be ${help}`);
  }

  private string(node: Value, help: string): string {
    const value = this.scalar(node);
    if (typeof value === 'string' && value !== '') return value;
    return this.fail(node, `${this.shown(node)}: it must be ${help}`);
  }

  /** What stands there, for an error. */
  private shown(node: Value): string {
    const [from, to] = node?.range ?? [0, 0];
    const text = this.text.slice(from, Math.min(to, from + 40));
    return text === '' ? 'nothing' : `"${text}"`;
  }

  private ports(node: Value): number[] {
    const ports = this.list(node, 'ports').items.map((item) =>
      this.integer(item as Value, 1, MOST_PORT, 'a UDP port from 1 to 65535'),
    );
    if (ports.length === 0) this.fail(node, 'ports is empty');
    return [...new Set(ports)].sort((a, b) => a - b);
  }

  private servers(node: Value): Server[] {
    const { items } = this.list(node, 'servers');
    if (items.length > MOST_SERVERS) this.fail(node, `more than ${MOST_SERVERS} servers`);
    const byId = new Set<ServerId>();
    const byName = new Set<string>();
    return items.map((item) => {
      const server = this.server(item as Value);
      if (byId.has(server.id)) this.fail(item as Value, 'another server has this id already');
      byId.add(server.id);
      const name = server.name?.toLowerCase() ?? null;
      if (name !== null && byName.has(name))
        this.fail(item as Value, `another server is called ${server.name} already`);
      if (name !== null) byName.add(name);
      return server;
    });
  }

  private server(node: Value): Server {
    let id: ServerId | null = null;
    let name: string | null = null;
    let addresses: string[] = [];
    for (const [key, value, at] of this.entries(node, 'a server')) {
      if (key === 'id') id = this.serverId(value);
      else if (key === 'name') name = this.name(value);
      else if (key === 'addresses')
        addresses = this.list(value, 'addresses').items.map((item) => this.address(item as Value));
      else this.fail(at, `"${key}" is not known of a server`, 'known are id, name, addresses');
    }
    if (id === null) this.fail(node, 'this server has no id');
    return { id: id as ServerId, name, addresses };
  }

  /** Names are typed in filters: they hold nothing that a filter or a terminal would read otherwise. */
  private name(node: Value): string {
    const help = 'a name of letters, digits and . _ - that does not begin with a digit';
    const name = this.string(node, help);
    if (!/^[a-z_][\w.-]*$/i.test(name) || name.length > MOST_NAME)
      this.fail(node, `${this.shown(node)}: it must be ${help}`);
    return name;
  }

  private address(node: Value): string {
    const address = parseAddress(this.string(node, 'an IPv4 or IPv6 address'));
    return address ?? this.fail(node, `${this.shown(node)}: it must be an IPv4 or IPv6 address`);
  }

  /** Decimal, 0x hex, or base64: as AWS's controller has it. */
  private serverId(node: Value): ServerId {
    const help = `an id of at most ${LIMITS.SERVER_ID_MAX} bytes: decimal, 0x... or base64:...`;
    const value = this.scalar(node);
    const bytes =
      typeof value === 'string' ? idBytes(value) : typeof value === 'bigint' ? idBytes(String(value)) : null;
    if (!bytes || bytes.length > LIMITS.SERVER_ID_MAX) this.fail(node, `${this.shown(node)}: it must be ${help}`);
    return serverIdOf(bytes as Uint8Array);
  }

  private reading(node: YAMLSeq): CidReading {
    if (node.items.length === 0) this.fail(node, 'schemes is empty');
    const schemes = node.items.map((item) => this.scheme(item as Value));
    try {
      return readingOf(schemes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.fail(node, error.message);
    }
  }

  /** `mvfst`, or `quic-lb: {...}`. */
  private scheme(node: Value): ConfiguredScheme {
    const [first, ...others] = isMap(node) ? this.entries(node, 'a scheme') : [];
    if (others.length > 0) this.fail(others[0]?.[2] ?? node, 'each scheme is an item of the list: begin it with "- "');
    const name = first ? first[0] : this.string(node, 'the name of a scheme');
    const scheme = ALL_SCHEMES.find((each) => each.name === name);
    if (!scheme) {
      return this.fail(
        node,
        `there is no scheme ${this.shown(first?.[2] ?? node)}`,
        `known are ${ALL_SCHEMES.map((each) => each.name).join(', ')}`,
      );
    }
    const given = first?.[1] ? this.given(scheme, first[1]) : {};
    const missing = requiredOf(scheme).filter((parameter) => !(parameter in given));
    if (missing.length > 0) this.fail(node, `${name} needs ${missing.join(', ')}`);
    try {
      readingOf([{ scheme, given }]);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fail(first?.[1] ?? node, error.message);
    }
    return { scheme, given };
  }

  private given({ name, parameters }: CidScheme, node: Value): Given {
    if (isScalar(node) && (node as Scalar).value === null) return {};
    const known = Object.keys(parameters);
    return Object.fromEntries(
      this.entries(node, name).map(([key, value, at]) => {
        const parameter = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
        if (!parameter) {
          const hint = known.length > 0 ? `known are ${known.join(', ')}` : `write it as: - ${name}`;
          return this.fail(at, `"${key}" is not known of ${name}`, hint);
        }
        return [key, this.parameter(parameter, value)];
      }),
    );
  }

  private parameter(parameter: Parameter, node: Value): unknown {
    const { kind, help } = parameter;
    const wrong = () => this.fail(node, `${this.shown(node)}: it must be ${help}`);
    if (kind === 'number') return this.integer(node, parameter.least, parameter.most, help);
    if (kind === 'first_byte') return this.firstByte(node, help);
    const value = this.scalar(node);
    if (kind === 'flag') return typeof value === 'boolean' ? value : wrong();
    if (kind === 'choice') {
      const choice = typeof value === 'bigint' ? Number(value) : value;
      return parameter.choices.includes(choice as never) ? choice : wrong();
    }
    // Who writes the key itself here does not want to see it in an error.
    if (/^["']?[\da-f]{32}/i.test(this.text.slice(...(node?.range ?? [0, 0])))) {
      return this.fail(
        node,
        'this is a key: write it into a file that only its owner may read, and the name of that here',
      );
    }
    return this.secret(kind, node, this.string(node, help));
  }

  private firstByte(node: Value, help: string): { mask: number; value: number } {
    const byte = { mask: 0, value: 0 };
    for (const [key, value, at] of this.entries(node, 'first_byte')) {
      if (key !== 'mask' && key !== 'value') this.fail(at, `"${key}" is not known here: it must be ${help}`);
      byte[key as 'mask' | 'value'] = this.integer(value, 0, 0xff, 'a byte, from 0 to 0xff');
    }
    if ((byte.value & ~byte.mask) !== 0)
      this.fail(node, 'value has bits that mask has not: no connection ID would fit');
    return byte;
  }

  /** What is in a key file never gets into an error. */
  private secret(kind: 'key_file' | 'secret_file' | 'secret_yaml', node: Value, name: string): unknown {
    const path = resolve(dirname(this.path), name);
    const text = this.named(node, () =>
      readOwnFile(path, { what: 'the key file', most: MOST_KEY_BYTES, isSecret: true }),
    );
    if (kind === 'secret_file') return text;
    return this.named(node, () => (kind === 'key_file' ? keyOf(text) : secretYaml(text)), `${path}: `);
  }

  /** Errors of `read` get the place in the configuration. */
  private named<T>(node: Value, read: () => T, before = ''): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof UsageError) return this.fail(node, error.message, error.hint);
      if (error instanceof RangeError) return this.fail(node, before + error.message);
      throw error;
    }
  }
}

/** YAML with secrets in it: digits stay text, as a number a key would lose most of them. @throws RangeError */
function secretYaml(text: string): unknown {
  try {
    return parse(text, { schema: 'failsafe', maxAliasCount: 0, logLevel: 'silent' });
  } catch {
    throw new RangeError('it is not YAML');
  }
}

/** The bytes of a server id as people write it; null: it is none. */
export function idBytes(text: string): Uint8Array | null {
  const base64 = /^base64:([a-z\d+/]+={0,2})$/i.exec(text)?.[1];
  if (base64 !== undefined) {
    const bytes = Buffer.from(base64, 'base64');
    return bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '') ? bytes : null;
  }
  if (!/^(?:\d{1,37}|0x[\da-f]{1,32})$/i.test(text)) return null;
  const digits = BigInt(text).toString(16);
  return Buffer.from(digits.padStart(2 * Math.ceil(digits.length / 2), '0'), 'hex');
}
