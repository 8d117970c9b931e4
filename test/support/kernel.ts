// What the running kernel has: asked of it, and not of its version, because distributions backport. Tests of what it lacks
// do not run; what quic-top says then is tested on every kernel, by a command that runs others as without it.
import { fileURLToPath } from 'node:url';
import { loadAddon } from '../../src/core/native/addon.js';

const LOOPBACK = 1;
const WITHOUT = fileURLToPath(new URL('../../build/Release/without', import.meta.url));

/** Whether tc programs can hang on links (tcx, Linux 6.6). Without it what leaves is not seen, nor anything without XDP. */
export const hasTcx = loadAddon().tcxRefusal(LOOPBACK) === null;

/** `[...onKernelWithout('tcx'), command, ...]`: the command as on a kernel that lacks something, or refuses it. */
export function onKernelWithout(what: 'bpf' | 'bpf-rights' | 'bpf-maps' | 'tcx' | 'af-xdp'): string[] {
  return [WITHOUT, what];
}
