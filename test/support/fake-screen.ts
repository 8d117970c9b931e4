// The screen on made-up packets, for tests and pictures without root: FAKE_RATE packets a second for FAKE_SECONDS (then
// silence), and the sum of CPU time on stdout at the end. SIGUSR2 throws. With FAKE_BREAK a view that a key brings up
// throws: in its "layout", or in the "lines" of its pane.
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { type CidRow, noLosses } from '../../src/core/capture/capture.js';
import { LIMITS, PACKET_TYPE } from '../../src/core/native/abi.gen.js';
import { loadAddon } from '../../src/core/native/addon.js';
import { errorText } from '../../src/core/text/errors.js';
import { startExport } from '../../src/threads/export-thread.js';
import { loadWorkers } from '../../src/threads/start.js';
import { DEFAULT_COLUMNS } from '../../src/ui/capture/table/packet-columns.js';
import { runScreen } from '../../src/ui/index.js';
import type { PaletteName } from '../../src/ui/theme/palettes.js';
import { Workspace } from '../../src/ui/workspace.js';
import { FakeRecorder, fakeSource } from './fake-recorder.js';
import { InProcessAnalysis } from './in-process-analysis.js';
import { cidv1, ethernet, filler, ipv4, ipv6, type LongType, longHeader, udp } from './packets.js';

const { FAKE_RATE = '1000', FAKE_SECONDS = '1e9', FAKE_LOST = '0', FAKE_FILTER = '', FAKE_BREAK } = process.env;
const { FAKE_EXPORT_DIR = '.', FAKE_INTERFACE = 'eth0', FAKE_COLUMNS, FAKE_THEME = 'auto' } = process.env;
// The bundle lies where no addon is beside it.
loadAddon(process.env.FAKE_ADDON);

const TICK = 20;
const CONNECTIONS = 400;
const ETHERNET = 14;
const UDP = 8;

const fake = new FakeRecorder({ lanes: 2, epoch: BigInt(Date.now()) * 1_000_000n }, 2 ** 16, 2 ** 24);
const start = performance.now();

/** A connection's packets are all alike. Few backends get most of them, as in life. */
function connection(i: number) {
  const backend = i % 5 === 0 ? null : Math.floor(140 * (i / CONNECTIONS) ** 3);
  const dcid = backend === null ? Uint8Array.from(randomBytes(8)).fill(0x99, 0, 1) : cidv1(backend, 20);
  dcid.set(randomBytes(4), 4);
  const type: LongType = backend === null ? 'initial' : i % 11 === 0 ? '0rtt' : 'handshake';
  const payload = filler(backend === null ? 1170 : 80 + ((i * 13) % 900));
  const packet = longHeader({ dcid, type, payload });
  const isV6 = i % 7 === 3;
  const transport = udp(packet, { srcPort: 40000 + i * 37 });
  const [v4, v6] = [`10.0.${i >> 6}.${(i * 7) & 0xff}`, `fd77::${(i & 0xff).toString(16)}`];
  const frame = ethernet(isV6 ? ipv6(transport, { src: v6, dst: 'fd77::1' }) : ipv4(transport, { src: v4 }));
  const ip = isV6 ? 40 : 20;
  return {
    row: {
      cid: Buffer.from(dcid).toString('hex'),
      backend,
      packets: 0,
      bytes: 0,
      firstSeen: 0,
      lastSeen: 0,
      shortPackets: 0,
    },
    fields: {
      dcid: Buffer.from(dcid).toString('hex'),
      ...(backend === null ? {} : { backend }),
      type: { initial: PACKET_TYPE.TYPE_INITIAL, '0rtt': PACKET_TYPE.TYPE_0RTT, handshake: PACKET_TYPE.TYPE_HANDSHAKE }[
        type as 'initial'
      ],
      src: isV6 ? [0xfd, 0x77, ...Array(13).fill(0), i & 0xff] : v4.split('.').map(Number),
      dst: isV6 ? [0xfd, 0x77, ...Array(13).fill(0), 1] : [10, 0, 0, 1],
      srcPort: 40000 + i * 37,
      l3Offset: ETHERNET,
      l4Offset: ETHERNET + ip,
      packetOffset: ETHERNET + ip + UDP,
      packetLength: packet.length,
      frame,
    },
  };
}
const connections = Array.from({ length: CONNECTIONS }, (_, i) => connection(i));

function addPackets(count: number): void {
  const now = performance.now() - start;
  for (let i = 0; i < count; i++) {
    const which = Math.floor(Math.random() ** 2 * CONNECTIONS);
    const { row, fields } = connections[which] as (typeof connections)[number];
    row.packets++;
    row.bytes += fields.frame.length;
    row.lastSeen = Math.round((now - TICK + (TICK * i) / count) * 1e6);
    row.firstSeen ||= row.lastSeen;
    fake.add({ ...fields, lane: which & 1, rxQueue: which & 1, time: row.lastSeen });
  }
}

const analysis = new InProcessAnalysis(fake.recorder, 3000);
const analysing = setInterval(() => analysis.step(), 50);

let owed = 0;
let ticks = 0;
const timer = setInterval(() => {
  // By the ticks, which a busy machine begins late and leaves out.
  if (ticks++ * TICK > Number(FAKE_SECONDS) * 1000) return;
  owed += (Number(FAKE_RATE) * TICK) / 1000;
  addPackets(Math.floor(owed));
  owed %= 1;
}, TICK);

const stopper = new AbortController();
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopper.abort());
process.on('SIGUSR2', () => {
  throw new Error('a defect');
});

if (FAKE_BREAK) {
  const { showView } = Workspace.prototype;
  const fail = () => {
    throw new Error(`a defect in ${FAKE_BREAK}`);
  };
  Workspace.prototype.showView = function (index) {
    showView.call(this, index);
    Object.assign(FAKE_BREAK === 'layout' ? this.view : (this.panes[0] ?? {}), { [FAKE_BREAK]: fail });
  };
}

function cids(limit: number) {
  const backendCids = new Map<number, number>();
  for (const { row } of connections) {
    const { packets, backend } = row;
    if (packets > 0 && backend !== null) backendCids.set(backend, (backendCids.get(backend) ?? 0) + 1);
  }
  const rows: CidRow[] = connections
    .map(({ row }) => ({ ...row, cidLayout: Number(row.backend !== null) }))
    .filter(({ packets }) => packets > 0);
  return { rows: rows.sort((a, b) => b.packets - a.packets).slice(0, limit), total: rows.length, backendCids };
}

const cpu = process.cpuUsage();
// As the build left them, in the folder of the project.
loadWorkers(pathToFileURL('dist/'));
try {
  const lost = { ...noLosses(), rx_ring_full: Number(FAKE_LOST) };
  const source = fakeSource(fake.recorder, { name: FAKE_INTERFACE, rxQueues: 2, cids });
  const { kernel } = source.ledger();
  await runScreen(
    { ...source, ledger: () => ({ kernel, egress: null, lost, nic: null }), rxQueueLosses: () => [lost, noLosses()] },
    analysis,
    {
      ports: [LIMITS.DEFAULT_PORT],
      exportDir: FAKE_EXPORT_DIR,
      columns: FAKE_COLUMNS?.split(',') ?? DEFAULT_COLUMNS,
      theme: FAKE_THEME as 'auto' | PaletteName,
      filterText: FAKE_FILTER,
      startExport,
      keys: process.stdin,
      stop: stopper.signal,
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
