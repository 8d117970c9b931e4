// Capture files of every format, byte order, clock and link type hold the same packets.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaptureFile } from '../../../src/core/capture/capture-file.js';
import { TYPE_NAMES } from '../../../src/core/quic/packet-types.js';
import { RecordCursor } from '../../../src/core/recorder/record-cursor.js';
import { dstText, srcText } from '../../../src/core/text/address.js';
import { Clock, dcidText } from '../../../src/core/text/format.js';
import { timeText } from '../../../src/core/text/packet-time.js';
import { type FileFrame, n32, type Order, Pcapng, pcap } from '../../support/capture-files.js';
import {
  arpRequest,
  type Bytes,
  CLIENT,
  cidv1,
  coalesce,
  concat,
  ethernet,
  filler,
  hex,
  ipv4,
  ipv6,
  longHeader,
  SERVER,
  shortHeader,
  u8,
  u16,
  udp,
} from '../../support/packets.js';
import { framesOfTshark } from '../../support/tshark.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const NEVER = new AbortController().signal;

/** What is read of a file. */
async function read(contents: Bytes, options: { bufferBytes?: number; ports?: number[] } = {}) {
  const path = join(folder, 'capture');
  writeFileSync(path, contents);
  const file = await CaptureFile.open({ path, ports: [4433], bufferBytes: 2 ** 20, ...options }, NEVER);
  if (!file) throw new Error('not opened');
  const clock = new Clock(file.recorder.epoch);
  const cursor = new RecordCursor(file.recorder);
  const packets = [];
  for (let more = true; more; ) {
    more = file.read();
    for (let view = cursor.next(); view; view = cursor.next()) {
      packets.push({
        frame: view.frame,
        index: view.index,
        time: timeText(view, clock),
        src: srcText(view),
        dst: dstText(view),
        ports: [view.srcPort, view.dstPort],
        vlans: view.vlans,
        linkType: view.linkType,
        lengths: [view.capturedLength, view.frameLength],
        version: view.version,
        type: TYPE_NAMES[view.type],
        dcid: dcidText(view),
        length: view.packetLength,
        issues: view.issues,
      });
    }
  }
  const { warning } = file;
  const { kernel } = file.ledger();
  file.close();
  expect(cursor.skipped).toBe(0);
  return { packets, warning, kernel };
}

const TIME = 1_795_349_717_123_456_789n;
const ISO = '2026-11-22T12:15:17.123456789Z';
const QUIC = longHeader({ dcid: cidv1(17) });
const IPV4 = ipv4(udp(QUIC));
const IPV6 = ipv6(udp(QUIC));
const FRAME = ethernet(IPV4);
const at = (time: bigint, bytes: Bytes = FRAME): FileFrame => ({ time, bytes });
const ORDERS: Order[] = ['little', 'big'];

describe('pcap', () => {
  it.each(ORDERS)('of a %s-endian machine, with micro- and nanoseconds', async (order) => {
    const exact = await read(pcap([at(TIME), at(TIME + 1n)], { order, nanoseconds: true }));
    expect(exact.packets).toMatchObject([
      {
        frame: 1,
        time: ISO,
        src: CLIENT.ipv4,
        dst: SERVER.ipv4,
        ports: [50000, 4433],
        dcid: hex(cidv1(17)),
        issues: 0,
      },
      { frame: 2, time: '2026-11-22T12:15:17.123456790Z' },
    ]);
    expect(exact.warning).toBeNull();
    const micro = await read(pcap([at(TIME)], { order }));
    expect(micro.packets[0]?.time).toBe('2026-11-22T12:15:17.123456000Z');
  });

  it('packed with gzip, in one member or several', async () => {
    const file = pcap([at(TIME), at(TIME)]);
    expect((await read(gzipSync(file))).packets).toHaveLength(2);
    const members = concat(gzipSync(file.subarray(0, 100)), gzipSync(file.subarray(100)), new Uint8Array(7));
    expect(await read(members)).toMatchObject({ packets: [{ frame: 1 }, { frame: 2 }], warning: null });
  });

  it('whose link type field tells about a frame check sequence', async () => {
    expect((await read(pcap([at(TIME, concat(FRAME, filler(4)))], { linkType: 0x24000001 }))).packets).toHaveLength(1);
  });

  it('without frames', async () => {
    expect(await read(pcap([]))).toMatchObject({ packets: [], warning: null, kernel: { frames: 0 } });
  });
});

describe('pcapng', () => {
  it.each(ORDERS)('of a %s-endian machine, with all kinds of packet blocks and unknown ones', async (order) => {
    const ng = new Pcapng(order);
    const custom = ng.block(0x7ad, filler(100));
    const file = concat(ng.section(), custom, ng.interface(1, { resolution: 9 }), custom);
    const blocks = concat(ng.enhanced(0, at(TIME)), custom, ng.obsolete(0, at(TIME)), ng.simple(FRAME));
    const { packets, warning } = await read(concat(file, blocks));
    expect(packets).toMatchObject([
      { frame: 1, time: ISO },
      { frame: 2, time: ISO },
      { frame: 3, time: null, dcid: hex(cidv1(17)) },
    ]);
    expect(warning).toBeNull();
  });

  it('numbers journal entries and custom blocks among the frames, as Wireshark does', async () => {
    const ng = new Pcapng();
    const entry = ng.block(9, new TextEncoder().encode('__REALTIME_TIMESTAMP=1\n'));
    const custom = [0xbad, 0x40000bad].map((type) => ng.block(type, n32('little', 4), filler(20)));
    const file = concat(ng.section(), ng.interface(), entry, ng.simple(FRAME), ...custom, ng.simple(FRAME));
    const path = join(folder, 'numbered.pcapng');
    writeFileSync(path, file);
    const { packets, kernel } = await read(file);
    expect(packets.map(({ frame }) => frame)).toEqual(framesOfTshark(path, ['quic']).flatMap((frames) => [...frames]));
    expect(kernel).toMatchObject({ frames: 5, not_ip: 3, long_header: 2 });
  });

  it('of sections of both byte orders, each with its own interfaces', async () => {
    const sections = ORDERS.map((order) => {
      const ng = new Pcapng(order);
      const raw = ng.interface(101, { resolution: 9 });
      return concat(ng.section(), ng.interface(), raw, ng.enhanced(1, at(TIME, IPV4.bytes)));
    });
    const { packets } = await read(concat(...sections));
    expect(packets).toMatchObject([
      { frame: 1, time: ISO, linkType: 101 },
      { frame: 2, time: ISO, linkType: 101 },
    ]);
  });

  it.each([
    ['no if_tsresol: microseconds', {}, TIME / 1000n, '2026-11-22T12:15:17.123456000Z'],
    ['milliseconds', { resolution: 3 }, TIME / 1_000_000n, '2026-11-22T12:15:17.123000000Z'],
    ['picoseconds', { resolution: 12, offset: TIME / 10n ** 9n }, 123_456_789_999n, ISO],
    ['seconds', { resolution: 0 }, TIME / 10n ** 9n, '2026-11-22T12:15:17.000000000Z'],
    ['1/2^20 s', { resolution: 0x94 }, (TIME / 10n ** 9n) * 2n ** 20n + 2n ** 19n, '2026-11-22T12:15:17.500000000Z'],
    ['if_tsoffset', { resolution: 9, offset: 3600n }, TIME - 3600n * 10n ** 9n, ISO],
    ['negative if_tsoffset', { resolution: 9, offset: -60n }, TIME + 60n * 10n ** 9n, ISO],
    ['a time before 1970', { resolution: 9, offset: -60n }, 1n, null],
    ['a time that no clock shows', { resolution: 0 }, 2n ** 60n, null],
    ['10^-127 s', { resolution: 127 }, 2n ** 63n, '1970-01-01T00:00:00.000000000Z'],
    ['2^-127 s', { resolution: 255 }, 2n ** 63n, '1970-01-01T00:00:00.000000000Z'],
  ])('times: %s', async (_name, clock, time, iso) => {
    const ng = new Pcapng();
    const { packets } = await read(concat(ng.section(), ng.interface(1, clock), ng.enhanced(0, at(time))));
    expect(packets[0]?.time).toBe(iso);
  });

  it('simple packet blocks that the snap length of their interface cut', async () => {
    const ng = new Pcapng();
    const cut = FRAME.subarray(0, 76);
    const file = concat(ng.section(), ng.interface(1, { snapLength: 75 }), ng.simple(cut, FRAME.length));
    expect((await read(file)).packets).toMatchObject([{ lengths: [75, FRAME.length] }]);
  });

  it('goes on past frames of a link type that is not known, and tells', async () => {
    const ng = new Pcapng();
    const file = concat(
      ng.section(),
      ng.interface(),
      ng.interface(147),
      ng.enhanced(0, at(TIME)),
      ng.enhanced(1, at(TIME)),
      ng.enhanced(0, at(TIME)),
    );
    const { packets, warning, kernel } = await read(file);
    expect(packets.map(({ frame }) => frame)).toEqual([1, 3]);
    expect(kernel).toMatchObject({ frames: 3, not_ip: 1, long_header: 2 });
    expect(warning).toMatch(/1 frames could not be read: their link type is 147/);
  });
});

describe('times', () => {
  it('are exact out of order and far from the first one', async () => {
    const day = 86_400n * 10n ** 9n;
    const { packets } = await read(
      pcap([at(TIME), at(TIME - 50n * day), at(TIME + 50n * day), at(TIME + 900n * day + 1n)], { nanoseconds: true }),
    );
    expect(packets.map(({ time }) => time)).toEqual([
      ISO,
      '2026-10-03T12:15:17.123456789Z',
      '2027-01-11T12:15:17.123456789Z',
      '2029-05-10T12:15:17.123456790Z',
    ]);
  });
});

describe('link types', () => {
  const le = (family: number) => n32('little', family);
  const be = (family: number) => n32('big', family);
  const sll = (type: number) => concat(u16(0), u16(1), u16(6), filler(8), u16(type));
  const sll2 = (type: number) => concat(u16(type), u16(0), n32('big', 2), u16(1), u8(0, 6), filler(8));
  it.each([
    ['Ethernet', 1, FRAME],
    ['Ethernet with a tag', 1, ethernet(IPV4, { vlans: [7] }), [7]],
    ['Ethernet with two tags', 1, ethernet(IPV6, { vlans: [7, 8] }), [7, 8]],
    ['NULL, little-endian', 0, concat(le(2), IPV4.bytes)],
    ['NULL, big-endian', 0, concat(be(2), IPV4.bytes)],
    ['NULL, IPv6 of Linux', 0, concat(le(10), IPV6.bytes)],
    ['NULL, IPv6 of NetBSD', 0, concat(le(24), IPV6.bytes)],
    ['NULL, IPv6 of FreeBSD', 0, concat(be(28), IPV6.bytes)],
    ['NULL, IPv6 of macOS', 0, concat(le(30), IPV6.bytes)],
    ['LOOP', 108, concat(be(2), IPV4.bytes)],
    ['PPP', 9, concat(u16(0x21), IPV4.bytes)],
    ['PPP, IPv6', 9, concat(u16(0x57), IPV6.bytes)],
    ['PPP, short protocol', 9, concat(u8(0x21), IPV4.bytes)],
    ['PPP in HDLC', 50, concat(u16(0xff03), u16(0x57), IPV6.bytes)],
    ["Cisco's HDLC", 104, concat(u16(0x0f00), u16(0x86dd), IPV6.bytes)],
    ["Cisco's HDLC as PPP", 50, concat(u16(0x0f00), u16(0x0800), IPV4.bytes)],
    ['raw', 101, IPV4.bytes],
    ['raw, IPv6', 101, IPV6.bytes],
    ['raw of BSD', 12, IPV4.bytes],
    ['raw of OpenBSD', 14, IPV6.bytes],
    ['IPv4', 228, IPV4.bytes],
    ['IPv6', 229, IPV6.bytes],
    ['cooked', 113, concat(sll(0x0800), IPV4.bytes)],
    ['cooked, IPv6', 113, concat(sll(0x86dd), IPV6.bytes)],
    ['cooked, with a tag', 113, concat(sll(0x8100), u16(7), u16(0x0800), IPV4.bytes), [7]],
    ['cooked 2', 276, concat(sll2(0x0800), IPV4.bytes)],
    ['cooked 2, IPv6', 276, concat(sll2(0x86dd), IPV6.bytes)],
  ])('%s', async (_name, linkType, bytes, vlans: number[] = []) => {
    const { packets, warning } = await read(pcap([at(TIME, bytes)], { linkType }));
    const { length } = QUIC;
    expect(packets).toMatchObject([{ linkType, vlans, ports: [50000, 4433], dcid: hex(cidv1(17)), length, issues: 0 }]);
    expect([CLIENT.ipv4, CLIENT.ipv6]).toContain(packets[0]?.src);
    expect([SERVER.ipv4, SERVER.ipv6]).toContain(packets[0]?.dst);
    expect(warning).toBeNull();
    // Nothing is believed that is not there.
    for (let size = 0; size < bytes.length; size++) {
      const cut = await read(pcap([at(TIME, bytes.subarray(0, size))], { linkType }));
      expect(cut.packets).toEqual([]);
      expect(cut.kernel.truncated + cut.kernel.not_ip).toBe(1);
    }
  });

  it.each([
    ['ARP', 1, ethernet(arpRequest())],
    ['netlink', 113, concat(u16(0), u16(824), u16(0), filler(8), u16(0x0800), IPV4.bytes)],
    ['AppleTalk', 0, concat(le(16), filler(40))],
    ['LCP', 9, concat(u16(0xff03), u16(0xc021), filler(40))],
    ['nothing known', 101, filler(40, 0x10)],
  ])('%s is not IP', async (_name, linkType, bytes) => {
    expect((await read(pcap([at(TIME, bytes)], { linkType }))).kernel).toMatchObject({ frames: 1, not_ip: 1 });
  });
});

describe('frames that a snap length cut', () => {
  const first = longHeader({ dcid: cidv1(17), payload: filler(100) });
  const bytes = ethernet(ipv4(udp(coalesce(first, longHeader({ type: 'handshake', dcid: cidv1(17) })))));
  const payload = bytes.length - first.length - longHeader({ type: 'handshake', dcid: cidv1(17) }).length;
  const cutAt = async (size: number) =>
    read(pcap([{ time: TIME, bytes: bytes.subarray(0, size), length: bytes.length }]));

  it('have the packets whose headers are there, with their true lengths', async () => {
    const { packets } = await cutAt(payload + 50);
    expect(packets).toMatchObject([{ type: 'initial', length: first.length, lengths: [payload + 50, bytes.length] }]);
    expect((await cutAt(payload + first.length + 30)).packets).toMatchObject([
      { type: 'initial', index: 0 },
      { type: 'handshake', index: 1 },
    ]);
  });

  it('have no packet whose connection IDs are cut', async () => {
    for (let size = 0; size < payload + 6 + 8 + 1 + 4; size++) {
      const { packets, kernel } = await cutAt(size);
      expect(packets).toEqual([]);
      expect(kernel).toMatchObject({ frames: 1, truncated: 1 });
    }
    expect((await cutAt(payload + 6 + 8 + 1 + 4)).packets).toMatchObject([{ version: 1, dcid: hex(cidv1(17)) }]);
    expect((await cutAt(payload + first.length + 12)).packets).toMatchObject([{ index: 0 }]);
  });
});

describe('the flight recorder', () => {
  it('gets few packets at a time: who decrypts them is to look up in between', async () => {
    const path = join(folder, 'many');
    writeFileSync(path, pcap(Array.from({ length: 10_000 }, () => at(TIME))));
    const file = await CaptureFile.open({ path, ports: [4433], bufferBytes: 2 ** 24 }, NEVER);
    const lane = file?.recorder.lanes[0];
    for (let before = 0, more = true; more; before = lane?.head() ?? 0) {
      more = file?.read() ?? false;
      expect((lane?.head() ?? Number.NaN) - before).toBeLessThanOrEqual(1000);
    }
    expect(lane?.head()).toBe(10_000);
    file?.close();
  });

  it('loses nothing of a file many times its size', async () => {
    const datagram = ethernet(
      ipv4(udp(coalesce(...Array.from({ length: 20 }, () => longHeader({ type: 'handshake' }))))),
    );
    const frames = Array.from({ length: 2000 }, (_, i) => at(TIME + BigInt(i), datagram));
    frames.push(at(TIME, ethernet(ipv4(udp(shortHeader())))));
    const { packets, kernel } = await read(pcap(frames), { bufferBytes: 600_000 });
    expect(packets.pop()).toMatchObject({ frame: 2001, type: '1rtt' });
    expect(packets).toHaveLength(40_000);
    expect(packets.every(({ frame, index }, i) => frame === 1 + Math.floor(i / 20) && index === i % 20)).toBe(true);
    expect(kernel).toMatchObject({ frames: 2001, long_header: 2000, short_header: 1 });
  });

  it.each([
    ['records', 0, 20_000],
    ['bytes', 1200, 5000],
    ['bytes of the longest frames', 200 * 1024, 30],
  ])(
    'is filled on another thread while what came before is taken, and has room for both: %s',
    async (_, more, count) => {
      const path = join(folder, 'ahead');
      const frames = Array.from({ length: count }, (_, i) => at(TIME + BigInt(i), concat(FRAME, new Uint8Array(more))));
      writeFileSync(path, pcap(frames));
      const file = (await CaptureFile.open({ path, ports: [4433], bufferBytes: 600_000 }, NEVER)) as CaptureFile;
      const cursor = new RecordCursor(file.recorder);
      let taken = 0;
      let reading = file.readAhead(2048, 0);
      for (let more = true; more; ) {
        more = await reading;
        if (more) reading = file.readAhead(2048, cursor.upTo(0));
        // Slower than it is filled.
        await sleep(5);
        for (let view = cursor.next(); view; view = cursor.next()) expect(view.frame).toBe(++taken);
      }
      expect([taken, cursor.skipped, file.ledger().kernel.frames]).toEqual([count, 0, count]);
      file.close();
    },
  );

  it('is filled to the end of a part when the file is closed meanwhile', async () => {
    const path = join(folder, 'closed');
    writeFileSync(path, pcap(Array.from({ length: 100_000 }, () => at(TIME))));
    const file = (await CaptureFile.open({ path, ports: [4433], bufferBytes: 2 ** 24 }, NEVER)) as CaptureFile;
    const reading = file.readAhead(50_000, 0);
    file.close();
    expect(await reading).toBe(true);
    expect(() => file.read()).toThrow('closed');
  });

  it('takes frames as long as a file may hold', async () => {
    const long = at(TIME, concat(FRAME, new Uint8Array(256 * 1024 - FRAME.length)));
    const { packets } = await read(pcap(Array.from({ length: 20 }, () => long)), { bufferBytes: 600_000 });
    expect(packets).toHaveLength(20);
  });
});

it('watches the ports that it is told', async () => {
  const file = pcap([at(TIME), at(TIME, ethernet(ipv4(udp(QUIC, { dstPort: 443 }))))]);
  expect((await read(file, { ports: [443] })).packets).toMatchObject([{ frame: 2 }]);
  expect((await read(file, { ports: [443] })).kernel).toMatchObject({ other_port: 1, long_header: 1 });
});
