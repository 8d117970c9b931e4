// Checks of who else wants the packets that arrive, and hence of the mode.

import { chooseMode, isForwarding } from '../core/choose-mode.js';
import { chooseXdp } from '../core/choose-xdp.js';
import { listenersOn } from '../core/listeners.js';
import { formatPorts } from '../core/values.js';
import { type CheckGroup, ok, type WatchedInterface, warning } from './check.js';

/** Bridges, bonds and the like that the interface is a member of, and interfaces that stand on it. */
function stackedOn({ link, links }: WatchedInterface): string[] {
  const uppers = links.filter(
    ({ index, kind, lower }) => index === link.master || (kind !== 'veth' && lower === link.index),
  );
  return uppers.map(({ name, kind }) => (kind === '' ? name : `${kind} ${name}`));
}

export const trafficChecks: CheckGroup<WatchedInterface> = {
  title: 'traffic',
  checks: [
    {
      name: 'listeners',
      look({ ports }) {
        const listeners = listenersOn(ports).map(({ program, port }) => `${program ?? 'a program'} on ${port}`);
        if (listeners.length === 0) return ok(`nobody has bound UDP port ${formatPorts(ports)}`);
        return warning(`${listeners.join(', ')}: divert would take its packets`);
      },
    },
    {
      name: 'forwarding',
      look({ link }) {
        if (!isForwarding(link.name)) return ok('this host does not forward what arrives here');
        return warning('this host forwards what arrives here: divert would take it');
      },
    },
    {
      name: 'stacked',
      look(watched) {
        const uppers = stackedOn(watched);
        if (uppers.length === 0) return ok('nothing that can be seen stands on it');
        return warning(`${uppers.join(', ')} gets what arrives here: divert would take it`);
      },
    },
    {
      name: 'mode',
      look({ link, ports }) {
        const { mode, reason } = chooseMode(
          { interface: link.name, mode: 'auto', ports },
          chooseXdp({ interface: link.name, xdp: 'auto' }),
        );
        return ok(`--mode auto is ${mode}: ${reason}`);
      },
    },
  ],
};
