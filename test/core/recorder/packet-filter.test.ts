// Filters that need what is in Initials, for readers that walk through all packets: lines and their count.
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaptureFile } from '../../../src/core/capture/capture-file.js';
import { compileFilter } from '../../../src/core/filter/index.js';
import { PACKET_TYPE } from '../../../src/core/native/abi.gen.js';
import { decodedBy, decodedCursor, decodeHere, PacketFilter } from '../../../src/core/recorder/packet-filter.js';
import { pump } from '../../../src/core/recorder/pump.js';
import type { RecordView } from '../../../src/core/recorder/record.js';
import { RecordCursor } from '../../../src/core/recorder/record-cursor.js';
import { FakeRecorder } from '../../support/fake-recorder.js';
import { readFixture } from '../../support/fixtures.js';
import { InProcessAnalysis } from '../../support/in-process-analysis.js';
import { unhex } from '../../support/packets.js';
import { clientHello, cryptoFrame, initial } from '../../support/quic-client.js';

const NAME = 'quiche-cidv1';
const HELLOS = JSON.parse(readFixture(`${NAME}.hello.json`).toString()) as {
  records: { frame: number; sni?: string | null }[];
};
const FRAMES = HELLOS.records.filter(({ sni }) => sni).map(({ frame }) => frame);

let file: CaptureFile;
beforeEach(async () => {
  const path = fileURLToPath(new URL(`../../fixtures/${NAME}.pcap`, import.meta.url));
  const opened = await CaptureFile.open({ path, ports: [4433], bufferBytes: 4 << 20 }, new AbortController().signal);
  if (!opened) throw new Error('it was not opened');
  file = opened;
  while (file.read());
});
afterEach(() => file.close());

/** Counts the packets that match, without a line for any. */
function countMatches(text: string, limit = Number.POSITIVE_INFINITY): Promise<number> {
  const filter = new PacketFilter(compileFilter(text), decodeHere(file.recorder));
  return pump(new RecordCursor(file.recorder), [], limit, filter);
}

describe('of a live capture, whose analysis is on another thread', () => {
  const dcid = 'c0ffee0011223344';
  const bytes = initial({ dcid: unhex(dcid), payload: cryptoFrame(0, clientHello('live.example')) });
  const hello = { time: 1, dcid, type: PACKET_TYPE.TYPE_INITIAL, packetLength: bytes.length, frame: bytes };
  const setUp = (slots: number) => {
    const fake = new FakeRecorder({ lanes: 2 }, slots, slots * 2048);
    const { recorder } = fake;
    const analysis = new InProcessAnalysis(recorder, 3000);
    const filter = (text: string) => new PacketFilter(compileFilter(text), decodedBy(analysis, recorder));
    return { fake, analysis, cursor: decodedCursor(analysis, recorder), filter };
  };

  it('gives no packet before it is decoded', () => {
    const { fake, analysis, cursor, filter } = setUp(64);
    fake.add(hello);
    fake.add({ time: 2, lane: 1, type: PACKET_TYPE.TYPE_HANDSHAKE });
    expect(cursor.next()).toBeNull();
    analysis.step();
    fake.add({ ...hello, time: 3 });
    const byName = filter('sni == live.example');
    const matches = [cursor.next(), cursor.next()].map((view) => view && byName.matches(view));
    expect(matches).toEqual([true, false]);
    expect(cursor.next()).toBeNull();
  });

  it('says of a packet whose decoding is lost that it was not decoded', () => {
    const { fake, analysis, cursor, filter } = setUp(4);
    fake.add(hello);
    analysis.step();
    const view = cursor.next() as RecordView;
    for (let time = 2; time < 8; time++) fake.add({ ...hello, time });
    const all = filter('');
    expect(all.matches(view)).toBe(true);
    expect(all.decoded).toMatchObject({ decrypted: null, sni: null, issues: ['not_decoded'] });
  });

  it('says the same of one that the analysis passed over, and of what it leaves when it hangs', () => {
    const { fake, analysis, cursor, filter } = setUp(64);
    fake.add(hello);
    fake.add({ ...hello, time: 3_000_000_000 });
    analysis.step();
    fake.add({ ...hello, time: 3_000_000_001 });
    analysis.giveUp();
    const lost = filter('issues == not_decoded');
    expect([1, 2, 3].map(() => lost.matches(cursor.next() as RecordView))).toEqual([true, true, true]);
    expect(analysis.missed).toBe(3);
    expect(cursor.next()).toBeNull();
  });
});

describe('PacketFilter', () => {
  it('counts packets by what is in them where no line is written', async () => {
    expect(FRAMES.length).toBeGreaterThan(10);
    expect(await countMatches('sni')).toBe(FRAMES.length);
    expect(await countMatches('sni', 3)).toBe(3);
    const all = file.recorder.packets;
    expect(await countMatches('not sni')).toBe(all - FRAMES.length);
  });
});
