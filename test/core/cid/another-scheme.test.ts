// The same packets, read by another layout of connection IDs than CIDv1's: other backends, everywhere, by one configuration.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CensusCounter, unpackCensus } from '../../../src/core/analysis/census-counter.js';
import { CidCounter } from '../../../src/core/analysis/cid-counter.js';
import { CaptureFile } from '../../../src/core/capture/capture-file.js';
import { dissect } from '../../../src/core/dissect/dissect.js';
import { compileFilter } from '../../../src/core/filter/index.js';
import { NEVER_OPENED } from '../../../src/core/quic/decoded.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { spacedCid } from '../../../src/ui/capture/table/cid-text.js';
import { pcap } from '../../support/capture-files.js';
import { CIDV1, ELSEWHERE, elsewhereCid } from '../../support/cid-layouts.js';
import { constants, Program, XDP } from '../../support/harness.js';
import { cidv1, concat, ethernet, hex, ipv4, longHeader, udp } from '../../support/packets.js';
import { jsonOf } from '../../support/records.js';

const BACKEND = 0x31441a;
const cids = { cidv1: cidv1(17, 8), elsewhere: elsewhereCid(BACKEND), neither: elsewhereCid(5, 0x80) };
const frames = Object.values(cids).map((dcid) => ethernet(ipv4(udp(longHeader({ dcid })))));
const names = Object.keys(cids) as (keyof typeof cids)[];

const CONFIGURATIONS = [
  { title: 'CIDv1', cidLayouts: CIDV1, backends: [17, null, null], schemes: ['cidv1', null, null] },
  { title: 'another', cidLayouts: ELSEWHERE, backends: [null, BACKEND, null], schemes: [null, 'offset', null] },
  {
    title: 'both',
    cidLayouts: concat(CIDV1, ELSEWHERE),
    backends: [17, BACKEND, null],
    schemes: ['cidv1', 'offset', null],
  },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
  writeFileSync(join(folder, 'x.pcap'), pcap(frames.map((bytes, i) => ({ time: BigInt(i), bytes }))));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(CONFIGURATIONS)('by $title', ({ cidLayouts, backends, schemes }) => {
  const views: RecordView[] = [];
  let file: CaptureFile;
  let program: Program | undefined;
  beforeAll(async () => {
    const options = { path: join(folder, 'x.pcap'), ports: [4433], bufferBytes: 4 << 20, cidLayouts };
    file = (await CaptureFile.open(options, new AbortController().signal)) as CaptureFile;
    while (file.read());
    for (let i = 0; i < frames.length; i++) {
      const view = new RecordView();
      file.recorder.lanes[0]?.load(i, view);
      views.push(view);
    }
  });
  afterAll(() => {
    file.close();
    program?.close();
  });

  it('in records, JSON and filters', () => {
    expect(views.map(({ backend }) => backend)).toEqual(backends);
    expect(jsonOf(file.recorder, views)).toMatchObject(
      backends.map((backend, i) => ({
        backend,
        cid_scheme: schemes[i],
        queue: backend === null ? null : backend % 64,
        dcid: hex(cids[names[i] as keyof typeof cids]),
      })),
    );
    for (const backend of [17, BACKEND]) {
      const { matches } = compileFilter(`backend == ${backend}`);
      expect(views.map((view) => matches(view, () => NEVER_OPENED.none))).toEqual(
        backends.map((each) => each === backend),
      );
    }
  });

  it('in the tables of backends and CIDs', () => {
    const census = new CensusCounter();
    const counter = new CidCounter();
    for (const view of views) {
      census.count(view, NEVER_OPENED.none);
      counter.count(view);
    }
    const named = backends.filter((backend) => backend !== null);
    const counted = unpackCensus(census.take(0, 0, 0), file.recorder.serverIds);
    expect(counted.backends.map(({ backend }) => backend).sort()).toEqual([...named].sort());
    expect(counted.withoutBackend).toBe(frames.length - named.length);
    const { rows, backendCids } = counter.top(10);
    expect(new Set(rows.map(({ backend }) => backend))).toEqual(new Set(backends));
    expect([...backendCids.values()]).toEqual(named.map(() => 1));
  });

  it('in the fields of a packet, and where a CID is parted for the eye', () => {
    views.forEach((view, i) => {
      const labels = JSON.stringify(dissect(view, frames[i] as Uint8Array, null).fields, (key, value) =>
        key === 'parent' ? undefined : value,
      );
      const backend = backends[i];
      expect(labels.includes('Backend ID')).toBe(backend !== null);
      if (backend !== null) expect(labels).toContain(`Backend ID: ${backend}`);
      const layout = view.backendLayout;
      const text = layout && spacedCid(hex(cids[names[i] as keyof typeof cids]), layout);
      expect(text).toBe({ cidv1: '01 33 0011 44454647', offset: '40 ee e31441ae eeee' }[schemes[i] ?? ''] ?? null);
    });
  });

  it('in the XDP program: slot, route and metadata', () => {
    const divert = new Program({ mode: constants.QT_MODE_DIVERT, cidLayouts });
    program = divert;
    for (const slot of [17, BACKEND % 64]) divert.addSocket(slot);
    frames.forEach((frame, i) => {
      const backend = backends[i] as number | null;
      const { verdict, metadata } = divert.run(frame);
      expect(verdict).toBe(backend === null ? XDP.pass : XDP.redirect);
      if (backend !== null) expect(metadata?.backend).toBe(backend);
    });
    const routes = divert.cidBackends().map(({ backend, queue }) => [backend, queue]);
    expect(routes.sort()).toEqual(
      backends.flatMap((backend) => (backend === null ? [] : [[backend, backend % 64]])).sort(),
    );
  });
});
