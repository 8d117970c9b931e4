// Packets with a short header in capture files: which they are, and their DCIDs.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CID_LAYOUT_FLAGS, CID_SCHEME } from '../../../src/core/native/abi.gen.js';
import { pcap } from '../../support/capture-files.js';
import { cidLayout } from '../../support/cid-layouts.js';
import {
  type Bytes,
  CLIENT,
  cidv1,
  coalesce,
  concat,
  ethernet,
  filler,
  hex,
  ipv4,
  longHeader,
  SERVER,
  shortHeader,
  u8,
  udp,
} from '../../support/packets.js';
import { shortPackets } from '../../support/short-packets.js';
import { shortPacketsOfTshark } from '../../support/tshark.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('of real stacks', () => {
  /** Frames of other protocols at the port (DTLS, DNS, WireGuard and the like), which tshark takes for packets. */
  const NO_QUIC: Record<string, readonly number[]> = { 'crafted-malformed.pcap': [45, 47, 48, 49, 52] };

  it.each(readdirSync(FIXTURES).filter((name) => /\.pcap(ng)?$/.test(name)))(
    'tshark sees the same ones, with the same DCIDs: %s',
    async (name) => {
      const seen = await shortPackets(FIXTURES + name);
      const ofTshark = shortPacketsOfTshark(FIXTURES + name);
      const expected = ofTshark.filter(({ frame }) => !NO_QUIC[name]?.includes(frame));
      expect(ofTshark.length - expected.length).toBe(NO_QUIC[name]?.length ?? 0);
      // tshark shows none where it is empty: in these files it knows how long all of them are, and so do we.
      const shown = seen.map(({ frame, offset, length, dcid }) => ({
        frame,
        offset,
        length,
        dcid: dcid || null,
      }));
      expect(seen.every(({ dcid }) => dcid !== null)).toBe(true);
      expect(shown).toEqual(expected);
    },
  );

  it('is a test with many, behind long headers too, and with empty ones', async () => {
    const all = (
      await Promise.all(
        readdirSync(FIXTURES)
          .filter((name) => /\.pcap$/.test(name))
          .map((name) => shortPackets(FIXTURES + name)),
      )
    ).flat();
    expect(all.length).toBeGreaterThan(300);
    const absent = { version: 0, scidLength: 0, tokenLength: 0 };
    expect(all.every((packet) => isDeepStrictEqual(packet.absent, absent))).toBe(true);
    expect(all.filter(({ offset }) => offset > 82).length).toBeGreaterThan(10);
    expect(all.filter(({ dcid }) => dcid === '').length).toBeGreaterThan(10);
  });
});

describe('one after the other', () => {
  const SERVERS = cidv1(17, 8);
  const CLIENTS = filler(5, 0xa0);
  const EMPTY = u8();
  const NEW = cidv1(18, 8);
  const OTHERS = filler(12, 0x10);

  interface Way {
    client?: string;
    server?: string;
  }
  const toServer = (payload: Bytes, { client = CLIENT.ipv4, server = SERVER.ipv4 }: Way = {}) =>
    ethernet(ipv4(udp(payload), { src: client, dst: server }));
  const toClient = (payload: Bytes, { client = CLIENT.ipv4, server = SERVER.ipv4 }: Way = {}) =>
    ethernet(ipv4(udp(payload, { srcPort: SERVER.port, dstPort: CLIENT.port }), { src: server, dst: client }));
  const MOVED = { client: '10.0.0.77' };
  const ANOTHER = { client: '10.0.0.78' };

  const serverHello = (way?: Way, scid = SERVERS, dcid = CLIENTS) =>
    toClient(longHeader({ type: 'handshake', dcid, scid }), way);
  const clientFinished = (way?: Way, dcid = SERVERS, scid = CLIENTS) =>
    toServer(longHeader({ type: 'handshake', dcid, scid }), way);
  const short = (dcid: Bytes) => shortHeader({ dcid, payload: filler(40) });
  const cleared = (packet: Bytes) => concat(u8((packet[0] as number) & ~0x40), packet.subarray(1));

  /** The DCIDs of the short headers; null: how long it is is not known. */
  async function dcids(frames: Bytes[], cidLayouts?: Uint8Array) {
    const path = join(folder, 'capture');
    writeFileSync(path, pcap(frames.map((bytes, i) => ({ time: BigInt(i) * 1000n, bytes }))));
    return (await shortPackets(path, cidLayouts)).map(({ dcid }) => dcid);
  }

  it('both ways, whatever the length of each side', async () => {
    const frames = [serverHello(), toServer(short(SERVERS)), toClient(short(CLIENTS))];
    expect(await dcids(frames)).toEqual([SERVERS, CLIENTS].map(hex));
    expect(await dcids([serverHello({}, SERVERS, EMPTY), toClient(short(EMPTY))])).toEqual(['']);
  });

  it('names the backend of what goes to the server, and of that only', async () => {
    const path = join(folder, 'backends');
    const frames = [serverHello({}, SERVERS, cidv1(99)), toServer(short(SERVERS)), toClient(short(cidv1(99)))];
    writeFileSync(path, pcap(frames.map((bytes) => ({ time: 0n, bytes }))));
    expect((await shortPackets(path)).map(({ backend }) => backend)).toEqual([17, null]);
  });

  it('of a client alone: what it sends in its Handshake packets tells', async () => {
    expect(await dcids([clientFinished(), toServer(short(NEW))])).toEqual([hex(NEW)]);
  });

  it('a CID that no long header had: as long as the others of that server', async () => {
    expect(await dcids([serverHello(), toServer(short(NEW)), toServer(short(NEW), ANOTHER)])).toEqual(
      [NEW, NEW].map(hex),
    );
  });

  it('nobody knows of a capture that begins midway, nor of a client that was not heard', async () => {
    const frames = [
      toServer(short(SERVERS)),
      toClient(short(CLIENTS)),
      serverHello(),
      toClient(short(OTHERS), ANOTHER),
    ];
    expect(await dcids(frames)).toEqual([null, null, null]);
  });

  it('unless the configured scheme has one length only', async () => {
    const flags = CID_LAYOUT_FLAGS.LAYOUT_GIVEN;
    const bits = { first_mask: 0xff, first_value: 1, id_bit: 16, id_bits: 16 };
    const given = cidLayout({ flags, scheme: CID_SCHEME.CID_OFFSET, least: 8, most: 8, ...bits });
    expect(await dcids([toServer(short(SERVERS)), toClient(short(CLIENTS))], given)).toEqual([hex(SERVERS), null]);
  });

  it('an address that is new: a CID that is known tells the lengths of both sides', async () => {
    const frames = [serverHello(), toServer(short(SERVERS), MOVED), toClient(short(filler(5, 0xb0)), MOVED)];
    expect(await dcids(frames)).toEqual([hex(SERVERS), hex(filler(5, 0xb0))]);
    expect(await dcids([serverHello(), toClient(short(CLIENTS), MOVED)])).toEqual([hex(CLIENTS)]);
  });

  it('the longest that is known, where a server has several lengths', async () => {
    const long = concat(SERVERS, filler(4, 0xc0));
    const hellos = [serverHello(), serverHello(ANOTHER, long)];
    const frames = [
      ...hellos,
      toServer(short(long), MOVED),
      toServer(short(SERVERS), MOVED),
      toServer(short(NEW), ANOTHER),
    ];
    // The last is on a path where that server has one length.
    expect(await dcids(frames)).toEqual([hex(long), hex(SERVERS), hex(concat(NEW, filler(4)))]);
    expect(await dcids([...hellos, toServer(short(OTHERS), { client: '10.0.0.99' })])).toEqual([null]);
  });

  it('what clients say of a server counts only until it is heard', async () => {
    const lie = clientFinished(ANOTHER, filler(3));
    expect(await dcids([serverHello(), lie, toServer(short(NEW), MOVED)])).toEqual([hex(NEW)]);
    expect(await dcids([lie, serverHello(), toServer(short(NEW), MOVED)])).toEqual([hex(NEW)]);
  });

  it('a Retry tells nothing, nor do Initials of clients', async () => {
    const retry = toClient(longHeader({ type: 'retry', dcid: CLIENTS, scid: filler(16) }));
    const initial = toServer(longHeader({ dcid: filler(11), scid: CLIENTS }));
    expect(await dcids([initial, retry, toServer(short(filler(16)))])).toEqual([null]);
  });

  it('the fixed bit is cleared only with a CID that is known; else it is another protocol', async () => {
    const frames = [serverHello(), toServer(cleared(short(SERVERS))), toClient(cleared(short(CLIENTS)))];
    expect(await dcids(frames)).toEqual([SERVERS, CLIENTS].map(hex));
    for (const first of [0, 3, 16, 20, 22, 63]) {
      const other = concat(u8(first), filler(60, 0x80));
      expect(await dcids([serverHello(), toServer(other), toClient(other), toServer(other, ANOTHER)])).toEqual([]);
    }
  });

  it('and then with others of that server, which shares its port with no other protocol', async () => {
    const rotated = toServer(cleared(short(NEW)), MOVED);
    expect(await dcids([serverHello(), rotated])).toEqual([]);
    const frames = [serverHello(), toServer(cleared(short(SERVERS))), rotated, toClient(cleared(short(NEW)), MOVED)];
    expect(await dcids(frames)).toEqual([hex(SERVERS), hex(NEW), null]);
    const elsewhere = { server: '10.0.0.99' };
    expect(
      await dcids([...frames.slice(0, 2), serverHello(elsewhere), toServer(cleared(short(NEW)), elsewhere)]),
    ).toEqual([hex(SERVERS)]);
  });

  it('a packet that is too short for such a DCID has none that is known', async () => {
    const frames = [serverHello(), toClient(concat(u8(0x41), filler(24)))];
    expect(await dcids(frames)).toEqual([null]);
  });

  it('behind long headers with the DCID of the first, and never padding', async () => {
    const hello = longHeader({ type: 'handshake', dcid: CLIENTS, scid: SERVERS });
    const behind = async (...parts: Bytes[]) => dcids([toClient(coalesce(hello, ...parts))]);
    expect(await behind(short(CLIENTS))).toEqual([hex(CLIENTS)]);
    expect(await behind(hello, cleared(short(CLIENTS)))).toEqual([hex(CLIENTS)]);
    expect(await behind(short(filler(5, 0xb0)))).toEqual([]);
    expect(await behind(new Uint8Array(600))).toEqual([]);
    expect(await behind(shortHeader({ dcid: CLIENTS, payload: filler(19) }))).toEqual([]);
    for (const dcid of [EMPTY, new Uint8Array(8)]) {
      const zeros = coalesce(longHeader({ type: 'handshake', dcid, scid: SERVERS }), new Uint8Array(600));
      expect(await dcids([toClient(zeros)])).toEqual([]);
    }
  });
});
