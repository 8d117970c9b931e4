// What bench/filter.mjs measures, bundled by it: filters on a recorder full of packets of 20,000 CIDs.
import { randomBytes } from 'node:crypto';
import { compileFilter } from '../../src/core/filter/index.js';
import { NOTHING_KNOWN } from '../../src/core/quic/decoded.js';
import { PacketList } from '../../src/core/recorder/packet-list.js';
import { RecordView } from '../../src/core/recorder/record.js';
import { FakeRecorder } from '../../test/support/fake-recorder.js';

const RECORDS = 65_536;
const LOOKED_AT = 256;
const ROUNDS = 4000;

const fake = new FakeRecorder({}, RECORDS, RECORDS * 32);
const cids = Array.from({ length: 20_000 }, () => `01${randomBytes(7).toString('hex')}`);
for (let time = 0; time < RECORDS; time++) {
  const which = Math.floor(Math.random() * cids.length);
  const type = time % 4 === 0 ? 1 : 3;
  fake.add({ time, dcid: cids[which] as string, scid: 'aabbccdd', backend: which, type, src: [10, 0, which & 255, 2] });
}
const decodedOf = () => NOTHING_KNOWN;
const decoded = { decodedOf, decodedUpTo: () => RECORDS };

/** Nanoseconds for each packet: of the filter alone, and of finding the matches in the recorder. */
export function measure(text: string): { filter: number; search: number } {
  const filter = compileFilter(text);
  const views = Array.from({ length: LOOKED_AT }, (_, i) => {
    const view = new RecordView();
    fake.recorder.lanes[0]?.load(i * 17, view);
    return view;
  });
  let start = performance.now();
  for (let round = 0; round < ROUNDS; round++) for (const view of views) filter.matches(view, decodedOf);
  const alone = performance.now() - start;
  const list = new PacketList(fake.recorder, () => 0, decoded);
  list.setFilter(filter);
  start = performance.now();
  list.tick(1);
  const search = performance.now() - start;
  return { filter: (alone * 1e6) / (ROUNDS * LOOKED_AT), search: (search * 1e6) / RECORDS };
}
