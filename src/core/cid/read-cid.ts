// What a connection ID means by itself, without a packet: for those that a person has from a log.
import { loadAddon } from '../native/addon.js';
import { CidLayout, UNROUTABLES, type Unroutable } from './layout.js';
import type { CidReading } from './reading.js';
import { type ServerId, serverIdOf } from './server-id.js';

export interface CidDecoding {
  layout: CidLayout;
  /** Why it names no server; null: it may. */
  unroutable: Unroutable | null;
  /** Null: it names no server. */
  serverId: Uint8Array | null;
  backend: ServerId | null;
  /** Null: the scheme has none. */
  worker: number | null;
  process: number | null;
}

/** What a CID means by the first of the layouts that it fits; null: it fits none. */
export function readCid({ layouts, keys }: CidReading, cid: Uint8Array): CidDecoding | null {
  const found = loadAddon().readCid({ cidLayouts: layouts, cidKeys: keys }, cid);
  if (!found) return null;
  const [layout, unroutable, serverId, worker, process] = found;
  return {
    layout: new CidLayout(layout),
    unroutable: UNROUTABLES[unroutable - 1] ?? null,
    serverId,
    backend: serverId && serverIdOf(serverId),
    worker,
    process,
  };
}
