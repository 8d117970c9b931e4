// The logical queues that backends are spread over.
import { LIMITS } from '../native/abi.gen.js';

/** The logical queue of a backend: backend % 64, whatever slots the sockets have. */
export function queueOf(backend: number | null): number | null {
  return backend === null ? null : backend % LIMITS.QUEUES;
}
