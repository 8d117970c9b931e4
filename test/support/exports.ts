// Exported capture files in tests: made from a fake recorder, read by the programs that people read them with.
import { execFileSync } from 'node:child_process';
import type { ExportRequest } from '../../src/core/export/export-job.js';
import type { FakeRecorder } from './fake-recorder.js';

/** A frame that says which one it is. */
export const frame = (number: number, length = 64) => new Uint8Array(length).fill(number);

/** The sequence numbers of everything that is in the recorder. */
export const everything = ({ recorder }: FakeRecorder) =>
  recorder.lanes.map((lane) => Float64Array.from({ length: lane.head() - lane.tail() }, (_, i) => lane.tail() + i));

export const requestOf = (fake: FakeRecorder, folder: string): ExportRequest => ({
  memory: fake.recorder.memory,
  sequences: everything(fake),
  folder,
  name: null,
  source: 'eth0',
  interface: 'eth0',
  filter: '',
  counts: { received: 0, dropped: 0 },
});

export const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 });

/** Fields of each frame as tshark reads them. */
export const tshark = (path: string, ...fields: string[]) =>
  run('tshark', '-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field]))
    .split('\n')
    .slice(0, -1);

/** Time and length of each frame, by tshark; tcpdump and capinfos must agree. */
export function framesOf(path: string): string[] {
  const frames = tshark(path, 'frame.time_epoch', 'frame.len', 'frame.cap_len');
  const times = run('tcpdump', '-n', '-tt', '--nano', '-r', path).match(/^\d+\.\d{9}/gm) ?? [];
  if (times.join() !== frames.map((line) => line.split('\t')[0]).join()) throw new Error(`tcpdump read ${times}`);
  const count = /Number of packets:\s+(\d+)/.exec(run('capinfos', '-M', path))?.[1];
  if (Number(count) !== frames.length) throw new Error(`capinfos counted ${count}`);
  return frames;
}
