// The analysis on its own thread, as the build left it.
import { beforeAll, expect, it, vi } from 'vitest';
import { AnalysisThread } from '../../../src/analysis.js';
import { RecordView } from '../../../src/core/record.js';
import { loadWorkers } from '../../../src/workers.js';
import { FakeRecorder } from '../../support/fake-recorder.js';
import { concat, unhex } from '../../support/packets.js';
import { clientHello, cryptoFrame, initial } from '../../support/quic-client.js';
import { WORKERS } from '../../support/quic-top.js';

beforeAll(() => loadWorkers(WORKERS));

it('decodes what comes, takes a census every second by the clock of the main thread, and says whom to trust', async () => {
  const fake = new FakeRecorder({}, 64, 65_536);
  const analysis = new AnalysisThread(fake.recorder, 3000);
  try {
    const dcid = 'c0ffee0011223344';
    const packet = initial({ dcid: unhex(dcid), payload: cryptoFrame(0, clientHello('thread.example')) });
    const frame = concat(new Uint8Array(42), packet);
    fake.add({ time: 1, dcid, type: 1, packetOffset: 42, packetLength: packet.length, frame });
    await vi.waitFor(() => expect(analysis.decodedUpTo(0)).toBe(1));
    const view = new RecordView();
    fake.recorder.lanes[0]?.load(0, view);
    expect(analysis.decodedOf(view)).toMatchObject({ decrypted: true, sni: 'thread.example', trust: 'client' });

    await vi.waitFor(() => expect(analysis.census.packets).toBe(1), { timeout: 3000 });
    const [first, now] = [analysis.census.time, performance.now()];
    expect(now - first).toBeGreaterThanOrEqual(0);
    expect(now - first).toBeLessThan(1000);
    expect(analysis.trustOf(dcid)).toBeNull();
    await vi.waitFor(() => expect(analysis.trustOf(dcid)).toBe('client'), { timeout: 3000 });
    expect(analysis.census.time - first).toBeGreaterThan(900);
    expect(analysis.census.time - first).toBeLessThan(3000);
  } finally {
    await analysis.close();
  }
});
