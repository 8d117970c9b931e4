// Checks of who else wants the packets that arrive, and hence of the mode.

import { chooseMode, isForwarding } from '../../core/host/choose-mode.js';
import { stackedOn } from '../../core/host/links.js';
import { listenersOn, packetReadersOn } from '../../core/host/listeners.js';
import { QuicTopError } from '../../core/text/errors.js';
import { formatPorts } from '../../core/text/values.js';
import { type CheckGroup, ok, type WatchedInterface, warning } from './check.js';

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
      name: 'captures',
      look({ link }) {
        const readers = packetReadersOn(link.index);
        if (readers.length === 0) return ok('nobody else captures here');
        return warning(`${readers.join(', ')}: divert would take what is captured there`);
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
      look({ link, links }) {
        try {
          const uppers = stackedOn(link, links);
          if (uppers.length === 0) return ok('nothing that can be seen stands on it');
          return warning(`${uppers.join(', ')} gets what arrives here: divert would take it`);
        } catch (error) {
          if (!(error instanceof QuicTopError)) throw error;
          return warning(`what stands on it cannot be seen: ${error.message}`);
        }
      },
    },
    {
      name: 'mode',
      look({ link, ports }) {
        const { mode, reason } = chooseMode({
          interface: link.name,
          mode: 'auto',
          hook: null,
          xdp: null,
          egress: 'auto',
          ports,
        });
        return ok(`--mode auto is ${mode}: ${reason}`);
      },
    },
  ],
};
