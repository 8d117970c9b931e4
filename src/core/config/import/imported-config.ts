// What an import yields: the parts of quic-top's configuration that another software's text tells.
import { isIP } from 'node:net';
import { MOST_NAME, MOST_SERVERS } from '../config.js';
import { importError } from './import-error.js';

export interface ImportedServer {
  /** A number, or 0x and two hex digits for each byte where the id is bytes (their order is that on the wire). */
  id: string | number;
  name?: string;
  addresses?: string[];
}

export interface ImportedConfig {
  /** UDP ports; absent: the text tells none. */
  ports?: number[];
  /** By name, or by name with its parameters. */
  schemes: (string | Record<string, object>)[];
  servers: ImportedServer[];
  /** What a person must know or do; lines that begin with two spaces are commands. */
  notes: string[];
}

/** Whether that is an IP address that a host can have: with no zone, and not the one that stands for all. */
export function isHostAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%') && text !== '0.0.0.0' && text !== '::';
}

/** The servers of a text, each id once: what is given for one id in several places is joined. */
export class ServerList {
  private readonly byId = new Map<string | number, { name: string | undefined; addresses: Set<string> }>();
  private size = 0;

  /** @param path of the text */
  constructor(private readonly path: string) {}

  /** @throws QuicTopError when there are more, with their addresses, than a configuration may have servers */
  add(id: string | number, name?: string, address?: string): void {
    const known = this.byId.get(id);
    const server = known ?? { name, addresses: new Set() };
    if (!known) this.byId.set(id, server);
    const before = server.addresses.size;
    if (address !== undefined) server.addresses.add(address);
    this.size += (known ? 0 : 1) + server.addresses.size - before;
    if (this.size > MOST_SERVERS) {
      throw importError(this.path, '', `more than ${MOST_SERVERS} servers and addresses`, 'import it in parts');
    }
  }

  /** In the order in which their ids came; no two with one name. */
  get all(): ImportedServer[] {
    const taken = new Map<string, number>();
    return [...this.byId].map(([id, { name, addresses }]) => ({
      id,
      ...(name === undefined ? {} : { name: uniqueName(name, taken) }),
      ...(addresses.size === 0 ? {} : { addresses: [...addresses] }),
    }));
  }
}

/**
 * A name that the configuration takes: letters, digits and . _ -, not a digit first, and so long. Of a longer one the end is
 * kept, in which the names of pods differ.
 */
function usableName(text: string, most: number): string {
  const name = text.slice(-most).replace(/[^\w.-]/g, '_');
  return /^[a-z_]/i.test(name) ? name : `_${name.slice(1 - most)}`;
}

/** Names are compared without regard to case. @param taken the names so far, and how often each was asked for */
function uniqueName(text: string, taken: Map<string, number>): string {
  const wanted = usableName(text, MOST_NAME);
  const key = wanted.toLowerCase();
  let times = taken.get(key) ?? 0;
  let name = wanted;
  while (taken.has(name.toLowerCase())) name = `${usableName(text, MOST_NAME - 8)}-${++times}`;
  taken.set(key, Math.max(times, 1));
  if (name !== wanted) taken.set(name.toLowerCase(), 1);
  return name;
}

/** A stranger's text inside a note: in one line, and no longer than a person reads. */
export function quoted(text: string): string {
  const most = 200;
  const line = text.replace(/\s+/g, ' ');
  return line.length > most ? `${line.slice(0, most)}...` : line;
}

/** Some of them, for a note. */
export function someOf(values: readonly (string | number)[]): string {
  const most = 5;
  return values.slice(0, most).join(', ') + (values.length > most ? ` and ${values.length - most} more` : '');
}
