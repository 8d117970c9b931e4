// Whose sockets on this host the backends of nginx are.
import type { BackendCounts } from '../../../core/analysis/analysis.js';
import type { ScreenSource } from '../../../core/capture/source.js';
import { namesSockets, type SocketOwner } from '../../../core/host/socket-owners.js';
import type { Decoded } from '../../../core/quic/decoded.js';
import type { RecordView } from '../../../core/recorder/record.js';
import { serverAddressText } from '../../../core/text/address.js';

/** Null: nothing can be said. */
export function ownerOfBackend(
  { owners, recorder }: ScreenSource,
  { backend, cidLayout, servers, trusted }: BackendCounts,
): SocketOwner | null {
  if (!owners || !namesSockets(recorder.serverIds.layouts[cidLayout - 1])) return null;
  // Where not all servers are known, one of them may be another host.
  const hosts = servers.more ? [] : servers.addresses;
  return owners.ownerOf(backend, { hosts, isServers: trusted > 0 });
}

/** The same of the CID that a packet's backend was read from. */
export function ownerOfPacket({ owners }: ScreenSource, view: RecordView, { trust }: Decoded): SocketOwner | null {
  const { backend, backendLayout } = view;
  if (!owners || backend === null || !namesSockets(backendLayout)) return null;
  return owners.ownerOf(backend, { hosts: [serverAddressText(view)], isServers: trust === 'server' });
}
