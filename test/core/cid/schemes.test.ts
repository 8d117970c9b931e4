// The schemes: vectors of their own software and of the drafts, and CIDs that an encoder made which knows nothing of layouts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CaptureFile } from '../../../src/core/capture/capture-file.js';
import { readCid } from '../../../src/core/cid/read-cid.js';
import { type CidReading, readingOf } from '../../../src/core/cid/reading.js';
import { ALL_SCHEMES, type Given } from '../../../src/core/cid/schemes.js';
import { dissect } from '../../../src/core/dissect/dissect.js';
import { compileFilter } from '../../../src/core/filter/index.js';
import { CID_LAYOUT, LIMITS } from '../../../src/core/native/abi.gen.js';
import { NEVER_OPENED } from '../../../src/core/quic/decoded.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { spacedCid } from '../../../src/ui/capture/table/cid-text.js';
import { pcap } from '../../support/capture-files.js';
import { ENCODERS, type Meaning, meaningOf, quicLbBody, SECRETS, TICKETS } from '../../support/cid-encoders.js';
import { constants, Program, XDP } from '../../support/harness.js';
import { type Bytes, ethernet, hex, ipv4, longHeader, udp, unhex } from '../../support/packets.js';
import { random } from '../../support/random.js';
import { jsonOf } from '../../support/records.js';

const NOTHING: Meaning = {
  cid_scheme: null,
  backend: null,
  server_id: null,
  worker: null,
  process: null,
  unroutable: null,
};

const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

function reading(name: string, given: Given = {}): CidReading {
  const scheme = ALL_SCHEMES.find((each) => each.name === name);
  if (!scheme) throw new Error(`no scheme ${name}`);
  return readingOf([{ scheme, given }]);
}

/** What a capture file with these DCIDs holds when it is read so. */
async function readBy(by: CidReading, cids: readonly Bytes[]): Promise<{ views: RecordView[]; json: Meaning[] }> {
  const path = join(folder, 'x.pcap');
  const frames = cids.map((dcid, i) => ({
    time: BigInt(i),
    bytes: ethernet(ipv4(udp(longHeader({ dcid, type: 'handshake' })))),
  }));
  writeFileSync(path, pcap(frames));
  const options = { path, ports: [4433], bufferBytes: 64 << 20, cidLayouts: by.layouts, cidKeys: by.keys };
  const file = (await CaptureFile.open(options, new AbortController().signal)) as CaptureFile;
  while (file.read());
  const views = cids.map((_, i) => {
    const view = new RecordView();
    expect(file.lane.load(i, view)).toBe(true);
    return view;
  });
  const json = jsonOf(file.recorder, views).map(
    ({ cid_scheme, backend, server_id, worker, process, unroutable }) =>
      ({ cid_scheme, backend, server_id, worker, process, unroutable }) as Meaning,
  );
  file.close();
  return { views, json };
}

const unroutable = (scheme: string, why: string): Meaning => ({ ...NOTHING, cid_scheme: scheme, unroutable: why });

type Vector = [cid: string, spaced: string, Meaning | null];
interface Vectors {
  title: string;
  scheme: string;
  given?: Given;
  vectors: Vector[];
}

const DRAFT_KEY = unhex('8f95f09245765f80256934e50c66207f');
const quicLb = (s: number, n: number, config_id = 0, key?: Bytes): Given => ({
  config_id,
  server_id_length: s,
  nonce_length: n,
  ...(key && { key_file: key }),
});
const id = (scheme: string, digits: string, worker: number | null = null, process: number | null = null) =>
  meaningOf(scheme, digits === '' ? null : unhex(digits), worker, process);

const VECTORS: Vectors[] = [
  { title: 'cidv1', scheme: 'cidv1', vectors: [['01330011445566', '01 33 0011 445566', id('cidv1', '0011')]] },
  {
    title: 'mvfst',
    scheme: 'mvfst',
    vectors: [
      // Bit by bit: 01, sixteen of the host, eight of the worker, one of the process.
      ['6af356a011223344', '6af356 a0 11223344', id('mvfst', 'abcd', 0x5a, 1)],
      ['7fffeaa011223344', '7fffea a0 11223344', id('mvfst', 'ffff', 0xaa, 1)],
      ['80aabbccff80', '80 aabbcc ff 80', id('mvfst', 'aabbcc', 0xff, 1)],
      ['bf00001100000000', 'bf 000011 00 00 0000', id('mvfst', '000011', 0, 0)],
      ['c0aabbccddff80', 'c0 aabbccdd ff 80', id('mvfst', 'aabbccdd', 0xff, 1)],
      ['3fffffffffffffff', '', null],
      ['80aabbccff', '', null],
    ],
  },
  {
    title: 'nginx',
    scheme: 'nginx',
    vectors: [
      [
        `0000000000000002090dcbec${'00'.repeat(8)}`,
        `0000000000000002 090dcbec${'00'.repeat(8)}`,
        id('nginx', '0000000000000002'),
      ],
      [`0000000000000002${'00'.repeat(11)}`, '', null],
    ],
  },
  {
    title: 'aws-nlb',
    scheme: 'aws-nlb',
    vectors: [
      // The pod's AWS_LBC_QUIC_SERVER_ID=LPBgd3GOCMo=
      ['0f2cf06077718e08ca11223344556677', '0f 2cf06077718e08ca 11223344556677', id('aws-nlb', '2cf06077718e08ca')],
      ['002cf06077718e08ca11223344', '00 2cf06077718e08ca 11223344', id('aws-nlb', '2cf06077718e08ca')],
      ['2f2cf06077718e08ca11223344556677', '', null],
      ['0f2cf06077718e08ca112233', '', null],
    ],
  },
  // draft-ietf-quic-load-balancers, Load Balancer Test Vectors, of which two are misprinted there.
  {
    title: 'quic-lb in the plain',
    scheme: 'quic-lb',
    given: quicLb(3, 4),
    vectors: [
      ['07c4605e4504cc4f', '07 c4605e 4504cc4f', id('quic-lb', 'c4605e')],
      ['07ed793a8049718a', '07 ed793a 8049718a', id('quic-lb', 'ed793a')],
      // Longer than it has to be; and all that is wrong with one.
      ['07c4605e4504cc4f99', '07 c4605e 4504cc4f99', id('quic-lb', 'c4605e')],
      ['07c4605e4504cc', '', unroutable('quic-lb', 'length')],
      ['e7c4605e4504cc4f', '', unroutable('quic-lb', 'reserved')],
      ['27c4605e4504cc4f', '', unroutable('quic-lb', 'config')],
    ],
  },
  {
    title: 'quic-lb in the plain, configuration 1',
    scheme: 'quic-lb',
    given: quicLb(5, 5, 1),
    vectors: [['2a350d28b42003487d970b', '2a 350d28b420 03487d970b', id('quic-lb', '350d28b420')]],
  },
  {
    title: 'quic-lb in the plain, eight bytes',
    scheme: 'quic-lb',
    given: quicLb(8, 5, 1),
    vectors: [['2ded793a51d49b8f5fee15da27c4', '2d ed793a51d49b8f5f ee15da27c4', id('quic-lb', 'ed793a51d49b8f5f')]],
  },
  {
    title: 'quic-lb by four passes',
    scheme: 'quic-lb',
    given: quicLb(3, 4, 0, DRAFT_KEY),
    vectors: [
      ['0720b1d07b359d3c', '07 20b1d07b359d3c', id('quic-lb', 'ed793a')],
      ['0720b1d07b359d', '', unroutable('quic-lb', 'length')],
    ],
  },
  {
    title: "quic-lb by four passes, the draft's worked example",
    scheme: 'quic-lb',
    given: quicLb(3, 4, 0, unhex('fdf726a9893ec05c0632d3956680baf0')),
    vectors: [['0767947d29be054a', '07 67947d29be054a', id('quic-lb', '31441a')]],
  },
  {
    title: 'quic-lb by four passes, an odd length',
    scheme: 'quic-lb',
    given: quicLb(10, 5, 1, DRAFT_KEY),
    vectors: [
      ['2fcc381bc74cb4fbad2823a3d1f8fed2', '2f cc381bc74cb4fbad2823a3d1f8fed2', id('quic-lb', 'ed793a51d49b8f5fab65')],
    ],
  },
  {
    title: 'quic-lb by one block',
    scheme: 'quic-lb',
    given: quicLb(8, 8, 2, DRAFT_KEY),
    vectors: [
      ['504dd2d05a7b0de9b2b9907afb5ecf8cc3', '50 4dd2d05a7b0de9b2b9907afb5ecf8cc3', id('quic-lb', 'ed793a51d49b8f5f')],
    ],
  },
  {
    title: 'quic-lb by four passes, longer than a block',
    scheme: 'quic-lb',
    given: quicLb(9, 9, 3, DRAFT_KEY),
    vectors: [
      [
        '725779c9cc86beb3a3a4a3ca96fce4bfe0cdbc',
        '72 5779c9cc86beb3a3a4a3ca96fce4bfe0cdbc',
        id('quic-lb', 'ed793a51d49b8f5fab'),
      ],
    ],
  },
  {
    title: 'envoy',
    scheme: 'envoy',
    given: quicLb(3, 4),
    vectors: [
      ['07c4605e4504cc4f03', '07 c4605e 4504cc4f 03', id('envoy', 'c4605e', 3)],
      // Its length rule: the first octet, the length itself.
      ['08c4605e4504cc4f03', '', null],
      ['07c4605e4504cc4f0399', '', null],
      ['e711223344556677 03'.replace(' ', ''), '', unroutable('envoy', 'reserved')],
    ],
  },
  {
    title: 'envoy by four passes',
    scheme: 'envoy',
    given: quicLb(3, 4, 0, DRAFT_KEY),
    vectors: [['0720b1d07b359d3c02', '07 20b1d07b359d3c 02', id('envoy', 'ed793a', 2)]],
  },
  {
    title: 'udpgrm',
    scheme: 'udpgrm',
    // Socket index, generation: udpgrm_internal.h
    vectors: [
      ['0100800000000000', '01 00 80 0000000000', id('udpgrm', '', 0, 0)],
      ['0100a10000000000', '01 00 a1 0000000000', id('udpgrm', '', 0, 1)],
      ['0102e10000000000', '01 02 e1 0000000000', id('udpgrm', '', 2, 1)],
      ['0111e30000000000', '01 11 e3 0000000000', id('udpgrm', '', 17, 3)],
      ['01ff7f0000000000', '01 ff 7f 0000000000', id('udpgrm', '', 255, 31)],
      ['0140000000000000', '01 40 00 0000000000', id('udpgrm', '', 64, 0)],
      // A CID of Cloudflare in the wild: the checksum is another.
      ['0130dfc500000000', '', null],
      ['0200800000000000', '', null],
    ],
  },
  {
    title: 'msquic',
    scheme: 'msquic',
    given: { load_balancing_mode: 0, partitions: 4 },
    vectors: [
      ['050011223344556677', '0500 11223344556677', id('msquic', '', 1)],
      ['0b0011223344556677', '0b00 11223344556677', id('msquic', '', 3)],
      ['0500112233445566', '', null],
    ],
  },
  {
    title: 'msquic by address',
    scheme: 'msquic',
    given: { load_balancing_mode: 1 },
    vectors: [['ff0a0000110301aabbccddeeff11', 'ff 0a000011 0301 aabbccddeeff11', id('msquic', '0a000011', 0x0103)]],
  },
  {
    title: 'msquic by number',
    scheme: 'msquic',
    given: { load_balancing_mode: 2 },
    vectors: [['ff110000000300aabbccddeeff11', 'ff 11000000 0300 aabbccddeeff11', id('msquic', '00000011', 3)]],
  },
  {
    title: 'nghttpx',
    scheme: 'nghttpx',
    given: { secret_file: SECRETS.nghttpx },
    vectors: [
      ['4b48f8105413abcdd3a51862973708fd30', '4b 48f8105413abcdd3a51862973708fd30', id('nghttpx', '0a0b0c0d', 5, 3)],
      // By a key id that it does not know it opens with its first key.
      ['eb48f8105413abcdd3a51862973708fd30', 'eb 48f8105413abcdd3a51862973708fd30', id('nghttpx', '0a0b0c0d', 5, 3)],
      ['4b48f8105413abcdd3a51862973708fd', '', null],
    ],
  },
  {
    title: 'h2o',
    scheme: 'h2o',
    given: { ticket_file: TICKETS },
    vectors: [
      ['a7292b0134c7b782ea6d8f567c00075ed2', 'a7 292b0134c7b782ea6d8f567c00075ed2', id('h2o', '0000000000000007', 5)],
      ['a8292b0134c7b782ea6d8f567c00075ed2', '', null],
    ],
  },
  {
    title: 'h2o alone',
    scheme: 'h2o',
    given: { ticket_file: TICKETS, clustered: false },
    vectors: [['a750edbbfd9b239636', 'a7 50edbbfd9b239636', id('h2o', '', 5)]],
  },
  {
    title: 'offset in bits',
    scheme: 'offset',
    given: { bit: 18, bits: 24, cid_length: 8, first_byte: { mask: 0xc0, value: 0x40 } },
    vectors: [
      ['40ee048d15bfeeee', '40 ee 048d15bf eeee', id('offset', '123456')],
      ['80ee048d15bfeeee', '', null],
      ['40ee048d15bfee', '', null],
    ],
  },
  {
    title: 'offset in bytes, the least significant first',
    scheme: 'offset',
    given: { at: 2, length: 2, byte_order: 'little' },
    vectors: [['aabb11002233', 'aabb 1100 2233', id('offset', '0011')]],
  },
];

it('has vectors of all schemes', () => {
  expect([...new Set(VECTORS.map(({ scheme }) => scheme))].sort()).toEqual(ALL_SCHEMES.map(({ name }) => name).sort());
});

it('reads the vectors of the draft as they are in the file that was made by its rules', () => {
  const { vectors } = JSON.parse(readFileSync(new URL('../../fixtures/quic-lb-vectors.json', import.meta.url), 'utf8'));
  expect(vectors).toHaveLength(6);
  for (const { config_id, server_id, nonce, cid, key } of vectors) {
    const given = quicLb(server_id.length / 2, nonce.length / 2, config_id, key && unhex(key));
    const found = readCid(reading('quic-lb', given), unhex(cid));
    expect(found?.serverId && hex(found.serverId)).toBe(server_id);
    expect(hex(quicLbBody(unhex(server_id), unhex(nonce), key && unhex(key)))).toBe(cid.slice(2));
  }
});

describe.each(VECTORS)('$title', ({ scheme, given, vectors }) => {
  const by = reading(scheme, given);
  const cids = vectors.map(([cid]) => unhex(cid));
  const isSealed = by.keys !== undefined;

  it('vectors, in JSON, filters, the fields of a packet, and parted for the eye', async () => {
    const { views, json } = await readBy(by, cids);
    expect(json).toEqual(vectors.map(([, , expected]) => expected ?? NOTHING));
    vectors.forEach(([, spaced, expected], i) => {
      const view = views[i] as RecordView;
      const matches = (text: string) => compileFilter(text).matches(view, () => NEVER_OPENED.none);
      const routable = expected !== null && expected.unroutable === null;
      expect(matches(`scheme == ${scheme}`)).toBe(routable);
      expect(matches('worker')).toBe(routable && expected.worker !== null);
      expect(matches('unroutable')).toBe(expected !== null && expected.unroutable !== null);
      if (!routable) {
        if (expected) expect(matches(`unroutable == ${expected.unroutable}`)).toBe(true);
        return;
      }
      expect(spacedCid(hex(cids[i] as Bytes), view.backendLayout as NonNullable<RecordView['backendLayout']>)).toBe(
        spaced,
      );
      expect(matches(expected.backend === null ? 'not backend' : `backend == ${expected.backend}`)).toBe(true);
      if (expected.worker !== null) expect(matches(`worker == ${expected.worker}`)).toBe(true);
      if (expected.process !== null) expect(matches(`process == ${expected.process}`)).toBe(true);
      const frame = ethernet(ipv4(udp(longHeader({ dcid: cids[i] as Bytes }))));
      const labels = JSON.stringify(dissect(view, frame, null).fields, (key, value) =>
        key === 'parent' ? undefined : value,
      );
      expect(labels.includes(`"Worker: ${expected.worker}"`)).toBe(expected.worker !== null);
      expect(labels.includes(`"Process: ${expected.process}"`)).toBe(expected.process !== null);
    });
  });

  it('vectors, in the XDP program: slot and route', () => {
    const program = new Program({ mode: constants.QT_MODE_DIVERT, cidLayouts: by.layouts });
    try {
      const routes = new Map<string, [number, number]>();
      for (const [cid, , expected] of vectors) {
        const frame = ethernet(ipv4(udp(longHeader({ dcid: unhex(cid) }))));
        const named = expected !== null && expected.backend !== null && !isSealed;
        const backend = named ? Number(BigInt(expected.backend as string | number) & 0xffffffffn) : 0;
        // There are sockets in the slots of the vectors before it only.
        if (named && ![...routes.values()].some(([, queue]) => queue === backend % 64)) {
          expect(program.run(frame).verdict).toBe(XDP.pass);
          program.addSocket(backend % 64);
        }
        const { verdict, metadata } = program.run(frame);
        expect(verdict).toBe(named ? XDP.redirect : XDP.pass);
        if (!named) continue;
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

it('as many layouts as there is room for, in the programs of this kernel', () => {
  const part = (scheme: string, given: Given = {}) => reading(scheme, given).layouts;
  const layouts = [
    ...[0, 1, 2, 3, 4, 5, 6].map((config) =>
      part('quic-lb', quicLb(3, 4, config, DRAFT_KEY)).subarray(0, CID_LAYOUT.SIZE),
    ),
    part('nginx'),
    part('mvfst'),
    part('udpgrm'),
    part('msquic', { load_balancing_mode: 2, partitions: 300 }),
    part('h2o', { ticket_file: TICKETS }),
    ...Array.from({ length: 9 }, (_, i) =>
      part('offset', { bit: 3 + i, bits: 90, first_byte: { mask: 0xff, value: i + 0x40 } }),
    ),
    part('cidv1'),
  ];
  const all = Buffer.concat(layouts);
  expect(all.length).toBe(LIMITS.CID_LAYOUTS * CID_LAYOUT.SIZE);
  const program = new Program({ mode: constants.QT_MODE_DIVERT, cidLayouts: all });
  try {
    program.run(ethernet(ipv4(udp(longHeader({ dcid: unhex('e133001144') })))));
  } finally {
    program.close();
  }
});

it.each(Object.keys(ENCODERS))('reads 100,000 CIDs of all lengths as they were made: %s', async (scheme) => {
  const next = random(16);
  const encode = ENCODERS[scheme] as (typeof ENCODERS)[string];
  // Each part has parameters of its own.
  for (let part = 0; part < 20; part++) {
    const { given, make } = encode.part(next);
    const made = Array.from({ length: 5000 }, () => make(next));
    const by = reading(scheme, given);
    const { json } = await readBy(
      by,
      made.map(([cid]) => cid),
    );
    expect(json).toEqual(made.map(([, meaning]) => meaning));
  }
});
