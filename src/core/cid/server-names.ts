// What a person calls the servers: the names of the configuration, for all tables, filters and lines of this process.
import { type ServerId, serverIdText } from './server-id.js';

let names: ReadonlyMap<ServerId, string> = new Map();
/** By their names in lower case. */
let ids: ReadonlyMap<string, ServerId> = new Map();

/** From here on these are the names; before, there are none. */
export function nameServers(servers: readonly { id: ServerId; name: string | null }[]): void {
  const named = servers.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const]));
  names = new Map(named);
  ids = new Map(named.map(([id, name]) => [name.toLowerCase(), id]));
}

/** The server's name; its id where it has none. */
export const serverText = (id: ServerId): string => names.get(id) ?? serverIdText(id);

export const nameOf = (id: ServerId): string | null => names.get(id) ?? null;

/** The id of the server of that name, in lower case; null: there is none. */
export const serverNamed = (name: string): ServerId | null => ids.get(name) ?? null;
