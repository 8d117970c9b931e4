// Decides where arriving packets are seen: by an XDP program, or by a tc program behind it.
import { LINK_TYPE } from '../native/abi.gen.js';
import { loadAddon, native, type Xdp } from '../native/addon.js';
import { listLinks } from './links.js';

export interface XdpChoice {
  xdp: Xdp;
  /** With `none`: why nothing can be diverted. */
  reason: string | null;
}

const linkOf = (name: string) => listLinks().find((link) => link.name === name);

/**
 * Where to see what arrives on an interface. Without an Ethernet header (tun, WireGuard) an XDP program of ours cannot read
 * the packets: `auto` is `none` then. @throws QuicTopError
 */
export function chooseXdp({ interface: name, xdp }: { interface: string; xdp: Xdp }): XdpChoice {
  const isRaw = linkOf(name)?.linkType === LINK_TYPE.LINK_RAW;
  if (isRaw && xdp === 'auto') return { xdp: 'none', reason: `${name} has no Ethernet header` };
  return { xdp, reason: xdp === 'none' ? 'without XDP nothing is diverted' : null };
}

/** What of that which arrives at an interface tc does not see, for root; null: all is seen. @throws QuicTopError */
export function unseenByTc(name: string): string | null {
  const program = linkOf(name)?.program;
  if (!program) return null;
  const { description } = native(() => loadAddon().programInfo(program));
  return `what the XDP program ${description}, drops or redirects`;
}

/** The name for people of what a session's packets are seen by. */
export function hookName(xdp: 'native' | 'generic' | 'none'): string {
  return xdp === 'none' ? 'tc' : xdp;
}
