// The logical queues that backends are spread over.
import { LIMITS } from '../native/abi.gen.js';
import type { ServerId } from './server-id.js';

/** The logical queue of a backend: its server id's last byte % 64, whatever slots the sockets have. */
export function queueOf(backend: ServerId): number;
export function queueOf(backend: ServerId | null): number | null;
export function queueOf(backend: ServerId | null): number | null {
  if (backend === null) return null;
  return typeof backend === 'number' ? backend % LIMITS.QUEUES : Number(backend % BigInt(LIMITS.QUEUES));
}
