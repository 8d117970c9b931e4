// What a connection ID means by itself, without a packet: for those that a person has from a log.
import { loadAddon } from '../native/addon.js';
import { CidLayout } from './layout.js';
import { type CidScheme, layoutsOf } from './schemes.js';
import { type ServerId, serverIdOf } from './server-id.js';

export interface CidDecoding {
  layout: CidLayout;
  serverId: Uint8Array;
  backend: ServerId;
  /** Null: the scheme has none. */
  worker: number | null;
  process: number | null;
}

/** What a CID means by a scheme that has no parameters; null: it is not of that. */
export function readCid(scheme: CidScheme, cid: Uint8Array): CidDecoding | null {
  const found = loadAddon().readCid(layoutsOf(scheme), cid);
  if (!found) return null;
  const [layout, serverId, worker, process] = found;
  return { layout: new CidLayout(layout), serverId, backend: serverIdOf(serverId), worker, process };
}
