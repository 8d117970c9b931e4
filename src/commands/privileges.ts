// Root is for setting up only: whom quic-top becomes once it captures.
import { dirname } from 'node:path';
import { STDOUT } from '../core/export/file-name.js';
import { sudoUser } from '../core/host/sudo-user.js';
import { loadAddon, native, type User } from '../core/native/addon.js';
import { QuicTopError, UsageError } from '../core/text/errors.js';
import type { Options } from '../options.js';

export type { User } from '../core/native/addon.js';

const ROOT = 0;

/** Whether a person at root's own prompt started this, not one who has only sudo. */
export function isRootsOwn(): boolean {
  return process.geteuid?.() === ROOT && sudoUser() === null;
}

/**
 * Whom to become after set-up: the user of that name or number; without one the user who called sudo, else nobody. A
 * process that is not root stays who it is. @throws UsageError
 */
export function userToBecome(name: string): User {
  const { findUser } = loadAddon();
  const user = name === '' ? null : findUser(name);
  if (name !== '' && !user) throw new UsageError(`--user: there is no user "${name}"`, 'getent passwd lists them');
  const self = { uid: process.geteuid?.() ?? ROOT, gid: process.getegid?.() ?? ROOT };
  if (self.uid !== ROOT) {
    if (user && user.uid !== self.uid)
      throw new UsageError('--user: only root can become another user', 'leave it out');
    return self;
  }
  const chosen = user ?? sudoUser() ?? findUser('nobody');
  if (!chosen) throw new QuicTopError('USER', 'there is no user "nobody" to become', 'name another: --user NAME');
  return chosen;
}

/**
 * Gives up root: every thread becomes `user`, without capabilities or the means to get some. Root as the user keeps
 * everything. With `readsMaps` CAP_BPF is kept where the kernel lets nobody else read BPF maps that are open (before Linux
 * 5.19). @throws QuicTopError; the process must then end.
 */
export function become(user: User, { readsMaps = false } = {}): void {
  if (user.uid !== ROOT) native(() => loadAddon().dropPrivileges(user, readsMaps));
}

/**
 * Confines this process before it looks at the first packet, unless it stays root or was asked not to: what it has open
 * by now is all that it has, but for new files in the folders of exports. @param asksSockets see SandboxNeeds @throws QuicTopError; the process must then end.
 */
export function confine(user: User, options: Options, exportDir: string | null, asksSockets = false): void {
  if (user.uid === ROOT || !options.sandbox) return;
  const { write } = options;
  // The file of --write is open; when it cannot be finished, it is taken back.
  const removable = write === '' || write === STDOUT ? [] : [dirname(write)];
  const writable = exportDir === null ? [] : [exportDir];
  // What connection IDs name that are opened with keys, the programs learn from us.
  const writesMaps = options.read === null && options.cidKeys !== undefined;
  native(() => loadAddon().enterSandbox({ writable, removable, writesMaps, asksSockets }));
}

/** What to warn of, or null. */
export function privilegeWarning(user: User): string | null {
  return user.uid === ROOT ? '--user root: it stays root while it reads what strangers send' : null;
}
