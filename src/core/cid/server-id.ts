// Server ids: what a connection ID calls the server that it belongs to (the backend, in most of the project's words).
import { SERVER_ID } from '../native/abi.gen.js';
import type { CidLayout } from './layout.js';

/** The id's bytes as one big-endian number: a bigint from 2^53 on, which a number cannot hold exactly. */
export type ServerId = number | bigint;

/** As JSON, filters and people write it: decimal below 2^53, else hexadecimal. */
export function serverIdText(id: ServerId): string {
  return typeof id === 'number' ? String(id) : `0x${id.toString(16)}`;
}

/** @param bytes big-endian */
export function serverIdOf(bytes: Uint8Array): ServerId {
  let id = 0n;
  for (const byte of bytes) id = (id << 8n) | BigInt(byte);
  return asServerId(id);
}

export const asServerId = (id: bigint): ServerId => (id <= Number.MAX_SAFE_INTEGER ? Number(id) : id);

/** The server ids that the handles of a recorder stand for (enum qt_backend_handle). */
export class ServerIds {
  /** How likely a random CID is of one of those layouts that nobody named. */
  readonly chance: number;
  /** All of them read the SCID of a Retry as any other. */
  readonly readRetries: boolean;
  /** Those that were asked for, by their place in the table: an id there never changes. */
  private readonly known = new Map<number, ServerId>();

  /**
   * @param layouts by which connection IDs are read
   * @param read copies struct qt_server_id at a place of the recorder's table
   */
  constructor(
    readonly layouts: readonly CidLayout[],
    private readonly read: (place: number) => Uint8Array,
  ) {
    this.readRetries = layouts.every(({ inRetry }) => inRetry);
    const guessed = layouts.filter(({ isGiven }) => !isGiven);
    this.chance = Math.min(
      1,
      guessed.reduce((sum, { chance }) => sum + chance, 0),
    );
  }

  /** struct qt_server_id of such a backend, where a handle is too small for its id; else null. */
  longIdOf(cidLayout: number, handle: number): Uint8Array | null {
    return this.layouts[cidLayout - 1]?.hasLongIds ? this.read(handle) : null;
  }

  /** The id behind the handle of a backend of the `cidLayout`-th layout, from 1. */
  of(cidLayout: number, handle: number): ServerId {
    if (!this.layouts[cidLayout - 1]?.hasLongIds) return handle;
    const known = this.known.get(handle);
    if (known !== undefined) return known;
    const bytes = this.read(handle);
    const id = serverIdOf(bytes.subarray(SERVER_ID.SIZE - (bytes[SERVER_ID.length] as number)));
    this.known.set(handle, id);
    return id;
  }
}
