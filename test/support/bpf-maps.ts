// The BPF maps of a process, as people look at them: with bpftool.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const bpftool = (...args: string[]) =>
  JSON.parse(execFileSync('bpftool', ['-j', 'map', ...args], { encoding: 'utf8', maxBuffer: 64 << 20 }));

/** The entries of a map that the process holds, by its types' names. @throws when it has none of that name */
export function dumpMap<Entry>(pid: number, name: string): Entry[] {
  const ids = readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    const [, id] = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^map_id:\s*(\d+)$/m) ?? [];
    return id === undefined ? [] : [id];
  });
  const id = ids.find((each) => bpftool('show', 'id', each).name === name);
  if (id === undefined) throw new Error(`process ${pid} holds no map ${name}`);
  return bpftool('dump', 'id', id).map(({ formatted }: { formatted: Entry }) => formatted);
}
