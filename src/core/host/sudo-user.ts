// The user who called sudo, as sudo tells it in the environment.
import type { User } from '../native/addon.js';

/** One more means "no change" to setresuid() and chown(). */
const MAX_ID = 2 ** 32 - 2;

/** An id in decimal digits and nothing else; null when it is none. */
function idOf(text = ''): number | null {
  return /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : null;
}

/** Null when nobody did, when root did, and when what the environment says is no user and group. */
export function sudoUser(): User | null {
  const { SUDO_UID, SUDO_GID } = process.env;
  const [uid, gid] = [idOf(SUDO_UID), idOf(SUDO_GID)];
  return uid === null || gid === null || uid === 0 ? null : { uid, gid };
}
