// The BPF links that a process holds, by what the kernel tells of its descriptors.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface BpfLink {
  /** "xdp", "tcx" */
  type: string;
  id: number;
}

export function bpfLinks(pid: number): BpfLink[] {
  return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    const [, type, id] = /^link_type:\s*(\w+)\nlink_id:\s*(\d+)/m.exec(info) ?? [];
    return type ? [{ type, id: Number(id) }] : [];
  });
}

/** Detaches the process's link of that type, as somebody else would. */
export function detachLink(pid: number, type: string): void {
  const link = bpfLinks(pid).find((each) => each.type === type);
  execFileSync('bpftool', ['link', 'detach', 'id', String(link?.id)]);
}
