// Connections as a table for people, in plain text.
import { serverText } from '../cid/server-names.js';
import type { Connection } from '../connections/connection.js';
import { errorText } from '../quic/close.js';
import { type Clock, versionName } from '../text/format.js';

const NONE = '-';

/** Columns of a name: one may have 255. */
const NAME = 40;

const shortened = (name: string) => (name.length > NAME ? `${name.slice(0, NAME - 3)}...` : name);

interface Column {
  title: string;
  isNumber?: boolean;
  text(connection: Connection, clock: Clock): string;
}

/** `guessed`, `joined`, `migrated 2`: what is out of the ordinary. */
function notes({
  guess,
  joined,
  migrations,
  rebindings,
  rotations,
  resets,
  backendChanges,
  close,
}: Connection): string {
  const counts = {
    migrated: migrations,
    rebound: rebindings,
    rotated: rotations,
    reset: resets,
    rerouted: backendChanges,
  };
  const counted = Object.entries(counts).map(([name, times]) => (times > 0 ? [`${name} ${times}`] : []));
  const said = [...(joined ? ['joined'] : []), ...(guess ? ['guessed'] : []), ...counted.flat()];
  return [...said, ...(close ? [errorText(close)] : [])].join(', ');
}

const COLUMNS: readonly Column[] = [
  { title: 'CONNECTION', isNumber: true, text: ({ id }) => String(id) },
  { title: 'TIME', text: ({ opened }, clock) => clock.iso(opened).slice(11, 23) },
  { title: 'STATE', text: ({ state }) => state },
  { title: 'CLIENT', text: ({ client }) => client },
  { title: 'SERVER', text: ({ server }) => server },
  { title: 'VERSION', text: ({ version }) => (version === 0 ? NONE : versionName(version)) },
  { title: 'BACKEND', isNumber: true, text: ({ backend }) => (backend === null ? NONE : serverText(backend)) },
  { title: 'PACKETS', isNumber: true, text: ({ toServer, toClient }) => String(toServer.packets + toClient.packets) },
  {
    title: 'HANDSHAKE',
    isNumber: true,
    text: ({ handshake }) => (handshake === null ? NONE : `${(handshake / 1e6).toFixed(1)} ms`),
  },
  { title: 'SNI', text: ({ sni }) => shortened(sni ?? NONE) },
  { title: 'NOTES', text: notes },
];

/** The lines of the table, its titles first. */
export function connectionTable(connections: readonly Connection[], clock: Clock): string {
  const rows = connections.map((connection) => COLUMNS.map(({ text }) => text(connection, clock)));
  const all = [COLUMNS.map(({ title }) => title), ...rows];
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((row) => (row[i] as string).length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => (COLUMNS[i]?.isNumber ? text.padStart(widths[i] as number) : text.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd();
  return all.map((row) => `${line(row)}\n`).join('');
}
