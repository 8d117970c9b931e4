// What bench/analysis.mjs measures, bundled by it: the analysis of a recorder full of Handshake packets of 20,000 CIDs.
import { randomBytes } from 'node:crypto';
import { Analyser } from '../../src/core/analysis/analyser.js';
import { AnalysisIndex } from '../../src/core/analysis/analysis-index.js';
import { RECORD_FLAGS } from '../../src/core/native/abi.gen.js';
import { RecordView } from '../../src/core/recorder/record.js';
import { FakeRecorder } from '../../test/support/fake-recorder.js';

const RECORDS = 65_535;
const LOOKS = 1_000_000;
const CLIENT = 'aabbccddeeff0011';
/** The ends of a packet that the server sent: those of the others, exchanged. */
const FROM_SERVER = {
  flags: RECORD_FLAGS.RECORD_FROM_WATCHED,
  src: [10, 0, 0, 1],
  srcPort: 4433,
  dst: [10, 0, 0, 2],
  dstPort: 50_000,
};

const fake = new FakeRecorder({}, RECORDS + 1, (RECORDS + 1) * 32);
const cids = Array.from({ length: 20_000 }, () => randomBytes(20).toString('hex'));
for (let time = 0; time < RECORDS; time++) {
  const which = Math.floor(Math.random() * cids.length);
  const cid = cids[which] as string;
  const ends = time % 2 ? { dcid: cid, scid: CLIENT, flags: 0 } : { dcid: CLIENT, scid: cid, ...FROM_SERVER };
  fake.add({ time, ...ends, type: 3, backend: which });
}

/** Nanoseconds for each record, and for each decodedOf() on the main thread. */
export function measure(liveBudget: number | null): { record: number; look: number } {
  const index = new AnalysisIndex(fake.recorder, () => {});
  const analyser = new Analyser(fake.recorder, index.table, index.details, index.numbers, {
    liveBudget,
    now: () => performance.now(),
  });
  const start = performance.now();
  while (index.decodedUpTo(0) < RECORDS) {
    const report = analyser.run(50);
    if (report) index.add(report);
  }
  const decoded = performance.now();
  const view = new RecordView();
  fake.recorder.lanes[0]?.load(1, view);
  for (let i = 0; i < LOOKS; i++) index.decodedOf(view);
  return { record: ((decoded - start) * 1e6) / RECORDS, look: ((performance.now() - decoded) * 1e6) / LOOKS };
}
