// Filters that Wireshark has too: the frames that they select in the captures of the fixtures, against those of tshark -Y.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileFilter } from '../../../src/core/filter/index.js';
import { PACKET_TYPE } from '../../../src/core/native/abi.gen.js';
import { type Decoded, Decoder } from '../../../src/core/quic/decoder.js';
import { dcidText, scidText } from '../../../src/core/text/format.js';
import { captureRecords, type Recorded } from '../../support/records.js';
import { framesOfTshark } from '../../support/tshark.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));
/** Without the one that is made of packets about which readers differ. */
const CAPTURES = readdirSync(FIXTURES).filter(
  (name) => /\.pcap(ng)?$/.test(name) && !name.startsWith('crafted-malformed'),
);

const FILTERS = [
  'quic.dcid contains 01:33',
  'quic.scid contains 01',
  'quic.header_form == 0',
  'quic.header_form == 1',
  'quic.version == 0x6b3343cf',
  'quic.version > 1 and quic.dcid',
  'quic.version in {0, 0xff000000..0xff0000ff}',
  'quic.long.packet_type == 0 and quic.version == 1',
  'quic.long.packet_type == 2 and quic.version == 1',
  'quic.packet_length > 1000',
  'quic.packet_length in {40..60, 1200}',
  'quic.token_length',
  'quic.token_length > 0',
  'ip.src',
  'ip.src == 10.0.0.0/8',
  'ip.addr == 10.77.0.1',
  'ip.addr != 10.77.0.1',
  'not ip.addr == 10.77.0.1',
  'ip.dst in {10.77.0.1, 127.0.0.0..127.255.255.255}',
  'ipv6.addr == fd77::/16',
  'ipv6.src == fd77::2',
  'udp.srcport == 4433',
  'udp.dstport != 4433',
  'udp.port in {60000..65535}',
  'udp.port lt 1024 or udp.port ge 60000',
  '!(udp.srcport == 4433) && ip.src',
  'udp.srcport eq 4433 or ipv6.src and udp.dstport ne 4433',
  'frame.number in {1..20, 60}',
  'frame.len > 1200',
  'tls.handshake.extensions_server_name',
  'tls.handshake.extensions_server_name contains "example"',
  'tls.handshake.extensions_alpn_str == "h3"',
  'quic.cc.error_code',
  'quic.cc.error_code in {0x100..0x1ff}',
  'quic.cc.reason_phrase contains "nope"',
];

/** tshark asks these of a frame, quic-top of each packet in it. */
const FILTERS_OF_PACKETS = [
  'not quic.dcid',
  'quic.version != 1',
  'not quic.dcid contains 01',
  'quic.packet_length < 1200',
  'quic.token_length != 0',
  'not quic.token_length == 0',
];

/** Frames in which it reads a header. */
const READABLE = 'quic.version or quic.header_form == 0';

/** All captures behind each other: tshark takes longer to start than to read. */
let folder: string;
let merged: string;
let packets: (Recorded & { decoded: Decoded })[];
/** What tshark said, by the filter. */
const theirs = new Map<string, Set<number>>();
/** Frames in which both find QUIC; those with one packet only. */
let frames: number[];
let simpleFrames: number[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-filter-'));
  merged = join(folder, 'merged.pcapng');
  execFileSync('mergecap', ['-a', '-w', merged, ...CAPTURES.map((name) => join(FIXTURES, name))]);
  const decoder = new Decoder();
  packets = (await captureRecords(merged)).map((packet) => ({
    ...packet,
    decoded: decoder.decode(packet.view, () => packet.frame),
  }));
  // tshark reads a version that it does not know as if it were v1.
  const guessed = new Set(
    packets.filter(({ view }) => view.type === PACKET_TYPE.TYPE_UNKNOWN).map(({ view }) => view.frame),
  );
  ask(READABLE, ...FILTERS, ...FILTERS_OF_PACKETS);
  const readable = theirs.get(READABLE);
  frames = [...framesOf('')].filter((frame) => readable?.has(frame) && !guessed.has(frame));
  const several = new Set(packets.filter(({ view }) => view.index > 0).map(({ view }) => view.frame));
  simpleFrames = frames.filter((frame) => !several.has(frame));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Has tshark say which frames each filter selects. */
function ask(...filters: string[]): void {
  for (const [i, selected] of framesOfTshark(merged, filters).entries()) theirs.set(filters[i] as string, selected);
}

/** The frames of the packets that the filter lets through. */
function framesOf(text: string): Set<number> {
  const filter = compileFilter(text);
  return new Set(
    packets.filter(({ view, decoded }) => filter.matches(view, () => decoded)).map(({ view }) => view.frame),
  );
}

function compare(text: string, within: number[]): void {
  const ours = framesOf(text);
  const selected = within.filter((frame) => theirs.get(text)?.has(frame));
  expect(within.filter((frame) => ours.has(frame))).toEqual(selected);
  // It chooses, or it shows nothing.
  expect(selected.length).toBeGreaterThan(0);
  expect(selected.length).toBeLessThan(within.length);
}

describe('the same frames as tshark -Y', () => {
  it.each(FILTERS)('%s', (text) => compare(text, frames));

  it.each(FILTERS_OF_PACKETS)('%s, where a frame has one packet', (text) => compare(text, simpleFrames));

  it('whole connection IDs', () => {
    const { view } = packets.find(({ view }) => view.dcidLength > 0 && view.scidLength > 0) as Recorded;
    // With colons: tshark 4.4 takes digits alone for a number.
    const [dcid, scid] = [dcidText(view), scidText(view)].map((text) => text.match(/../g)?.join(':'));
    const [one, some, others] = [
      `quic.dcid == ${dcid}`,
      `quic.scid in {${scid}, 01:33}`,
      `quic.dcid != ${dcid}`,
    ] as const;
    ask(one, some, others);
    compare(one, frames);
    compare(some, frames);
    compare(others, simpleFrames);
  });
});
