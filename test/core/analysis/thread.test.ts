// The analysis on its own thread, as the build left it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it, vi } from 'vitest';
import { RecordView } from '../../../src/core/recorder/record.js';
import { AnalysisThread } from '../../../src/threads/analysis-thread.js';
import { loadWorkers } from '../../../src/threads/start.js';
import { FakeRecorder } from '../../support/fake-recorder.js';
import { concat, unhex } from '../../support/packets.js';
import { clientHello, cryptoFrame, initial } from '../../support/quic-client.js';
import { WORKERS } from '../../support/quic-top.js';

beforeAll(() => loadWorkers(WORKERS));

/** A client's first Initial, which asks for a name, and its frame. */
function hello() {
  const dcid = 'c0ffee0011223344';
  const packet = initial({ dcid: unhex(dcid), payload: cryptoFrame(0, clientHello('thread.example')) });
  const frame = concat(new Uint8Array(42), packet);
  return { time: 1, dcid, type: 1, packetOffset: 42, packetLength: packet.length, frame };
}

it('decodes what comes, takes a census every second by the clock of the main thread, and says whom to trust', async () => {
  const fake = new FakeRecorder({}, 64, 65_536);
  const analysis = new AnalysisThread(fake.recorder, 3000);
  try {
    const packet = hello();
    const { dcid } = packet;
    fake.add(packet);
    await vi.waitFor(() => expect(analysis.decodedUpTo(0)).toBe(1));
    const view = new RecordView();
    fake.recorder.lanes[0]?.load(0, view);
    expect(analysis.decodedOf(view)).toMatchObject({ decrypted: true, sni: 'thread.example', trust: 'client' });

    await vi.waitFor(() => expect(analysis.census.packets).toBe(1), { timeout: 3000 });
    const [first, now] = [analysis.census.time, performance.now()];
    expect(now - first).toBeGreaterThanOrEqual(0);
    expect(now - first).toBeLessThan(1000);
    expect(analysis.trustOf(dcid)).toBeNull();
    expect(analysis.connectionOf(view)).toEqual({ id: 1, guess: false });
    expect(analysis.connections).toMatchObject({ opened: 1, rows: [{ id: 1, sni: 'thread.example' }] });
    await vi.waitFor(() => expect(analysis.trustOf(dcid)).toBe('client'), { timeout: 3000 });
    expect(analysis.census.time - first).toBeGreaterThan(900);
    expect(analysis.census.time - first).toBeLessThan(3000);
  } finally {
    await analysis.close();
  }
});

it('has decoded all of a stopped capture when it is finished', async () => {
  const fake = new FakeRecorder({ lanes: 2 }, 4096, 4096 * 512);
  const analysis = new AnalysisThread(fake.recorder, 3000);
  try {
    for (let time = 0; time < 2000; time++) fake.add({ ...hello(), time, lane: time % 2 });
    await analysis.finish();
    expect([analysis.decodedUpTo(0), analysis.decodedUpTo(1), analysis.missed]).toEqual([1000, 1000, 0]);
    const view = new RecordView();
    fake.recorder.lanes[1]?.load(999, view);
    expect(analysis.decodedOf(view)).toMatchObject({ decrypted: true });
  } finally {
    await analysis.close();
  }
});

/** Five packets for a thread that runs `script` instead. */
function threadOf(script: string): AnalysisThread {
  const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
  try {
    for (const name of ['analysis', 'export']) writeFileSync(join(folder, `${name}-worker.cjs`), script);
    loadWorkers(pathToFileURL(`${folder}/`));
    const fake = new FakeRecorder({}, 64, 65_536);
    for (let time = 0; time < 5; time++) fake.add(hello());
    return new AnalysisThread(fake.recorder, 3000);
  } finally {
    loadWorkers(WORKERS);
    rmSync(folder, { recursive: true });
  }
}

it('is given up at the end when it hangs, and what it did not decode is counted', async () => {
  const analysis = threadOf('for (;;);');
  await analysis.finish();
  expect([analysis.decodedUpTo(0), analysis.missed, analysis.failure]).toEqual([5, 5, null]);
  await analysis.close();
});

it('says that it failed, and is then not waited for', async () => {
  const analysis = threadOf("throw new Error('no addon')");
  expect(await analysis.failed).toMatchObject({ message: 'no addon' });
  const start = performance.now();
  await analysis.finish();
  expect(performance.now() - start).toBeLessThan(1000);
  expect([analysis.missed, analysis.failure?.message]).toEqual([5, 'no addon']);
  await analysis.close();
});
