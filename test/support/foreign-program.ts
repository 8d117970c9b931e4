// The XDP program of somebody else: it passes everything but UDP datagrams that begin with a certain byte.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from '../../demo/network.mjs';

/** First byte of the IPv4 UDP datagrams that it drops: a long header. */
export const DROPPED = 0xf7;

/** Another verdict: a redirect to no interface, which fails. */
export const REDIRECTED_NOWHERE = '((long (*)(unsigned, unsigned long long))BPF_FUNC_redirect)(0, 0)';

const source = (name: string, verdict: string) => `
#include <linux/bpf.h>
#define SEC(name) __attribute__((section(name), used))
SEC("xdp") int ${name}(struct xdp_md *ctx) {
  unsigned char *frame = (void *)(long)ctx->data;
  if (frame + 43 > (unsigned char *)(long)ctx->data_end) return XDP_PASS;
  return frame[12] == 8 && frame[23] == 17 && frame[42] == ${DROPPED} ? ${verdict} : XDP_PASS;
}
char LICENSE[] SEC("license") = "GPL";
`;

export interface ForeignProgram {
  id: number;
  tag: string;
  /** Whether it is on the interface now. */
  isAttached(): boolean;
  detach(): void;
}

/** Attaches it as its owner would. @param folder for its files @param how its name, and what becomes of those datagrams */
export function attachForeignProgram(
  namespace: Namespace,
  interfaceName: string,
  folder: string,
  { name = 'foreign', verdict = 'XDP_DROP' } = {},
): ForeignProgram {
  const file = join(folder, 'foreign.c');
  const object = join(folder, 'foreign.o');
  writeFileSync(file, source(name, verdict));
  const machine = execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim();
  const flags = ['-O2', '-g', '-target', 'bpf', `-I/usr/include/${machine}-linux-gnu`];
  execFileSync('clang', [...flags, '-c', file, '-o', object]);
  namespace.ip(`link set dev ${interfaceName} xdp obj ${object} sec xdp`);
  const attached = () =>
    new RegExp(`prog/xdp id (\\d+) name ${name} tag (\\w+)`).exec(namespace.ip(`-d link show ${interfaceName}`));
  const [, id, tag] = attached() ?? [];
  if (id === undefined || tag === undefined) throw new Error(`no program is attached to ${interfaceName}`);
  return {
    id: Number(id),
    tag,
    isAttached: () => attached()?.[1] === id,
    detach: () => void namespace.ip(`link set dev ${interfaceName} xdp off`),
  };
}
