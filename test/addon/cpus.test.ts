// On which CPUs a capture's drain threads run.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Capture, type CaptureOptions } from '../../src/core/capture/capture.js';
import { parseCpus } from '../../src/core/text/values.js';
import { isAttached, makePrivateVeth, OPTIONS } from '../support/private-veth.js';

const QUEUES = 4;
/** With as many RX queues there are fewer threads, where there are fewer cores (capture_session.cc). */
const THREADS = Math.min(QUEUES, availableParallelism());

/** Where a thread may run (proc(5)). */
function cpusOf(task: string): number[] {
  const [, list = ''] = /^Cpus_allowed_list:\s+(.*)$/m.exec(readFileSync(`${task}/status`, 'utf8')) ?? [];
  return parseCpus(list, 'Cpus_allowed_list');
}

/** Where each drain thread of this process may run, in the order of their making. */
function drainThreads(): number[][] {
  const tasks = readdirSync('/proc/self/task').sort((a, b) => Number(a) - Number(b));
  return tasks
    .map((task) => `/proc/self/task/${task}`)
    .filter((task) => readFileSync(`${task}/comm`, 'utf8') === 'qt-drain\n')
    .map(cpusOf);
}

const ALLOWED = cpusOf('/proc/self');
const [FIRST, LAST] = [ALLOWED[0], ALLOWED.at(-1)] as [number, number];

let capture: Capture | undefined;
beforeAll(() => {
  makePrivateVeth();
  const queues = ['numrxqueues', String(QUEUES), 'numtxqueues', String(QUEUES)];
  execFileSync('ip', ['link', 'add', 'several', ...queues, 'type', 'veth', 'peer', 'name', 'others', ...queues]);
  execFileSync('ip', ['link', 'set', 'several', 'up']);
});
afterEach(() => capture?.close());

const several: Partial<CaptureOptions> = { interface: 'several' };
const tap: Partial<CaptureOptions> = { mode: 'tap', hook: 'socket' };

it.each([
  ['all on one CPU', several, [LAST], Array(THREADS).fill([LAST])],
  ['in turn', several, [LAST, FIRST], Array.from({ length: THREADS }, (_, i) => [i % 2 ? FIRST : LAST])],
  ['that of mode tap, too', tap, [LAST], [[LAST]]],
  ['where the kernel puts them', several, [], Array(THREADS).fill(ALLOWED)],
])('%s', async (_, options, cpus, expected) => {
  capture = Capture.open({ ...OPTIONS, ...options, cpus });
  capture.start();
  // They are placed by now; their names they give themselves.
  await vi.waitFor(() => expect(drainThreads()).toEqual(expected));
  expect(cpusOf('/proc/self')).toEqual(ALLOWED);
});

it.each([1023, 1024, 2 ** 32 - 1])('refuses CPU %i, which there is not, and leaves nothing', (cpu) => {
  const count = () => [readdirSync('/proc/self/fd').length, readdirSync('/proc/self/task').length];
  const open = () => Capture.open({ ...OPTIONS, cpus: [LAST, cpu] });
  expect(open).toThrow(); // the first time Node.js may make threads of its own
  const before = count();
  expect(open).toThrow(
    expect.objectContaining({
      code: 'EINVAL',
      message: `place a thread on CPU ${cpu} failed: EINVAL (Invalid argument)`,
      hint: expect.stringContaining('taskset -cp $$'),
    }),
  );
  expect(isAttached()).toBe(false);
  expect(count()).toEqual(before);
});
