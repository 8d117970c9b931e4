// `quic-top doctor [interface]`: can it run here, how, and what to change. Looks only, and changes nothing.

import { ANY } from '../../core/host/choose-hook.js';
import { listLinks } from '../../core/host/links.js';
import { readWord } from '../../core/host/proc-file.js';
import { loadAddon, native } from '../../core/native/addon.js';
import { type Check, type CheckGroup, type Host, problem } from './check.js';
import { interfaceChecks } from './interface.js';
import { kernelChecks } from './kernel.js';
import { rightsChecks } from './rights.js';
import { type Row, tableLines } from './table.js';
import { trafficChecks } from './traffic.js';

function examine<Subject>(group: CheckGroup<Subject>, subject: Subject): Row[] {
  return group.checks.flatMap(({ name, look }: Check<Subject>) => {
    const finding = look(subject);
    return finding ? [{ group: group.title, name, ...finding }] : [];
  });
}

function examineInterface(host: Host): Row[] {
  const links = listLinks();
  const link = links.find(({ name }) => name === host.interface);
  if (!link) {
    const nothing = problem(`there is no interface ${host.interface} here`, 'quic-top --list-interfaces');
    return [{ group: interfaceChecks.title, name: 'state', ...nothing }];
  }
  const watched = { ...host, link, links, device: native(() => host.addon.device(link.name)) };
  return [...examine(interfaceChecks, watched), ...examine(trafficChecks, watched)];
}

/** Prints what was found, as a table or as one JSON object. True: quic-top can run here. @throws QuicTopError */
export function doctor(options: { interface: string; ports: readonly number[]; json: boolean }): boolean {
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readWord('/proc/self/status') ?? '')?.[1] ?? '0';
  const host: Host = {
    addon: loadAddon(),
    capabilities: BigInt(`0x${capabilities}`),
    ports: options.ports,
    interface: options.interface,
  };
  const rows = [
    ...examine(kernelChecks, host),
    ...examine(rightsChecks, host),
    ...(options.interface === '' || options.interface === ANY ? [] : examineInterface(host)),
  ];
  const problems = rows.filter(({ status }) => status === 'problem').length;
  if (options.json) {
    const checks = rows.map(({ group, name, status, text, mend = null }) => ({ group, name, status, text, mend }));
    const report = { event: 'doctor', interface: options.interface || null, runs: problems === 0, checks };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else {
    const color = process.stdout.isTTY && !process.env.NO_COLOR;
    const verdict = problems === 0 ? 'quic-top can run here.' : `quic-top cannot run here: mend what is a problem.`;
    process.stdout.write(`${[...tableLines(rows, color), '', verdict].join('\n')}\n`);
  }
  return problems === 0;
}
