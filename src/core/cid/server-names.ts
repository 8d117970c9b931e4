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

/** The same behind a question mark, unless the server is known to have put it there. */
export const claimedText = (id: ServerId, isClaimed: boolean): string => `${isClaimed ? '' : '?'}${serverText(id)}`;

/** The id, and the name where it has one. */
export function fullServerText(id: ServerId): string {
  const name = names.get(id);
  return name === undefined ? serverIdText(id) : `${serverIdText(id)} (${name})`;
}

/** The id of the server of that name, in lower case; null: there is none. */
export const serverNamed = (name: string): ServerId | null => ids.get(name) ?? null;
