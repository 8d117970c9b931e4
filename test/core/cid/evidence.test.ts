// What a backend is worth: whether the server really puts its id into connection IDs, told by the packets alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CaptureFile } from '../../../src/core/capture/capture-file.js';
import { chanceOf } from '../../../src/core/cid/evidence.js';
import { readingOf } from '../../../src/core/cid/reading.js';
import { schemeNamed } from '../../../src/core/cid/schemes.js';
import { Decoder } from '../../../src/core/quic/decoder.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { pcap } from '../../support/capture-files.js';
import {
  type Bytes,
  cidv1,
  concat,
  ethernet,
  ipv4,
  type LongHeaderOptions,
  longHeader,
  u8,
  udp,
  unhex,
} from '../../support/packets.js';

const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CIDV1 = readingOf([{ scheme: schemeNamed('cidv1'), given: {} }]).layouts;

interface Packet extends LongHeaderOptions {
  /** The server's address. */
  server?: string;
  fromServer?: boolean;
}

/** What is said of each packet's backend. @param cidLayouts undefined: nobody said by what scheme */
async function trusts(
  packets: readonly Packet[],
  cidLayouts?: Uint8Array,
): Promise<[backend: unknown, trust: string | null][]> {
  const path = join(folder, 'x.pcap');
  const frames = packets.map(({ server = '10.0.0.1', fromServer = false, ...options }, i) => {
    const [client, far] = [50_000, 4433];
    const datagram = fromServer
      ? udp(longHeader(options), { srcPort: far, dstPort: client })
      : udp(longHeader(options));
    const between = fromServer ? { src: server, dst: '10.0.0.2' } : { src: '10.0.0.2', dst: server };
    return { time: BigInt(i), bytes: ethernet(ipv4(datagram, between)) };
  });
  writeFileSync(path, pcap(frames));
  const options = { path, ports: [4433], bufferBytes: 4 << 20, cidLayouts };
  const file = (await CaptureFile.open(options, new AbortController().signal)) as CaptureFile;
  while (file.read());
  const decoder = new Decoder();
  const readFrame = file.recorder.frameReader();
  const view = new RecordView();
  const found = packets.map((_, i): [unknown, string | null] => {
    expect(file.lane.load(i, view)).toBe(true);
    return [view.backend, decoder.decode(view, readFrame).trust];
  });
  file.close();
  return found;
}

/** The server's part of a handshake. */
const chosen = (scid: Bytes, more: Packet = {}): Packet => ({
  scid,
  dcid: u8(1, 2),
  type: 'handshake',
  fromServer: true,
  ...more,
});
const random = (i: number) => concat(u8(0x40 + (i % 64), i), unhex('aabbcc'));

describe('of CIDs that a server chose', () => {
  it('the third that fits is the proof, if all did', async () => {
    const of = async (count: number) =>
      (await trusts(Array.from({ length: count }, (_, i) => chosen(cidv1(17, 8 + i))))).map(([, trust]) => trust);
    expect(await of(5)).toEqual(['unknown', 'unknown', 'server', 'server', 'server']);
  });

  it('one that is seen again is no further proof', async () => {
    const found = await trusts(Array(5).fill(chosen(cidv1(17, 8))));
    expect(new Set(found.map(([, trust]) => trust))).toEqual(new Set(['unknown']));
  });

  it('those of clients count the same, where servers are not seen', async () => {
    const packets = Array.from({ length: 4 }, (_, i): Packet => ({ dcid: cidv1(17, 8 + i), type: 'handshake' }));
    expect((await trusts(packets)).map(([, trust]) => trust)).toEqual(['unknown', 'unknown', 'server', 'server']);
  });

  it('chance is not ruled out any more when most others do not fit', async () => {
    const fits = (i: number) => chosen(cidv1(17, 8 + i));
    const packets = [fits(0), fits(1), fits(2), ...Array.from({ length: 60 }, (_, i) => chosen(random(i))), fits(0)];
    const found = await trusts(packets);
    expect(found[2]).toEqual([17, 'server']);
    expect(found.at(-1)).toEqual([17, 'unknown']);
  });

  it('those of udpgrm, which begin with 01 too, are no proof', async () => {
    const cookie = (i: number) => unhex(['0080', '00a1', '02e1', '11e3', 'ff7f', '4000'][i] as string);
    const packets = Array.from({ length: 6 }, (_, i) => chosen(concat(u8(1), cookie(i), u8(i, 5, 6, 7, 8))));
    expect((await trusts(packets)).map(([, trust]) => trust)).toEqual(Array(6).fill('unknown'));
  });

  it('what others send counts only as long as the server is not heard', async () => {
    const forged = Array.from({ length: 3 }, (_, i): Packet => ({ dcid: cidv1(9, 8 + i), type: 'handshake' }));
    const found = await trusts([chosen(random(1)), ...forged, ...forged, chosen(random(2)), ...forged]);
    expect(found.filter(([backend]) => backend === 9).map(([, trust]) => trust)).toEqual(Array(9).fill('unknown'));
  });

  it('those of a Retry are no proof', async () => {
    const packets = Array.from({ length: 5 }, (_, i) => chosen(cidv1(17, 8 + i), { type: 'retry' }));
    expect((await trusts(packets)).map(([, trust]) => trust)).toEqual(Array(5).fill('unknown'));
  });

  it('but those that the server goes on with are, whether they fit or not', async () => {
    const both = (scid: Bytes) => [
      chosen(scid, { type: 'retry' }),
      { dcid: scid, type: 'initial' } as const,
      chosen(scid),
    ];
    const last = async (scids: Bytes[]) => (await trusts(scids.flatMap(both))).at(-1);
    const fits = (i: number) => cidv1(17, 8 + i);
    expect(await last([fits(0), fits(1)])).toEqual([17, 'unknown']);
    expect(await last([fits(0), fits(1), fits(2)])).toEqual([17, 'server']);
    const others = Array.from({ length: 60 }, (_, i) => random(i));
    expect(await last([...others, fits(0), fits(1), fits(2)])).toEqual([17, 'unknown']);
  });

  it('each server is judged by itself, and each port', async () => {
    const proof = Array.from({ length: 3 }, (_, i) => chosen(cidv1(17, 8 + i)));
    const found = await trusts([...proof, chosen(cidv1(9, 12), { server: '10.0.0.9' }), chosen(cidv1(9, 13))]);
    expect(found.slice(2)).toEqual([
      [17, 'server'],
      [9, 'unknown'],
      [9, 'server'],
    ]);
  });

  it('the word of the user needs no proof', async () => {
    expect(await trusts([chosen(cidv1(17))], CIDV1)).toEqual([[17, 'server']]);
  });

  it("a CID of no scheme is the server's all the same", async () => {
    expect(await trusts([chosen(random(1))])).toEqual([[null, 'server']]);
  });
});

describe.each([
  ['nobody said by what scheme', undefined],
  ['the user named the scheme', CIDV1],
])('where %s', (_, layouts) => {
  it('what a client chose is echoed by a server that keeps it', async () => {
    const dcid = cidv1(17);
    const found = await trusts([{ dcid, type: '0rtt' }, chosen(dcid), { dcid, type: 'handshake' }], layouts);
    expect(found).toEqual([
      [17, 'client'],
      [17, 'echoed'],
      [17, 'echoed'],
    ]);
  });
});

it("a Retry's SCID says nothing, nor do packets that carry it", async () => {
  const scid = unhex('0f2cf06077718e08ca11223344556677');
  const { layouts } = readingOf([{ scheme: schemeNamed('aws-nlb'), given: {} }]);
  const packets: Packet[] = [
    chosen(scid, { type: 'retry' }),
    { dcid: scid, type: 'handshake' },
    // Of a server that has it from a Retry nobody can tell.
    chosen(scid),
  ];
  const [first, ...others] = await trusts(packets, layouts);
  expect(first).toEqual([null, 'server']);
  expect(others.map(([, trust]) => trust)).toEqual(['unknown', 'unknown']);
});

it('but where the scheme has its ids there, too', async () => {
  expect(await trusts([chosen(cidv1(17), { type: 'retry' })], CIDV1)).toEqual([[17, 'server']]);
});

it.each([
  [3, 3, 1 / 256, true],
  [2, 2, 1 / 256, false],
  [3, 4, 1 / 256, true],
  [3, 60, 1 / 256, false],
  [1000, 1000, 1, false],
  [6, 6, 1 / 8, false],
  [8, 8, 1 / 8, true],
])('%i of %i, each by chance in %d: ruled out %s', (fitting, cids, chance, ruledOut) => {
  expect(chanceOf(fitting, cids, chance) < 1e-6).toBe(ruledOut);
});

it('never says less than the chance is', () => {
  for (const chance of [1 / 256, 1 / 8, 0.5]) {
    for (let cids = 1; cids <= 30; cids++) {
      for (let fitting = 0; fitting <= cids; fitting++) {
        let exact = 0;
        for (let k = fitting; k <= cids; k++) {
          let ways = 1;
          for (let i = 0; i < k; i++) ways = (ways * (cids - i)) / (i + 1);
          exact += ways * chance ** k * (1 - chance) ** (cids - k);
        }
        expect(chanceOf(fitting, cids, chance)).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      }
    }
  }
});
