// 500 captures one after the other in one process leave nothing behind: on four veths at once, because opening and closing
// one is mostly waiting for the kernel.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENCE } from '../../demo/program.mjs';
import { MODE } from '../../src/core/native/abi.gen.js';
import { countTcPrograms, enterPrivateNetwork } from '../support/harness.js';
import { NATIVE_OPTIONS } from '../support/private-veth.js';

const ADDON = new URL('../../build/Release/quic_top.node', import.meta.url).pathname;
const INTERFACES = ['veth0', 'veth1', 'veth2', 'veth3'];
const WARM_UP = 10;
const ROUNDS = 5;
/** On four interfaces, with those of the warm-up: 500. Fewer where everything takes much longer. */
const CYCLES = Math.ceil(23 / PATIENCE);
/** Memory that a capture may leave behind on average. A lost ring or map mapping is more, and that of the process changes. */
const LEAK_BYTES = 16 * 1024 * PATIENCE;

/** Opens, starts, changes, stops and closes as many captures as it is told; one in ten ends by close() alone. */
const CYCLER = `
  const { CaptureSession } = require(${JSON.stringify(ADDON)});
  const { parentPort, workerData } = require('node:worker_threads');
  const memory = new Uint8Array(new SharedArrayBuffer(4 << 20));
  const [kernel, egress, lost] = [16, 16, 16].map((length) => new Float64Array(length));
  parentPort.on('message', (cycles) => {
    for (let i = 0; i < cycles; i++) {
      const session = new CaptureSession({ ...workerData, ports: Uint16Array.of(4433) }, memory);
      if (i % 10 > 0) {
        session.start();
        session.look();
        session.counters(kernel, egress, lost);
        session.setMode(${MODE.MODE_TAP});
        session.stop();
      }
      session.close();
    }
    parentPort.postMessage('done');
  });
`;

const workers: Worker[] = [];

beforeAll(() => {
  enterPrivateNetwork();
  for (const name of INTERFACES) {
    execFileSync('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`]);
    for (const end of [name, `${name}p`]) execFileSync('ip', ['link', 'set', end, 'up']);
    const workerData = { ...NATIVE_OPTIONS, interface: name, mode: MODE.MODE_DIVERT, ports: null };
    workers.push(new Worker(CYCLER, { eval: true, workerData }));
  }
});
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

/** Each worker goes through that many captures. */
function cycle(count: number): Promise<unknown> {
  return Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.once('message', resolve).once('error', reject);
          worker.postMessage(count);
        }),
    ),
  );
}

/** What this process has open, by kind: "socket", "bpf-map", "bpf_link" ... */
function descriptors(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const kind = readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '');
      counts[kind] = (counts[kind] ?? 0) + 1;
    } catch {
      // that of the folder itself
    }
  }
  return counts;
}

/** Rings of sockets and BPF maps that are in this process's memory. */
const mappings = () => readFileSync('/proc/self/maps', 'utf8').match(/socket:|bpf-map/g)?.length ?? 0;

const threads = () => readdirSync('/proc/self/task').length;
const residentBytes = () => Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

it('leaves no descriptor, BPF link, program, map, thread or memory behind', async () => {
  await cycle(WARM_UP);
  const before = [descriptors(), threads(), mappings()];
  const resident = residentBytes();
  const growth: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await cycle(CYCLES);
    expect([descriptors(), threads(), mappings()]).toEqual(before);
    growth.push(residentBytes() - resident);
  }
  const cycles = ROUNDS * CYCLES * INTERFACES.length;
  expect(Math.min(...growth.slice(-2)) / cycles, `growth by round: ${growth}`).toBeLessThan(LEAK_BYTES);
  // A program or a map lives by a descriptor, of which there are no more, or by an interface.
  for (const name of INTERFACES) expect(countTcPrograms(name)).toEqual([0, 0]);
  expect(execFileSync('ip', ['-d', 'link'], { encoding: 'utf8' })).not.toMatch(/prog\/xdp|promiscuity [1-9]/);
}, 600_000); // a minute where nothing else runs
