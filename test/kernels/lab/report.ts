// docs/kernels.md: what a whole run of the lab found.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './folders.js';
import type { Difference } from './interface-state.js';
import { NICS, type NicName } from './nics.js';
import { KERNEL_NAMES } from './packages.js';
import { type Cell, type KernelResults, readResults } from './results.js';
import { SENT } from './traffic.js';
import { WAYS, type Way } from './trial.js';

const FILE = join(ROOT, 'docs/kernels.md');

/** What each interface is. */
const WHAT: Record<NicName, string> = {
  virtio4: 'virtio_net, 4 queue pairs of which 2 are in use',
  virtio2: 'virtio_net, 2 queue pairs',
  e1000e: 'e1000e',
  vmxnet3: 'vmxnet3',
  igb: 'igb',
  veth: 'veth',
};

const HEAD = `# Kernels and NICs

Written by \`npm run test:kernels\`, which boots the kernels in qemu ([test/kernels](../test/kernels/README.md)), with two
processors. Nothing here is assumed: each cell is a run of quic-top.

Each run gets ${SENT.frames} datagrams, by IPv4, by IPv6 and in a VLAN: ${SENT.long} long headers, of which ${SENT.cidv1} are CIDv1.
`;

/** Writes it, if the run had all kernels and all of their tests. */
export function writeReport(): void {
  const results = readResults();
  const booted = KERNEL_NAMES.map((name) => results.find((kernel) => kernel.name === name));
  const whole = (kernel: KernelResults | undefined): kernel is KernelResults =>
    kernel?.cells.length === NICS.length * WAYS.length;
  if (!booted.every(whole)) return;
  const sections = [
    HEAD,
    '## Programs',
    programs(results),
    '## What each kernel gives',
    given(booted),
    '## NICs',
    nics(booted),
  ];
  writeFileSync(
    FILE,
    sections
      .join('\n\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim()
      .concat('\n'),
  );
}

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const byVersion = (a: KernelResults, b: KernelResults) => a.version.localeCompare(b.version, 'en', { numeric: true });

/** Which kernel takes which compiler's programs. */
function programs(results: KernelResults[]): string {
  const compilers = results[0]?.programs.map(({ compiler }) => compiler) ?? [];
  const names = results[0]?.programs[0]?.loaded.map(({ program }) => program) ?? [];
  const rows = results.sort(byVersion).map(({ version, programs }) => [
    version,
    ...compilers.map(
      (name) =>
        programs
          .find(({ compiler }) => compiler === name)
          ?.loaded.map(({ loaded, instructions }) => (loaded ? instructions.toLocaleString('en') : '**refused**'))
          .join(' / ') ?? '**not compiled**',
    ),
  ]);
  const what = `Instructions that each verifier walked for ${names.map((name) => `\`${name}\``).join(' / ')}, by compiler:`;
  return `${what}\n\n${table(['Linux', ...compilers], rows)}`;
}

/** What a user has on each kernel. */
function given(results: KernelResults[]): string {
  const rows = results.map(({ version, cells, tun }) => {
    const works = (...hooks: string[]) =>
      cells.some(({ hook, mode, passed }) => passed && hooks.includes(`${mode} ${hook}`));
    const leaves = (way: string) => cells.some((cell) => cell.way === way && cell.passed && (cell.left ?? 0) > 0);
    const yes = (value: boolean) => (value ? 'yes' : 'no');
    return [
      version,
      yes(works('tap socket')),
      yes(works('divert native', 'divert generic')),
      leaves('tap') ? 'yes' : leaves('tap `--egress socket`') ? 'with `--egress socket`' : 'no',
      yes(works('tap tc')),
      yes(tun),
    ];
  });
  return table(
    ['Linux', 'tap', 'divert', 'what leaves', '`--hook tc`', 'tun and others without Ethernet headers'],
    rows,
  );
}

/** The matrix of each kernel. */
function nics(results: KernelResults[]): string {
  const legend =
    'What saw the packets that arrived; it saw all, and the host got the rest. *refused*: quic-top says why.';
  const sections = results.map(({ version, cells }) => {
    const rows = NICS.map(({ name }) => {
      const own = cells.filter(({ nic }) => nic === name);
      const cell = ({ name: way }: Way) => outcome(own.find((each) => each.way === way));
      const during = (...hooks: string[]) => own.flatMap((each) => (hooks.includes(each.hook) ? each.changes : []));
      const byXdp = during('native', 'generic').filter(({ what }) => !['xdp', 'promiscuity'].includes(what));
      return [
        WHAT[name],
        ...WAYS.map(cell),
        vlanShown(own),
        changesOf(during('socket', 'tc')),
        changesOf(byXdp),
        changesOf(own.flatMap(({ leftovers }) => leftovers)),
      ];
    });
    const head = [
      'NIC',
      ...WAYS.map(({ name }) => name),
      'VLAN shown by',
      'changed by socket, tc',
      'changed by XDP',
      'not as before',
    ];
    return `### Linux ${version}\n\n${table(head, rows)}`;
  });
  return [legend, ...sections].join('\n\n');
}

/** By which hooks the VLAN of a packet is shown: a NIC that takes the tag off hides it from XDP. */
function vlanShown(cells: Cell[]): string {
  const hooks = cells.filter(({ vlan }) => vlan > 0).map(({ hook }) => hook);
  return [...new Set(hooks)].join(', ') || 'no';
}

function outcome(cell: Cell | undefined): string {
  if (!cell) return '**not run**';
  const { passed, hook, captured, sent, reached } = cell;
  if (!passed) return `**failed: ${hook}, ${captured} of ${sent} captured, host ${reached}**`;
  if (hook === 'refused') return '*refused*';
  return hook;
}

/** Each kind of change once. The carrier's number grows from run to run: only by how much is of interest. */
function changesOf(changes: Difference[]): string {
  const texts = changes.map(({ what, before, after }) =>
    what === 'carrier_changes'
      ? `carrier changes +${Number(after) - Number(before)}`
      : `${what}: ${before} to ${after}`,
  );
  return [...new Set(texts)].join(', ') || 'none';
}
