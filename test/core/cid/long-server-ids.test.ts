// Server ids that are longer than what a record has for a backend: told apart by all of their bytes, everywhere.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CensusCounter, unpackCensus } from '../../../src/core/analysis/census-counter.js';
import { CidCounter } from '../../../src/core/analysis/cid-counter.js';
import { CaptureFile } from '../../../src/core/capture/capture-file.js';
import { queueOf } from '../../../src/core/cid/queue.js';
import { dissect } from '../../../src/core/dissect/dissect.js';
import { compileFilter } from '../../../src/core/filter/index.js';
import { CID_SCHEME } from '../../../src/core/native/abi.gen.js';
import { NEVER_OPENED } from '../../../src/core/quic/decoded.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { RecordCursor } from '../../../src/core/recorder/record-cursor.js';
import { pcap } from '../../support/capture-files.js';
import { cidLayout } from '../../support/cid-layouts.js';
import { concat, ethernet, hex, ipv4, longHeader, udp, unhex } from '../../support/packets.js';
import type { JsonPacket } from '../../support/quic-top.js';
import { jsonOf } from '../../support/records.js';

/** 61 bits that begin inside byte 1 of CIDs of 12 bytes. */
const LONG = cidLayout({
  scheme: CID_SCHEME.CID_OFFSET,
  least: 12,
  most: 12,
  first_mask: 0xc0,
  first_value: 0x40,
  id_bit: 11,
  id_bits: 61,
});
/** 120 bits, the most there are, from byte 1 on. */
const LONGEST = cidLayout({
  scheme: CID_SCHEME.CID_OFFSET,
  least: 20,
  most: 20,
  first_mask: 0xc0,
  first_value: 0x80,
  id_bit: 8,
  id_bits: 120,
});

const PACKETS: [cid: string, backend: number | bigint][] = [
  ['40 e000000000000011 aaaaaa', 0x11],
  ['40 e100000200000011 aaaaaa', 0x0100000200000011n],
  ['40 e100000200000011 bbbbbb', 0x0100000200000011n],
  ['40 e100000300000011 aaaaaa', 0x0100000300000011n],
  ['40 e01fffffffffffff aaaaaa', Number.MAX_SAFE_INTEGER],
  ['40 e020000000000000 aaaaaa', 2n ** 53n],
  ['80 ffeeddccbbaa99887766554433221f aaaaaaaa', 0xffeeddccbbaa99887766554433221fn],
];
const cids = PACKETS.map(([cid]) => unhex(cid.replaceAll(' ', '')));
const backends = PACKETS.map(([, backend]) => backend);
const frames = cids.map((dcid) => ethernet(ipv4(udp(longHeader({ dcid, type: 'handshake' })))));
const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function open(bytes: readonly Uint8Array[]): Promise<CaptureFile> {
  const path = join(folder, 'x.pcap');
  writeFileSync(path, pcap(bytes.map((frame, i) => ({ time: BigInt(i), bytes: frame }))));
  const options = { path, ports: [4433], bufferBytes: 4 << 20, cidLayouts: concat(LONG, LONGEST) };
  return (await CaptureFile.open(options, new AbortController().signal)) as CaptureFile;
}

let views: RecordView[];
let file: CaptureFile;
beforeAll(async () => {
  file = await open(frames);
  while (file.read());
  views = frames.map((_, i) => {
    const view = new RecordView();
    file.recorder.lanes[0]?.load(i, view);
    return view;
  });
});
afterAll(() => file.close());

it('in records, each id with a handle of its own', () => {
  expect(views.map(({ backend }) => backend)).toEqual(backends);
  expect(views.map(({ cidLayout: layout, backendHandle }) => [layout, backendHandle])).toEqual([
    [1, 0],
    [1, 1],
    [1, 1],
    [1, 2],
    [1, 3],
    [1, 4],
    [2, 5],
  ]);
});

it('in queues, by the last byte', () => {
  const queues = cids.map((cid, i) => (cid[i < 6 ? 8 : 15] as number) % 64);
  expect(views.map(({ backend }) => queueOf(backend))).toEqual(queues);
  for (const queue of new Set(queues)) {
    expect(file.recorder.queue(queue).packets).toBe(queues.filter((each) => each === queue).length);
  }
});

it('in JSON, as digits where a number is not exact', () => {
  const written = backends.map((backend) => (typeof backend === 'number' ? backend : `0x${backend.toString(16)}`));
  expect(jsonOf(file.recorder, views).map(({ backend }) => backend)).toEqual(written);
});

it.each([
  ['backend == 0x0100000200000011', [1, 2]],
  ['backend == 72057602627862545', [1, 2]],
  ['backend > 0x0100000200000011', [3, 6]],
  ['backend < 0x20000000000000', [0, 4]],
  ['backend in {17, 0x0100000300000011..0x0100000400000000}', [0, 3]],
  ['backend', [0, 1, 2, 3, 4, 5, 6]],
])('in the filter %s', (filter, expected) => {
  const { matches } = compileFilter(filter);
  const found = views.flatMap((view, i) => (matches(view, () => NEVER_OPENED.none) ? [i] : []));
  expect(found).toEqual(expected);
});

it('in the tables of backends and CIDs', () => {
  const census = new CensusCounter();
  const counter = new CidCounter();
  for (const view of views) {
    census.count(view, NEVER_OPENED.none);
    counter.count(view);
  }
  const { backends: rows } = unpackCensus(census.take(0, 0, 0), file.recorder.serverIds);
  expect(new Map(rows.map(({ backend, packets }) => [backend, packets]))).toEqual(
    new Map(backends.map((backend) => [backend, backends.filter((each) => each === backend).length])),
  );
  expect(new Map(counter.top(10).rows.map(({ cid, backend }) => [cid, backend]))).toEqual(
    new Map(cids.map((cid, i) => [hex(cid), backends[i]])),
  );
});

it('in the fields of a packet', () => {
  const labels = JSON.stringify(dissect(views[1] as RecordView, frames[1] as Uint8Array, null).fields, (key, value) =>
    key === 'parent' ? undefined : value,
  );
  expect(labels).toContain('Backend ID: 0x100000200000011');
});

it('says so when there are more than it can tell apart', async () => {
  const idOf = (i: number) => unhex(`40e0ffff${i.toString(16).padStart(10, '0')}aaaaaa`.slice(0, 24));
  const many = await open(
    Array.from({ length: 8200 }, (_, i) => ethernet(ipv4(udp(longHeader({ dcid: idOf(i), type: 'handshake' }))))),
  );
  const cursor = new RecordCursor(many.recorder);
  let named = 0;
  let last: JsonPacket[] = [];
  for (let more = true; more; ) {
    more = many.read();
    for (let view = cursor.next(); view; view = cursor.next()) {
      if (view.hasBackend) named++;
      if (view.frame === 8200) last = jsonOf(many.recorder, [view]);
    }
  }
  // What 4 MiB have room for.
  expect(named).toBe(8192);
  expect(last).toMatchObject([{ backend: null, queue: null, issues: ['too_many_backends'] }]);
  many.close();
});

it('takes none from a connection ID that a client made up, but knows one there that a server has used', async () => {
  const [made, chosen] = [unhex('40e0000000000bad00000000'), cids[1] as Uint8Array];
  const packets: Parameters<typeof longHeader>[0][] = [
    { dcid: made, type: 'initial' },
    { dcid: chosen, type: 'initial' },
    { dcid: chosen, type: 'handshake' },
    { dcid: chosen, type: 'initial' },
    { dcid: made, type: '0rtt' },
  ];
  const learned = await open(packets.map((packet) => ethernet(ipv4(udp(longHeader(packet))))));
  const cursor = new RecordCursor(learned.recorder);
  while (learned.read());
  const found = [];
  for (let view = cursor.next(); view; view = cursor.next()) found.push(view.backend);
  expect(found).toEqual([null, null, backends[1], backends[1], null]);
  learned.close();
});
