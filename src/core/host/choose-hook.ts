// Decides by what arriving packets are seen: a socket filter or a tc program behind the driver, or an XDP program in it.
import type { Mode } from '../capture/capture.js';
import { type Egress, type Hook, loadAddon, native } from '../native/addon.js';
import { QuicTopError, UsageError } from '../text/errors.js';
import { listLinks } from './links.js';

export interface HookOptions {
  mode: Mode | 'auto';
  /** Null: nobody said. */
  hook: 'socket' | 'tc' | 'xdp' | null;
  /** Where an XDP program runs; null: nobody said. */
  xdp: 'native' | 'generic' | null;
  egress: Egress;
}

/** The interface that stands for all of them. */
export const ANY = 'any';

/** The name for people of what a session's packets are seen by. */
export function hookName(hook: Hook): string {
  return hook === 'socket' ? 'socket filter' : hook;
}

/** Whether somebody asked for an XDP program. @throws UsageError: what was asked for cannot be had together */
export function wantsXdp({ mode, hook, xdp, egress }: HookOptions): boolean {
  if (egress === 'socket' && (mode === 'divert' || xdp !== null || (hook !== null && hook !== 'socket')))
    throw new UsageError('--egress socket goes with --hook socket', 'leave it out: tcx shows what leaves');
  if (hook === null || hook === 'xdp') return hook === 'xdp' || xdp !== null || mode === 'divert';
  if (xdp !== null) throw new UsageError(`--xdp ${xdp} goes with --hook xdp`, `leave out --hook ${hook}`);
  if (mode === 'divert') throw new UsageError('--mode divert needs XDP', `leave out --hook ${hook}`);
  return false;
}

/** By what a session in that mode sees what arrives. The driver runs an XDP program only where somebody wants one. */
export function chooseHook(options: HookOptions, mode: Mode): Hook {
  if (mode === 'divert' || wantsXdp(options)) return options.xdp ?? 'native';
  return options.hook === 'tc' ? 'tc' : 'socket';
}

/** What of that which arrives at an interface is seen by XDP alone, for root; null: nothing. @throws QuicTopError */
export function unseenBehindXdp(name: string): string | null {
  const program = listLinks().find((link) => link.name === name)?.program;
  if (!program) return null;
  try {
    const { description } = native(() => loadAddon().programInfo(program));
    return `what the XDP program ${description}, drops or redirects`;
  } catch (error) {
    if (!(error instanceof QuicTopError)) throw error;
    return `what the XDP program with the id ${program} drops or redirects`; // it takes CAP_SYS_ADMIN to see whose it is
  }
}
