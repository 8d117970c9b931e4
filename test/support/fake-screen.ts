// The screen on made-up packets, for tests and pictures without root: FAKE_RATE packets a second for FAKE_SECONDS (then
// silence), and the sum of CPU time on stderr at the end.
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { LIMITS } from '../../src/core/abi.gen.js';
import type { CidRow } from '../../src/core/capture.js';
import { errorText } from '../../src/core/errors.js';
import { startExport } from '../../src/export-job.js';
import { runScreen } from '../../src/ui/index.js';
import { loadWorkers } from '../../src/workers.js';
import { FakeRecorder } from './fake-recorder.js';
import { InProcessAnalysis } from './in-process-analysis.js';

const { FAKE_RATE = '1000', FAKE_SECONDS = '1e9', FAKE_LOST = '0', FAKE_FILTER = '', FAKE_THROW } = process.env;
const { FAKE_EXPORT_DIR = '.', FAKE_INTERFACE = 'eth0' } = process.env;
// As the build left them; the tests run at the root of the project.
loadWorkers(pathToFileURL('dist/'));
const TICK = 20;
const CONNECTIONS = 400;

const fake = new FakeRecorder({ lanes: 2, epoch: BigInt(Date.now()) * 1_000_000n }, 2 ** 16, 2 ** 24);
const start = performance.now();

/** Few backends get most of the packets, as in life. */
const connections = Array.from({ length: CONNECTIONS }, (_, i) => {
  const backend = Math.floor(140 * (i / CONNECTIONS) ** 3);
  const cid = randomBytes(i % 5 === 0 ? 8 : 20);
  const routed = i % 5 !== 0;
  if (routed) {
    cid[0] = 1;
    cid.writeUInt16BE(backend, 2);
  }
  return {
    row: {
      cid: cid.toString('hex'),
      backend: routed ? backend : null,
      packets: 0,
      bytes: 0,
      firstSeen: 0,
      lastSeen: 0,
    },
    src: i % 7 === 3 ? [0xfd, 0x77, ...Array(12).fill(0), 0, i & 0xff] : [10, 0, i >> 6, (i * 7) & 0xff],
    dst: i % 7 === 3 ? [0xfd, 0x77, ...Array(13).fill(0), 1] : [10, 0, 0, 1],
    srcPort: 40000 + i * 37,
  };
});
const frame = randomBytes(220);

function addPackets(count: number): void {
  const now = performance.now() - start;
  for (let i = 0; i < count; i++) {
    const which = Math.floor(Math.random() ** 2 * CONNECTIONS);
    const { row, ...endpoints } = connections[which] as (typeof connections)[number];
    row.packets++;
    fake.add({
      ...endpoints,
      lane: which & 1,
      rxQueue: which & 1,
      time: Math.round((now - TICK + (TICK * i) / count) * 1e6),
      dcid: row.cid,
      ...(row.backend === null ? {} : { backend: row.backend }),
      type: row.backend === null ? 1 : which % 11 === 0 ? 2 : 3,
      packetLength: row.backend === null ? 1200 : 80 + ((which * 13) % 900),
      frame,
    });
  }
}

const analysis = new InProcessAnalysis(fake.recorder, 3000);
const analysing = setInterval(() => analysis.step(), 50);

let owed = 0;
const timer = setInterval(() => {
  if (performance.now() - start > Number(FAKE_SECONDS) * 1000) return;
  owed += (Number(FAKE_RATE) * TICK) / 1000;
  addPackets(Math.floor(owed));
  owed %= 1;
}, TICK);

const stopper = new AbortController();
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopper.abort());
if (FAKE_THROW)
  setTimeout(() => {
    throw new Error(FAKE_THROW);
  }, 500);

const noLosses = { rx_ring_full: 0, fill_ring_empty: 0, invalid_descriptor: 0 };
const cpu = process.cpuUsage();
try {
  await runScreen(
    {
      kind: 'live',
      name: FAKE_INTERFACE,
      mode: 'divert',
      reason: null,
      loading: null,
      recorder: fake.recorder,
      xdp: 'native',
      rxQueues: 2,
      ledger: () => ({
        kernel: {} as never,
        egress: null,
        lost: { ...noLosses, rx_ring_full: Number(FAKE_LOST), tap_buffer_full: 0 },
      }),
      rxQueueLosses: () => [{ ...noLosses, rx_ring_full: Number(FAKE_LOST) }, noLosses],
      cids(limit) {
        const backendCids = new Uint32Array(65_536);
        for (const { row } of connections) {
          if (row.packets > 0 && row.backend !== null) (backendCids[row.backend] as number)++;
        }
        const rows: CidRow[] = connections.map(({ row }) => ({ ...row })).filter(({ packets }) => packets > 0);
        return { rows: rows.sort((a, b) => b.packets - a.packets).slice(0, limit), total: rows.length, backendCids };
      },
    },
    {
      ports: [LIMITS.DEFAULT_PORT],
      exportDir: FAKE_EXPORT_DIR,
      analysis,
      keys: process.stdin,
      filterText: FAKE_FILTER,
      stop: stopper.signal,
      startExport,
      onProblem: () => {},
    },
  );
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = 1;
}
clearInterval(timer);
clearInterval(analysing);
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - start) / 1000;
process.stdout.write(`ended; cpu ${((user + system) / 1e4 / seconds).toFixed(1)} % of a core, `);
process.stdout.write(`heap ${(process.memoryUsage().heapUsed / 1e6).toFixed(1)} MB\n`);
