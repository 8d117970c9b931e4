// quic-top -r: real captures against what tshark says about them, and files that are damaged or none at all.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { n32, Pcapng, pcap } from '../support/capture-files.js';
import { type Bytes, cidv1, concat, ethernet, filler, ipv4, longHeader, udp } from '../support/packets.js';
import { CLI, type JsonPacket, jsonLines } from '../support/quic-top.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function quicTop(args: string[], input?: Bytes) {
  return spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
    maxBuffer: 2 ** 28,
    ...(input && { input }),
  });
}

function fileOf(contents: Bytes, name = 'capture'): string {
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
}

/** A packet as tshark shows it; `type_certain: false` means that it guesses. */
interface Record {
  frame: number;
  index: number;
  time_ns: string;
  src: string;
  sport: number;
  dst: string;
  dport: number;
  version: string | null;
  type: string;
  dcid: string | null;
  scid: string | null;
  token_length: number | null;
  packet_length: number;
  type_certain?: false;
  frame_cut?: true;
  vlan?: number[];
  cidv1_dcid_backend?: number;
  cidv1_scid_backend?: number;
}
interface Truth {
  file: string;
  ports: number[];
  frames: number;
  /** What a second, plain reader of headers found and tshark does not show, or shows without connection IDs. */
  second_reader: { frame: number; index: number; dcid: string; scid: string }[];
  records: Record[];
}

const TRUTHS: Truth[] = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.packets.json'))
  .map((name) => JSON.parse(readFileSync(join(FIXTURES, name), 'utf8')));

/** Frames that tshark shows otherwise, or not at all, and why quic-top is right not to follow. */
const OTHERWISE: { [file: string]: { [frame: number]: string } } = {
  'crafted-cid-edges.pcap': {
    26: 'tshark knows no connection IDs over 20 bytes, which are legal in unknown versions',
    27: 'the same',
    28: 'the same',
    29: 'the same',
    30: 'version 1 with a connection ID of 21 bytes: shown, with an issue',
    31: 'the same, with 255 bytes',
  },
  'crafted-malformed.pcap': {
    12: 'cut behind the connection IDs: shown, with an issue',
    13: 'the same',
    14: 'the same',
    15: 'tshark gives up on packets that it cannot open; the header is whole',
    16: 'the same',
    17: 'the same',
    20: 'a token length of 2^62-1 is a lie',
    21: 'cut in the token length',
    22: 'a token length that is a lie',
    23: 'as 15',
    24: 'as 15',
    35: 'a Retry shorter than its tag has no token',
    53: 'a version of 0x80808080, with connection IDs of 128 bytes',
    55: 'a coalesced packet for another connection: shown, with an issue',
    59: 'lengths of UDP and IP that contradict each other',
    61: 'the same',
    62: 'an IP length of 0',
    67: 'three VLAN tags',
  },
};

function nanoseconds(time: string): string {
  return `${BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * 1_000_000n + BigInt(time.slice(20, 29))}`;
}

/** A packet of ours, in the fields that the truth tells. */
function comparable(packet: JsonPacket, truth: Record) {
  return {
    frame: packet.frame,
    index: packet.index,
    time_ns: nanoseconds(packet.time as string),
    src: packet.src,
    sport: packet.src_port,
    dst: packet.dst,
    dport: packet.dst_port,
    version: packet.version,
    dcid: packet.dcid,
    scid: packet.scid,
    vlan: packet.vlan,
    backend: packet.backend,
    ...(truth.type_certain !== false && {
      type: packet.type,
      token_length: packet.token_length,
      ...(!truth.frame_cut && { packet_length: packet.packet_length }),
    }),
  };
}

function expected(truth: Record, ports: number[]) {
  const { frame, index, time_ns, src, sport, dst, dport, version, dcid, scid, vlan = [] } = truth;
  const backend = ports.includes(dport) ? truth.cidv1_dcid_backend : truth.cidv1_scid_backend;
  return {
    ...{ frame, index, time_ns, src, sport, dst, dport, version, dcid, scid, vlan, backend: backend ?? null },
    ...(truth.type_certain !== false && {
      type: truth.type,
      token_length: truth.token_length,
      ...(!truth.frame_cut && { packet_length: truth.packet_length }),
    }),
  };
}

describe.each(TRUTHS)('$file', ({ file, ports, frames, records, second_reader }) => {
  const otherwise = OTHERWISE[file] ?? {};
  let run: ReturnType<typeof quicTop>;
  let packets: JsonPacket[];
  beforeAll(() => {
    run = quicTop(['-r', join(FIXTURES, file), '--json', '--port', ports.join()]);
    packets = jsonLines(run.stdout).packets;
  });
  const at = (list: { frame: number; index: number }[], { frame, index }: { frame: number; index: number }) =>
    list.find((other) => other.frame === frame && other.index === index);

  it('has every long header that tshark shows, and no other', () => {
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const compared = records.filter(({ frame }) => !(frame in otherwise));
    const ours = packets.filter(({ frame }) => !(frame in otherwise));
    expect(ours.map(({ frame, index }) => [frame, index])).toEqual(compared.map(({ frame, index }) => [frame, index]));
    expect(ours.map((packet, i) => comparable(packet, compared[i] as Record))).toEqual(
      compared.map((record) => expected(record, ports)),
    );
  });

  it('counts every frame once', () => {
    const { summary } = jsonLines(run.stdout);
    expect(summary).toMatchObject({ interface: null, mode: 'read', xdp: null, zero_copy: null, balanced: true });
    expect(summary?.kernel.frames).toBe(frames);
    expect(new Set(packets.map(({ frame }) => frame)).size).toBe(summary?.kernel.long_header);
    const short = file === 'crafted-malformed.pcap' ? 0 : (summary?.kernel.short_header as number);
    expect(summary?.captured).toBe((summary?.kernel.long_header as number) + short);
  });

  it('has whole connection IDs where only a second reader finds them', () => {
    for (const record of second_reader) {
      const packet = at(packets, record) as JsonPacket | undefined;
      if (packet) expect(packet).toMatchObject({ dcid: record.dcid, scid: record.scid });
      // A datagram with lengths that contradict each other is not looked into.
      else expect(otherwise[record.frame] ?? '60').toMatch(/60/);
    }
  });
});

const FRAME = ethernet(ipv4(udp(longHeader({ dcid: cidv1(17) }))));
const TIME = 1_795_349_717_123_456_789n;
const many = (count: number) =>
  pcap(Array.from({ length: count }, (_, i) => ({ time: TIME + BigInt(i), bytes: FRAME })));

describe('ways to read', () => {
  const capture = readFileSync(join(FIXTURES, 'quiche-cidv1.pcap'));

  it('standard input, also when it is packed and comes in pieces', async () => {
    expect(jsonLines(quicTop(['-r', '-', '--json'], capture).stdout).packets).toHaveLength(108);
    const child = spawn(process.execPath, [CLI, '--read', '-', '--json'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    const packed = gzipSync(capture);
    for (let from = 0; from < packed.length; from += 7777) {
      child.stdin.write(packed.subarray(from, from + 7777));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    child.stdin.end();
    await once(child, 'close');
    expect(jsonLines(stdout).packets).toHaveLength(108);
  });

  it('ends at a signal while a pipe is silent', async () => {
    for (const written of [new Uint8Array(0), capture.subarray(0, 10), capture.subarray(0, 2000)]) {
      const child = spawn(process.execPath, [CLI, '--read', '-', '-q', '--json'], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      child.stdin.write(written);
      setTimeout(() => child.kill('SIGTERM'), 1500);
      expect(await once(child, 'close')).toEqual([0, null]);
    }
  });

  it('a part: --count, --filter, --quiet, --port', () => {
    const path = join(FIXTURES, 'quiche-cidv1.pcap');
    expect(jsonLines(quicTop(['-r', path, '--json', '-c', '5']).stdout).packets).toHaveLength(5);
    const { packets } = jsonLines(quicTop(['-r', path, '--json', '--filter', 'backend == 258']).stdout);
    expect(packets.length).toBeGreaterThan(0);
    expect(new Set(packets.map(({ backend }) => backend))).toEqual(new Set([258]));
    expect(jsonLines(quicTop(['-r', path, '--json', '-q']).stdout)).toMatchObject({
      packets: [],
      summary: { captured: 228 },
    });
    const { summary } = jsonLines(quicTop(['-r', path, '--json', '--port', '443']).stdout);
    expect(summary).toMatchObject({ captured: 0, kernel: { other_port: 228 }, balanced: true });
  });

  it('short headers too, when that is asked for', () => {
    const path = join(FIXTURES, 'ngtcp2-0rtt.pcap');
    const all = jsonLines(quicTop(['-r', path, '--json', '--short', 'all']).stdout).packets;
    const long = jsonLines(quicTop(['-r', path, '--json', '--short', 'events']).stdout).packets;
    expect(all.filter(({ form }) => form === 'long')).toEqual(long);
    const short = all.filter(({ form }) => form === 'short');
    expect(short).toHaveLength(10);
    for (const packet of short) {
      expect(packet).toMatchObject({ type: '1rtt', version: null, scid: null, token_length: null, issues: [] });
      expect(packet.dcid).toMatch(/^([0-9a-f]{2}){17,18}$/);
    }
    // One is behind long ones, and is in the frame that goes to a file with them.
    expect(short.some(({ index }) => index > 0)).toBe(true);
    const filtered = quicTop(['-r', path, '--json', '--short', 'all', '-Y', 'form == short', '-c', '3']).stdout;
    expect(jsonLines(filtered).packets).toEqual(short.slice(0, 3));
    expect(jsonLines(quicTop(['-r', path, '--json', '-Y', 'type == 1rtt']).stdout).packets).toEqual([]);
    const { stdout } = quicTop(['-r', path, '--short', 'all', '-Y', 'type == 1rtt']);
    expect(stdout).toMatch(/ 1rtt - dcid [0-9a-f]+ scid - backend - length \d+\n/);
  });

  it('as text, with the summary on stderr', () => {
    const { stdout, stderr, status } = quicTop(['-r', join(FIXTURES, 'ngtcp2-v1.pcap')]);
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(
      /^2026-11-22T12:15:17\.935537000Z 10\.77\.0\.2:37234 > 10\.77\.0\.1:4433 initial/,
    );
    expect(stderr).toMatch(/^10 frames read in [\d.]+ s, 4 with a QUIC long header\n$/);
  });

  it('in a recorder that is smaller than the file, and loses nothing', () => {
    const { stdout } = quicTop(['-r', fileOf(many(30_000)), '--json', '--buffer', '600K']);
    const { packets, summary } = jsonLines(stdout);
    expect(packets.every(({ frame }, i) => frame === i + 1)).toBe(true);
    expect(summary).toMatchObject({ captured: 30_000, balanced: true });
  });

  it('as a user without any privilege', () => {
    const path = fileOf(many(3));
    execFileSync('chmod', ['-R', 'a+rX', folder]);
    const nobody = spawnSync(
      'setpriv',
      ['--reuid=65534', '--clear-groups', process.execPath, CLI, '-r', '-', '--json'],
      {
        input: readFileSync(path),
        encoding: 'utf8',
      },
    );
    // Where the checkout itself may not be read, there is nothing to run.
    if (!/EACCES|Cannot find module/.test(nobody.stderr)) expect(jsonLines(nobody.stdout).packets).toHaveLength(3);
  });
});

describe('files that are cut: what came before is shown, then a warning', () => {
  const ng = new Pcapng();
  const start = concat(ng.section(), ng.interface(1, { resolution: 9 }), ng.enhanced(0, { time: TIME, bytes: FRAME }));
  const unknownBlock = (length: number) => concat(start, n32('little', 99), n32('little', length), filler(100));
  it.each([
    ['pcap, in a frame', many(2).subarray(0, -10), /ends in the middle of a frame \(after frame 1\)/],
    ['pcap, in a frame header', many(2).subarray(0, -FRAME.length - 5), /ends in the middle of a frame's header/],
    ['pcapng, in a block', concat(start, start).subarray(0, -100), /ends in the middle of a block \(after frame 1\)/],
    ['pcapng, in a last length', start.subarray(0, -2), /ends in the middle of a block \(after frame 1\)/],
    ['pcapng, in a block that is skipped', unknownBlock(2 ** 20), /ends in the middle of a block/],
    ['gzip', gzipSync(many(1)).subarray(0, -4), /the gzip data end in the middle/],
    [
      'a frame of 4 GB',
      concat(many(1), new Uint8Array(8), n32('little', 2 ** 32 - 1), filler(50)),
      /a frame of 4294967295 bytes/,
    ],
    ['a block of 0 bytes', unknownBlock(0), /a block of 0 bytes cannot be/],
    ['a block of 8 bytes', unknownBlock(8), /a block of 8 bytes cannot be/],
    ['a block of 21 bytes', unknownBlock(21), /a block of 21 bytes cannot be/],
    ['a block of 4 GB', unknownBlock(2 ** 32 - 4), /a block of 4294967292 bytes cannot be/],
    ['two lengths', concat(start.subarray(0, -4), n32('little', 7)), /at its end 7/],
    [
      'no interface',
      concat(start, ng.enhanced(1, { time: TIME, bytes: FRAME })),
      /interface 1, which is not described/,
    ],
  ])('%s', (_name, contents, warning) => {
    const { status, stdout, stderr } = quicTop(['-r', fileOf(contents), '--json']);
    const { packets, summary } = jsonLines(stdout);
    expect(packets.map(({ frame }) => frame)).toEqual([1]);
    expect(summary).toMatchObject({ captured: 1, balanced: true });
    expect(stderr).toMatch(warning);
    expect(stderr).toMatch(/^quic-top: [\x20-\x7e]+\n$/);
    expect(status).toBe(1);
  });
});

describe('what is no capture file: two lines', () => {
  const section = new Pcapng().section();
  it.each([
    ['nothing', new Uint8Array(0), /is empty/],
    ['text', new TextEncoder().encode('GET / HTTP/1.1\r\n'), /is not a capture file/],
    ['three bytes', Uint8Array.of(0xd4, 0xc3, 0xb2), /is not a capture file/],
    ['half a file header', many(0).subarray(0, 10), /ends inside the file header/],
    ['gzip of text', gzipSync('hello'), /is not a capture file/],
    ['gzip that is cut at once', gzipSync(many(1)).subarray(0, 5), /the gzip data end in the middle/],
    [
      'gzip that is damaged at once',
      concat(gzipSync(many(1)).subarray(0, 10), filler(50, 0xf0)),
      /the gzip data are damaged/,
    ],
    ['link type 147', pcap([], { linkType: 147 }), /link type 147/],
    [
      'a section of 0 bytes',
      concat(section.subarray(0, 4), n32('little', 0), section.subarray(8)),
      /a block of 0 bytes/,
    ],
    [
      'a section of 4 GB',
      concat(section.subarray(0, 4), n32('little', 2 ** 32 - 4), section.subarray(8)),
      /4294967292 bytes/,
    ],
    ['a section of no byte order', concat(section.subarray(0, 8), filler(40)), /byte-order magic/],
  ])('%s', (_name, contents, message) => {
    const { status, stdout, stderr } = quicTop(['-r', fileOf(contents), '--json']);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^quic-top: [\x20-\x7e]+\nNext: [\x20-\x7e]+\n$/);
    expect(status).toBe(1);
  });

  it.each([
    [['-r', '/'], 1, /EISDIR/],
    [['-r', '/nowhere/capture.pcap'], 1, /ENOENT/],
    [['-r', '/nowhere/\x1b[31m\n'], 1, /\\x1b/],
    [['-r', ''], 2, /no file given/],
    [['-r', 'x', 'eth0'], 2, /--interface does not go with --read/],
    [['-r', 'x', '--mode', 'tap'], 2, /--mode does not go with --read/],
    [['-r', 'x', '--xdp', 'native'], 2, /--xdp does not go with --read/],
    [['-r', 'x', '-w', 'y.txt'], 2, /"y.txt" is neither a .pcap nor a .pcapng file/],
    [['-r', join(FIXTURES, 'ngtcp2-v1.pcap'), '--buffer', '100K'], 1, /buffer of 100 KiB is too small/],
  ])('%j', (args, code, message) => {
    const { status, stderr } = quicTop(args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^quic-top: [\x20-\x7e]+\nNext: [\x20-\x7e]+\n$/);
    expect(status).toBe(code);
  });
});
