// A capture file that is longer than its recorder, as the screen reads it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { CaptureFile } from '../../../src/core/capture/capture-file.js';
import { FileSource } from '../../../src/core/capture/file-source.js';
import { pcap } from '../../support/capture-files.js';
import { InProcessAnalysis } from '../../support/in-process-analysis.js';
import { cidv1, ethernet, filler, ipv4, longHeader, udp } from '../../support/packets.js';

const PACKETS = 9000;
const CIDS = 45;

const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function open(payload: number): Promise<CaptureFile> {
  const frames = Array.from({ length: PACKETS }, (_, i) => ({
    time: BigInt(i) * 1_000_000n,
    bytes: ethernet(ipv4(udp(longHeader({ dcid: cidv1(i % CIDS, 8), type: 'handshake', payload: filler(payload) })))),
  }));
  const path = join(folder, `${payload}.pcap`);
  writeFileSync(path, pcap(frames));
  const options = { path, ports: [4433], bufferBytes: 2 ** 20 };
  const file = await CaptureFile.open(options, new AbortController().signal);
  if (!file) throw new Error('not opened');
  return file;
}

it.each([
  ['records', 20],
  ['bytes', 1000],
])('waits for the analysis before it overwrites %s', async (_, payload) => {
  const file = await open(payload);
  let now = 0;
  const analysis = new InProcessAnalysis(file.recorder, null, () => now);
  const source = new FileSource(file, analysis);
  expect(source).toMatchObject({ kind: 'file', name: `${payload}.pcap`, loading: { done: false, frames: 0 } });
  const loading = source.load(new AbortController().signal);
  // Much slower than reading.
  const timer = setInterval(() => {
    now += 1000;
    analysis.step();
  }, 15);
  await loading;
  clearInterval(timer);
  now += 1000;
  analysis.step();
  expect(analysis.census).toMatchObject({ packets: PACKETS, missed: 0 });
  const { overwritten, ...rest } = source.loading;
  expect(rest).toEqual({ done: true, frames: PACKETS, warning: null });
  expect(overwritten).toBe(file.recorder.lanes[0]?.tail());
  expect(overwritten).toBeGreaterThan(PACKETS / 2);
  const { rows, total, backendCids } = source.cids(10);
  expect([rows.length, total, backendCids.get(44), backendCids.get(45)]).toEqual([10, CIDS, 1, undefined]);
  for (const { packets } of rows) expect(packets).toBe(PACKETS / CIDS);
  file.close();
});

it('stops when it is told to', async () => {
  const file = await open(20);
  const source = new FileSource(file, { cids: null, decodedUpTo: () => 0 });
  await source.load(AbortSignal.timeout(100));
  expect(source.loading.done).toBe(false);
  expect(source.cids(10)).toMatchObject({ rows: [], total: 0 });
  file.close();
});
