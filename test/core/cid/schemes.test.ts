// The schemes that are chosen by their name: vectors, and CIDs that an encoder made which knows nothing of layouts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CaptureFile } from '../../../src/core/capture/capture-file.js';
import { layoutsOf, NAMED_SCHEMES, schemeNamed } from '../../../src/core/cid/schemes.js';
import { dissect } from '../../../src/core/dissect/dissect.js';
import { compileFilter } from '../../../src/core/filter/index.js';
import { NEVER_OPENED } from '../../../src/core/quic/decoded.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { spacedCid } from '../../../src/ui/capture/table/cid-text.js';
import { pcap } from '../../support/capture-files.js';
import { constants, Program, XDP } from '../../support/harness.js';
import {
  type Bytes,
  concat,
  ethernet,
  hex,
  ipv4,
  longHeader,
  u8,
  u16,
  u32,
  udp,
  unhex,
} from '../../support/packets.js';
import type { JsonPacket } from '../../support/quic-top.js';
import { random } from '../../support/random.js';
import { jsonOf } from '../../support/records.js';

type Meaning = Pick<JsonPacket, 'cid_scheme' | 'server_id' | 'worker' | 'process'> & {
  backend: number | string | null;
};

const NOTHING: Meaning = { cid_scheme: null, backend: null, server_id: null, worker: null, process: null };

const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a capture file with these DCIDs holds when it is read by a scheme. */
async function readBy(scheme: string, cids: readonly Bytes[]): Promise<{ views: RecordView[]; json: Meaning[] }> {
  const path = join(folder, `${scheme}.pcap`);
  const frames = cids.map((dcid, i) => ({
    time: BigInt(i),
    bytes: ethernet(ipv4(udp(longHeader({ dcid, type: 'handshake' })))),
  }));
  writeFileSync(path, pcap(frames));
  const options = { path, ports: [4433], bufferBytes: 64 << 20, cidLayouts: layoutsOf(schemeNamed(scheme)) };
  const file = (await CaptureFile.open(options, new AbortController().signal)) as CaptureFile;
  while (file.read());
  const views = cids.map((_, i) => {
    const view = new RecordView();
    expect(file.lane.load(i, view)).toBe(true);
    return view;
  });
  const json = jsonOf(file.recorder, views).map(({ cid_scheme, backend, server_id, worker, process }) => ({
    cid_scheme,
    backend,
    server_id,
    worker,
    process,
  }));
  file.close();
  return { views, json };
}

/** As JSON has it: hexadecimal where a number is not exact. */
const backendOf = (id: Bytes): number | string => {
  const value = BigInt(`0x${hex(id)}`);
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : `0x${value.toString(16)}`;
};
const meaning = (scheme: string, id: Bytes, worker: number | null = null, process: number | null = null): Meaning => ({
  cid_scheme: scheme,
  backend: backendOf(id),
  server_id: hex(id),
  worker,
  process,
});

const VECTORS: Record<string, [cid: string, spaced: string, Meaning | null][]> = {
  cidv1: [['01330011445566', '01 33 0011 445566', meaning('cidv1', u16(17))]],
  mvfst: [
    // Bit by bit: 01, sixteen of the host, eight of the worker, one of the process.
    ['6af356a011223344', '6af356 a0 11223344', meaning('mvfst', u16(0xabcd), 0x5a, 1)],
    ['7fffeaa011223344', '7fffea a0 11223344', meaning('mvfst', u16(65535), 0xaa, 1)],
    ['80aabbccff80', '80 aabbcc ff 80', meaning('mvfst', unhex('aabbcc'), 0xff, 1)],
    ['bf00001100000000', 'bf 000011 00 00 0000', meaning('mvfst', unhex('000011'), 0, 0)],
    ['c0aabbccddff80', 'c0 aabbccdd ff 80', meaning('mvfst', unhex('aabbccdd'), 0xff, 1)],
    ['3fffffffffffffff', '', null],
    ['80aabbccff', '', null],
  ],
  nginx: [
    [
      `0000000000000002090dcbec${'00'.repeat(8)}`,
      `0000000000000002 090dcbec${'00'.repeat(8)}`,
      meaning('nginx', unhex('0000000000000002')),
    ],
    [`0000000000000002${'00'.repeat(11)}`, '', null],
  ],
  'aws-nlb': [
    // The pod's AWS_LBC_QUIC_SERVER_ID=LPBgd3GOCMo=
    [
      '0f2cf06077718e08ca11223344556677',
      '0f 2cf06077718e08ca 11223344556677',
      meaning('aws-nlb', Buffer.from('LPBgd3GOCMo=', 'base64')),
    ],
    ['002cf06077718e08ca11223344', '00 2cf06077718e08ca 11223344', meaning('aws-nlb', unhex('2cf06077718e08ca'))],
    ['2f2cf06077718e08ca11223344556677', '', null],
    ['0f2cf06077718e08ca112233', '', null],
  ],
};

it('has vectors of all schemes that have a name', () => {
  expect(Object.keys(VECTORS).sort()).toEqual(NAMED_SCHEMES.map(({ name }) => name).sort());
});

describe.each(Object.keys(VECTORS))('%s', (scheme) => {
  const vectors = VECTORS[scheme] as (typeof VECTORS)[string];
  const cids = vectors.map(([cid]) => unhex(cid));

  it('vectors, in JSON, filters, the fields of a packet, and parted for the eye', async () => {
    const { views, json } = await readBy(scheme, cids);
    expect(json).toEqual(vectors.map(([, , expected]) => expected ?? NOTHING));
    vectors.forEach(([, spaced, expected], i) => {
      const view = views[i] as RecordView;
      const matches = (text: string) => compileFilter(text).matches(view, () => NEVER_OPENED.none);
      expect(matches(`scheme == ${scheme}`)).toBe(expected !== null);
      expect(matches('worker')).toBe(expected !== null && expected.worker !== null);
      if (!expected) return;
      expect(spacedCid(hex(cids[i] as Bytes), view.backendLayout as NonNullable<RecordView['backendLayout']>)).toBe(
        spaced,
      );
      expect(matches(`backend == ${expected.backend}`)).toBe(true);
      if (expected.worker !== null)
        expect(matches(`worker == ${expected.worker} and process == ${expected.process}`)).toBe(true);
      const frame = ethernet(ipv4(udp(longHeader({ dcid: cids[i] as Bytes }))));
      const labels = JSON.stringify(dissect(view, frame, null).fields, (key, value) =>
        key === 'parent' ? undefined : value,
      );
      expect(labels.includes(`"Worker: ${expected.worker}"`)).toBe(expected.worker !== null);
      expect(labels.includes(`"Process: ${expected.process}"`)).toBe(expected.process !== null);
    });
  });

  it('vectors, in the XDP program: slot and route', () => {
    const program = new Program({
      mode: constants.QT_MODE_DIVERT,
      cidLayouts: layoutsOf(schemeNamed(scheme)),
    });
    try {
      const routes = new Map<string, [number, number]>();
      for (const [cid, , expected] of vectors) {
        const frame = ethernet(ipv4(udp(longHeader({ dcid: unhex(cid) }))));
        const backend = Number(BigInt(`0x${expected?.server_id ?? '0'}`) & 0xffffffffn);
        // There are sockets in the slots of the vectors before it only.
        if (expected && ![...routes.values()].some(([, queue]) => queue === backend % 64)) {
          expect(program.run(frame).verdict).toBe(XDP.pass);
          program.addSocket(backend % 64);
        }
        const { verdict, metadata } = program.run(frame);
        expect(verdict).toBe(expected ? XDP.redirect : XDP.pass);
        if (!expected) continue;
        expect(metadata?.backend).toBe(backend);
        routes.set(cid, [backend, backend % 64]);
      }
      const written = program
        .cidBackends()
        .map(({ bytes, length, backend, queue }) => [hex(bytes.subarray(0, length)), [backend, queue]] as const);
      expect(new Map(written)).toEqual(routes);
    } finally {
      program.close();
    }
  });
});

/** Makes a CID of the length, with its meaning; null: the scheme has none of that length. */
type Encoder = (length: number, next: (limit: number) => number) => [Bytes, Meaning] | null;

const bytes = (length: number, next: (limit: number) => number) => Uint8Array.from({ length }, () => next(256));
/** These bytes, filled up with random ones. */
const fill = (length: number, next: (limit: number) => number, ...parts: Bytes[]): Bytes | null => {
  const known = concat(...parts);
  return length < known.length ? null : concat(known, bytes(length - known.length, next));
};
const made = (cid: Bytes | null, of: Meaning): [Bytes, Meaning] | null => cid && [cid, of];

const ENCODERS: Record<string, Encoder> = {
  cidv1: (length, next) => {
    const id = bytes(2, next);
    return made(fill(length, next, u8(1, next(256)), id), meaning('cidv1', id));
  },
  mvfst: (length, next) => {
    const [version, worker, process] = [1 + next(3), next(256), next(2)];
    const id = bytes(version + 1, next);
    const last = u8((process << 7) | next(128));
    if (version > 1)
      return made(
        fill(length, next, u8((version << 6) | next(64)), id, u8(worker), last),
        meaning('mvfst', id, worker, process),
      );
    const host = (id[0] as number) * 256 + (id[1] as number);
    const word = 2 ** 30 + host * 2 ** 14 + worker * 2 ** 6 + process * 2 ** 5 + next(32);
    return made(fill(length, next, u32(word)), meaning('mvfst', id, worker, process));
  },
  nginx: (length, next) => {
    const id = bytes(8, next);
    return length === 20 ? made(fill(length, next, id), meaning('nginx', id)) : null;
  },
  'aws-nlb': (length, next) => {
    const id = bytes(8, next);
    return length < 13 ? null : made(fill(length, next, u8(next(32)), id), meaning('aws-nlb', id));
  },
};

it.each(Object.keys(ENCODERS))('reads 100,000 CIDs of all lengths as they were made: %s', async (scheme) => {
  const next = random(16);
  const encode = ENCODERS[scheme] as Encoder;
  for (let part = 0; part < 10; part++) {
    const cids: Bytes[] = [];
    const meanings: (Meaning | null)[] = [];
    while (cids.length < 10_000) {
      const length = next(21);
      const encoded = encode(length, next);
      if (!encoded) continue;
      cids.push(encoded[0]);
      meanings.push(encoded[1]);
    }
    const { views, json } = await readBy(scheme, cids);
    expect(json).toEqual(meanings);
    // TypeScript reads these by itself.
    expect(views.map((view) => [view.worker, view.process])).toEqual(
      json.map(({ worker, process }) => [worker, process]),
    );
  }
});
