// Initials of every version that is opened, in a capture file: what quic-top reads in it, and what tshark does.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TYPE_NAMES } from '../../../src/core/quic/packet-types.js';
import { versionText } from '../../../src/core/text/format.js';
import { pcap } from '../../support/capture-files.js';
import { allFields, type Dissected, dissectCapture } from '../../support/dissections.js';
import { run } from '../../support/exports.js';
import { concat, ethernet, ipv4, udp, unhex } from '../../support/packets.js';
import { clientHello, cryptoFrame, googleCryptoFrame, googleHello, initial } from '../../support/quic-client.js';
import { MVFST_1, MVFST_2, Q050, T050, T051 } from '../../support/version-keys.js';

interface Row {
  version: number;
  /** Whose keys it has. */
  keysOf: number;
  payload: Uint8Array;
  type: string;
  issues: string[];
}

const DRAFT_29 = 0xff00001d;
/** A server name for each. */
const nameOf = (version: number) => `v${version.toString(16)}.example`;
const tls = (version: number) => cryptoFrame(0, clientHello(nameOf(version)));
const googleTls = (version: number) => googleCryptoFrame(0, clientHello(nameOf(version)));
const google = (version: number) => googleCryptoFrame(0, googleHello(nameOf(version)));

const knownRow = (version: number, payload: Uint8Array): Row => ({
  version,
  keysOf: version,
  payload: concat(payload, new Uint8Array(300)),
  type: 'initial',
  issues: [],
});
const drafts = Array.from({ length: 10 }, (_, i) => 0xff000017 + i);
const STANDARD = [1, 0x6b3343cf, ...drafts, MVFST_1, MVFST_2].map((version) => knownRow(version, tls(version)));
const GOOGLE_TLS = [T050, T051].map((version) => knownRow(version, googleTls(version)));
const GOOGLE = [knownRow(Q050, google(Q050))];
/** Of MsQuic, Quant and picoquic, and of nobody: with the keys of draft-29 here. */
const GUESSED = [0xabcd0000, 0x45474700, 0x50435130, 2].map((version) => ({
  ...knownRow(version, tls(version)),
  keysOf: DRAFT_29,
  type: 'unknown',
  issues: ['version_guessed'],
}));
const ROWS = [...STANDARD, ...GOOGLE_TLS, ...GOOGLE, ...GUESSED];

const FIELDS = [
  'quic.version',
  'quic.packet_number',
  'tls.handshake.extensions_server_name',
  'gquic.tag.sni',
  'quic.crypto.length',
  'gquic.crypto.length',
];

let folder: string;
let packets: Dissected[];
let theirs: Record<string, string>[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-versions-'));
  const path = join(folder, 'versions.pcap');
  const frames = ROWS.map(({ version, keysOf, payload }, i) => {
    const dcid = unhex(`c0ffee00112233${10 + i}`);
    const packet = initial({ version, keysOf, dcid, scid: unhex(`aabbcc${10 + i}`), payload });
    // What follows the packet, nobody knows.
    const datagram = version === keysOf ? packet : concat(packet, new Uint8Array(40));
    return { time: BigInt(i) * 1_000_000n, bytes: ethernet(ipv4(udp(datagram, { srcPort: 50_000 + i }))) };
  });
  writeFileSync(path, pcap(frames));
  packets = await dissectCapture(path);
  const asked = FIELDS.flatMap((field) => ['-e', field]);
  theirs = run('tshark', '-n', '-r', path, '-d', 'udp.port==4433,quic', '-T', 'fields', ...asked)
    .trimEnd()
    .split('\n')
    .map((line) => Object.fromEntries(line.split('\t').map((value, i) => [FIELDS[i] as string, value])));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the field tree has by this name. */
const textOf = (packet: Dissected, name: string) =>
  allFields(packet.dissection.fields)
    .find(({ field }) => field.label.startsWith(`${name}: `))
    ?.field.label.slice(name.length + 2);

const cases = ROWS.map((row, i) => ({ name: versionText(row.version), row, i }));

it.each(cases)('$name is opened', ({ row, i }) => {
  const { view, decoded } = packets[i] as Dissected;
  expect(view.version).toBe(row.version);
  expect(TYPE_NAMES[view.type]).toBe(row.type);
  const sni = row.version === Q050 ? null : nameOf(row.version);
  expect(decoded).toMatchObject({ decrypted: true, packetNumber: 0, sni, trust: 'client', issues: row.issues });
});

it.each(cases)('$name has its fields', ({ row, i }) => {
  const packet = packets[i] as Dissected;
  expect(textOf(packet, 'Packet Number')).toBe('0');
  expect(textOf(packet, 'Payload')).toMatch(/opened$/);
  const [frame] = row.payload;
  expect(textOf(packet, 'Frame Type')).toBe(`CRYPTO (0x0${frame})`);
  expect(textOf(packet, 'Server Name')).toBe(row.version === Q050 ? undefined : nameOf(row.version));
});

it.each(cases.filter(({ row }) => row.type === 'unknown'))('$name is shown as a guess', ({ row, i }) => {
  const { view, dissection } = packets[i] as Dissected;
  const name = row.version.toString(16).padStart(8, '0');
  expect(dissection.selected?.label).toBe(`QUIC unknown version ${name}, opened as d29, ${view.packetLength} bytes`);
  const labels = dissection.selected?.children.map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining(['Issue: version_guessed', 'Version-Specific Data: 40 bytes']));
});

// tshark 4 has the salt of version 2 with the labels of version 1 for what it does not know: no packet is made so.
it.each(cases.filter(({ row }) => row.issues.length === 0))('$name is what tshark reads', ({ row, i }) => {
  const packet = packets[i] as Dissected;
  const expected = theirs[i] as Record<string, string>;
  expect(expected['quic.version']).toBe(versionText(packet.view.version));
  expect(expected['quic.packet_number']).toBe(String(packet.decoded.packetNumber));
  expect(expected['tls.handshake.extensions_server_name']).toBe(packet.decoded.sni ?? '');
  const lengths = ['quic.crypto.length', 'gquic.crypto.length'].map((field) => expected[field]).join('');
  const crypto = allFields(packet.dissection.fields).filter(({ path }) => path.at(-1)?.startsWith('CRYPTO'));
  expect(lengths).toBe(crypto.find(({ field }) => field.name === 'Length')?.field.label.replace('Length: ', ''));
  // Of Google's own handshake nothing is read here; that tshark does shows that the packet is a real one.
  expect(expected['gquic.tag.sni']).toBe(row.version === Q050 ? nameOf(row.version) : '');
});
