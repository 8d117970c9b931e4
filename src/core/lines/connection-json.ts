// Connections as lines of JSON. The order of the fields stays; new ones come at the end.
import { serverIdText } from '../cid/server-id.js';
import type { Connection } from '../connections/connection.js';
import { errorText } from '../quic/close.js';
import { type Clock, versionText } from '../text/format.js';
import { asciiJson } from './packet-json.js';

const milliseconds = (span: number | null) => (span === null ? null : Math.round(span / 1000) / 1000);

/**
 * A line, with its line break.
 * @param what happened to it: one of CONNECTION_EVENTS, or `total` at the end
 * @param time when, in nanoseconds since Recorder.epoch
 */
export function connectionJson(connection: Connection, what: string, time: number, clock: Clock): string {
  const { id, backend, close, toServer, toClient } = connection;
  return `${asciiJson({
    event: 'connection',
    time: clock.iso(time),
    connection: id,
    what,
    state: connection.state,
    client: connection.client,
    server: connection.server,
    version: versionText(connection.version),
    backend: typeof backend === 'bigint' ? serverIdText(backend) : backend,
    sni: connection.sni,
    alpn: connection.alpn,
    ja4: connection.ja4,
    opened: clock.iso(connection.opened),
    last_seen: clock.iso(connection.lastSeen),
    server_answer_ms: milliseconds(connection.serverAnswer),
    client_answer_ms: milliseconds(connection.clientAnswer),
    handshake_ms: milliseconds(connection.handshake),
    packets_to_server: toServer.packets,
    bytes_to_server: toServer.bytes,
    packets_to_client: toClient.packets,
    bytes_to_client: toClient.bytes,
    server_cids: connection.serverCids,
    client_cids: connection.clientCids,
    migrations: connection.migrations,
    rebindings: connection.rebindings,
    rotations: connection.rotations,
    resets: connection.resets,
    backend_changes: connection.backendChanges,
    error: close && errorText(close),
    reason: close?.reason ?? null,
    closed_by: connection.closedBy,
    joined: connection.joined,
    guess: connection.guess,
  })}\n`;
}
