// The JSON of a packet: every field, in its order, with what it may hold and when it is null.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CLI, type JsonPacket, jsonLines } from '../support/quic-top.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const CAPTURES = readdirSync(FIXTURES).filter((name) => /\.pcap(ng)?$/.test(name));
const PORTS = [443, 4433];

/** Every byte outside printable ASCII, and the backslash, as \xNN. */
const TEXT = /^([\x20-\x5b\x5d-\x7e]|\\x[0-9a-f]{2})*$/;
const HEX = /^([0-9a-f]{2}){0,255}$/;

type Check = (value: unknown) => boolean;
const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const or =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const FIELDS: Record<string, Check> = {
  event: or('packet'),
  interface: or(null),
  frame: whole(1, 2 ** 32),
  index: whole(0, 63),
  time: text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
  rx_queue: or(null),
  queue: orNull(whole(0, 63)),
  src: text(/^[0-9a-f:.]+$/),
  src_port: whole(0, 65535),
  dst: text(/^[0-9a-f:.]+$/),
  dst_port: whole(0, 65535),
  vlan: listOf(whole(0, 4095)),
  version: text(/^0x[0-9a-f]{8}$/),
  type: or('initial', '0rtt', 'handshake', 'retry', 'version_negotiation', 'unknown'),
  dcid: text(HEX),
  scid: text(HEX),
  token_length: orNull(whole(0, 65535)),
  packet_length: whole(7, 65535),
  backend: orNull(whole(0, 65535)),
  cid_scheme: or('cidv1', null),
  trust: or('server', 'client', 'unknown', null),
  decrypted: or(true, false, null),
  packet_number: orNull(whole(0, 2 ** 32 - 1)),
  sni: orNull(text(TEXT)),
  alpn: orNull(listOf(text(TEXT))),
  ja4: orNull(text(/^q\d\d[di]\d{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/)),
  ech: or(true, false, null),
  issues: listOf(text(/^[a-z_]+$/)),
  server_id: orNull(text(/^[0-9a-f]{4}$/)),
  worker: or(null),
  process: or(null),
  unroutable: or(null),
  time_source: or(null),
  error: orNull(text(/^([A-Z_]+ )?0x[0-9a-f]{2,16}$/)),
  reason: orNull(text(TEXT)),
  form: or('long'),
  connection: whole(1, 2 ** 31),
  connection_guess: or(false),
};

/** What is known must be there, and what is not must be null. */
function expectNulls(packet: JsonPacket): void {
  const { type, backend, decrypted, ja4 } = packet;
  const ofServer = PORTS.includes(packet.dst_port) ? packet.dcid : packet.scid;
  expect({
    queue: packet.queue,
    serverId: packet.server_id,
    cid_scheme: packet.cid_scheme,
    hasTrust: packet.trust !== null,
    hasToken: packet.token_length !== null,
    isOpenedOrNot: decrypted !== null,
    hasNumber: packet.packet_number !== null,
    saysEch: packet.ech !== null,
    saysWhy: packet.reason !== null,
  }).toEqual({
    queue: backend === null ? null : backend % 64,
    serverId: backend === null ? null : backend.toString(16).padStart(4, '0'),
    cid_scheme: backend === null ? null : 'cidv1',
    hasTrust: ofServer !== '',
    hasToken: type === 'initial' || type === 'retry',
    // Of a version that nobody knows, where the keys of a draft opened it.
    isOpenedOrNot: type === 'initial' || packet.issues.includes('version_guessed'),
    hasNumber: decrypted === true,
    saysEch: ja4 !== null,
    saysWhy: packet.error !== null,
  });
  if (ja4 === null) expect([packet.sni, packet.alpn]).toEqual([null, null]);
  else expect(decrypted).toBe(true);
}

it.each(CAPTURES)('of %s', (name) => {
  const args = [CLI, '-r', FIXTURES + name, '--json', '--port', PORTS.join()];
  const stdout = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const { packets } = jsonLines(stdout);
  expect(packets.length).toBeGreaterThan(0);
  for (const packet of packets) {
    expect(Object.keys(packet)).toEqual(Object.keys(FIELDS));
    const wrong = Object.entries(packet).filter(([field, value]) => !FIELDS[field]?.(value));
    expect({ frame: packet.frame, wrong }).toEqual({ frame: packet.frame, wrong: [] });
    expectNulls(packet);
  }
});
