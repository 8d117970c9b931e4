// The life of a capture session in every order that a program could choose, on a veth of a private network.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Capture, type CaptureOptions } from '../../src/core/capture/capture.js';
import { isBalanced } from '../../src/core/capture/summary.js';
import { LIMITS, MODE } from '../../src/core/native/abi.gen.js';
import { loadAddon } from '../../src/core/native/addon.js';
import { RecordCursor } from '../../src/core/recorder/record-cursor.js';
import { SENDER } from '../support/datagrams.js';
import { cidv1, hex, longHeader } from '../support/packets.js';
import {
  isAttached,
  makePrivateVeth,
  NATIVE_OPTIONS,
  OPTIONS,
  SOMEBODY,
  send,
  untilRecorded,
} from '../support/private-veth.js';

/** Captures that a failed test may have left open. */
const open: Capture[] = [];
function openCapture(options: Partial<CaptureOptions> = {}): Capture {
  const capture = Capture.open({ ...OPTIONS, ...options });
  open.push(capture);
  return capture;
}

beforeAll(makePrivateVeth);

afterEach(() => {
  for (const capture of open.splice(0)) capture.close();
  expect(isAttached()).toBe(false);
});

it('captures a packet, with the addresses, the backend and the bytes that were sent', async () => {
  const capture = openCapture();
  capture.start();
  const payload = longHeader({ dcid: cidv1(4660) });
  await send(payload);
  capture.stop();

  const view = new RecordCursor(capture.recorder).next();
  expect(view).toMatchObject({ frame: 1, index: 0, version: 1, backend: 4660, dstPort: 4433, ipVersion: 4 });
  if (!view) throw new Error('no record');
  const frame = capture.recorder.lane(view).frameOf(view) as Uint8Array;
  expect(hex(frame.subarray(view.packetOffset))).toBe(hex(payload));
  expect(capture.recorder.queue(4660 % 64)).toEqual({ packets: 1, bytes: frame.length });
  expect(capture.recorder.withoutMetadata).toBe(0);
  const wall = Number(capture.recorder.epoch / 1_000_000n) + view.time / 1e6;
  expect(Math.abs(Date.now() - wall)).toBeLessThan(5000);
});

/** BPF ring buffers that this process has open (proc(5): fdinfo). */
function ringBuffers(): number {
  const texts = readdirSync('/proc/self/fdinfo').map((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    } catch {
      return ''; // that by which the folder was read
    }
  });
  return texts.filter((text) => /^map_type:\s*27$/m.test(text)).length;
}

it('takes what each CPU copies, from a buffer of its own, in order', async () => {
  const capture = openCapture({ mode: 'tap' });
  capture.start();
  const cpus = Array.from({ length: availableParallelism() }, (_, cpu) => cpu);
  // A veth hands a frame on to the CPU that sent it.
  for (const cpu of [...cpus, ...cpus])
    execFileSync('taskset', ['--cpu-list', String(cpu), process.execPath, SENDER, SOMEBODY, '4433', '1'], {
      input: Buffer.from(longHeader({ dcid: cidv1(cpu) })).toString('hex'),
    });
  await untilRecorded();
  capture.stop();
  const cursor = new RecordCursor(capture.recorder);
  const backends = Array.from({ length: 2 * cpus.length }, () => cursor.next()?.backend);
  expect(backends).toEqual([...cpus, ...cpus]);
  expect(ringBuffers()).toBe(Math.min(cpus.length, LIMITS.TAP_BUFFERS));
});

it('reads cid_counter: the CIDs of most packets first, and how many there are', async () => {
  const capture = openCapture();
  capture.start();
  for (const backend of [1, 2, 2, 3, 2, 3]) await send(longHeader({ dcid: cidv1(backend) }));
  await send(longHeader({ dcid: cidv1(3, 12) }));
  const { rows, total, backendCids } = capture.cids(2);
  expect(total).toBe(4);
  expect(rows.map(({ backend, packets }) => [backend, packets])).toEqual([
    [2, 3],
    [3, 2],
  ]);
  expect(new Map(backendCids)).toEqual(
    new Map([
      [1, 1],
      [2, 1],
      [3, 2],
    ]),
  );
  expect(rows[0]?.cid).toBe(hex(cidv1(2)));
  expect(rows[0]?.lastSeen).toBeGreaterThan(rows[0]?.firstSeen as number);
});

it('changes the mode while packets flow, and loses none that was counted', async () => {
  const capture = openCapture();
  capture.start();
  const sender = createSocket('udp4');
  const payloads = Array.from({ length: 64 }, (_, i) => longHeader({ dcid: cidv1(i) }));
  let sent = 0;
  for (let i = 0; i < 20; i++) {
    capture.setMode(i % 2 === 0 ? 'tap' : 'divert');
    const done = payloads.map(
      (payload) => new Promise<void>((resolve) => sender.send(payload, 4433, SOMEBODY, () => resolve())),
    );
    if (i % 3 === 0) capture.setMode(i % 2 === 0 ? 'divert' : 'tap');
    await Promise.all(done);
    sent += payloads.length;
  }
  sender.close();
  await untilRecorded();
  expect(capture.mode).toBe('divert');
  capture.stop();
  const ledger = capture.ledger();
  expect(ledger.kernel.redirected).toBeGreaterThan(0);
  expect(ledger.kernel.tapped).toBeGreaterThan(0);
  expect(ledger.kernel.long_header).toBe(sent);
  expect(capture.recorder.captured).toBe(sent);
  expect(isBalanced(ledger, capture.recorder.captured)).toBe(true);
});

it('closes before start, twice, and after stop; then says that it is closed', () => {
  const capture = openCapture();
  expect(isAttached()).toBe(true);
  capture.close();
  capture.close();
  expect(isAttached()).toBe(false);
  expect(() => capture.ledger()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  const second = openCapture();
  second.start();
  second.stop();
  second.stop();
  expect(isAttached()).toBe(false);
  expect(second.ledger().kernel.frames).toBeGreaterThanOrEqual(0);
  second.close();
});

it('leaves no descriptor and no thread behind, also when opening fails half-way', () => {
  openCapture().close();
  const count = () => [readdirSync('/proc/self/fd').length, readdirSync('/proc/self/task').length];
  const before = count();
  for (let i = 0; i < 5; i++) {
    const capture = openCapture();
    capture.start();
    capture.close();
    // Fails last of all things: the program is loaded and the sockets are bound by then.
    expect(() => Capture.open({ ...OPTIONS, bufferBytes: 4096 })).toThrow(expect.objectContaining({ code: 'BUFFER' }));
  }
  expect(count()).toEqual(before);
});

it('keeps at most 128 MiB of frames, however many RX queues there are', () => {
  const queues = ['numrxqueues', '32', 'numtxqueues', '32'];
  execFileSync('ip', ['link', 'add', 'many', ...queues, 'type', 'veth', 'peer', 'name', 'others', ...queues]);
  execFileSync('ip', ['link', 'set', 'many', 'up']);
  const residentMegabytes = () => process.memoryUsage.rss() / 2 ** 20;
  const before = residentMegabytes();
  const capture = openCapture({ interface: 'many' });
  expect(capture.socketQueues).toBe(32);
  const taken = residentMegabytes() - before;
  expect(taken).toBeGreaterThan(100);
  // A tap buffer is mapped twice, one copy behind the other.
  const cpus = Math.min(availableParallelism(), LIMITS.TAP_BUFFERS);
  const tapBuffers = (2 * cpus * (cpus <= 4 ? 2 : 1) * LIMITS.TAP_BYTES) / 2 ** 20;
  expect(taken).toBeLessThan(128 + tapBuffers + 20);
  capture.close();
  execFileSync('ip', ['link', 'del', 'many']);
});

describe('refuses an option that it does not know, and attaches nothing', () => {
  const { CaptureSession } = loadAddon();
  const open = (changes: object) => () => {
    const own = { mode: MODE.MODE_TAP, ports: Uint16Array.of(4433), cidLayouts: undefined, cidKeys: undefined };
    const options = { ...NATIVE_OPTIONS, ...own, ...changes };
    return new CaptureSession(options, new Uint8Array(new SharedArrayBuffer(OPTIONS.bufferBytes)));
  };

  it.each([
    [{ mode: 3 }, 'option mode: 3 is none of 0 (idle), 1 (divert), 2 (tap)'],
    [{ mode: -1 }, 'option mode: -1 is none of'],
    [{ mode: 1.5 }, 'option mode: 1.5 is none of'],
    [{ mode: '1' }, 'option mode: 1 is none of'],
    [{ mode: undefined }, 'option mode: undefined is none of'],
    [{ hook: 'Native' }, 'option hook: Native is none of socket, tc, native, generic'],
    [{ hook: '' }, 'option hook:  is none of'],
    [{ hook: undefined }, 'option hook: undefined is none of'],
    [{ egress: 'tcx' }, 'option egress: tcx is none of auto, socket, none'],
  ])('%j', (changes, message) => {
    expect(open(changes)).toThrow(RangeError);
    expect(open(changes)).toThrow(message);
    expect(isAttached()).toBe(false);
  });

  it('while it captures, too, and goes on as before', () => {
    const session = open({})();
    session.start();
    expect(() => session.setMode(7)).toThrow(new RangeError('option mode: 7 is none of 0 (idle), 1 (divert), 2 (tap)'));
    expect(session.look().programAttached).toBe(true);
    session.close();
  });
});

it('ends with the worker thread that opened it', async () => {
  const addon = new URL('../../build/Release/quic_top.node', import.meta.url).pathname;
  const worker = new Worker(
    `const { CaptureSession } = require(${JSON.stringify(addon)});
     const { parentPort, workerData } = require('node:worker_threads');
     const options = { ...workerData, mode: 1, ports: Uint16Array.of(4433) };
     const session = new CaptureSession(options, new Uint8Array(new SharedArrayBuffer(4 << 20)));
     session.start();
     parentPort.postMessage('started');
     setInterval(() => session, 1000);`,
    { eval: true, workerData: { ...NATIVE_OPTIONS, ports: null } },
  );
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  expect(isAttached()).toBe(true);
  await worker.terminate();
  expect(isAttached()).toBe(false);
});
