// The other opinion: long-header QUIC packets as tshark reads them.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../demo/network.mjs';
import { Program } from '../../demo/program.mjs';
import { errorText } from '../../src/core/quic/close.js';
import type { JsonPacket } from './quic-top.js';

/** What tshark tells of a packet, by the names that the JSON has for it. */
export type TsharkPacket = Pick<
  JsonPacket,
  'src' | 'src_port' | 'dst' | 'dst_port' | 'version' | 'type' | 'dcid' | 'scid' | 'token_length' | 'packet_length'
>;

const QUIC_PORT = ['-d', 'udp.port==4433,quic'];
/** tshark's buffers: how long a packet may take from the interface to the file. */
const SETTLING = 1000;

/** Captures into a file, from when this resolves until `stop()` of what it returns. */
export async function startTshark(namespace: Namespace, interfaceName: string, file: string) {
  const program = new Program(namespace.command(['tshark', '-n', '-q', '-i', interfaceName, '-w', file, 'udp']));
  await program.printed(/Capture started|Capturing on/);
  await sleep(SETTLING);
  return {
    async stop(): Promise<void> {
      await sleep(SETTLING);
      await program.stop('SIGINT');
    },
  };
}

/**
 * The file, beside a capture, in which clients leave their secrets. Without them tshark 4.4 takes a packet behind another
 * for padding when its fixed bit is 0: it must see that the receiver agreed to that (RFC 9287).
 */
export const SECRETS = 'tls-secrets';

/** The first value of each field, of each datagram that the display filter lets through. */
function fieldsWithTshark(file: string, filter: string, fields: readonly string[]): string[][] {
  const shown = ['-T', 'fields', '-E', 'occurrence=f', ...fields.flatMap((name) => ['-e', name])];
  const lines = execFileSync('tshark', ['-n', '-r', file, ...QUIC_PORT, '-Y', filter, ...shown], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}

/** The ports and the error code of each datagram with a CONNECTION_CLOSE that everybody can open. */
export function closesOfTshark(file: string): Pick<JsonPacket, 'src_port' | 'dst_port' | 'error'>[] {
  const code = 'quic.cc.error_code';
  return fieldsWithTshark(file, code, ['udp.srcport', 'udp.dstport', code]).map(([src, dst, code = '']) => ({
    src_port: Number(src),
    dst_port: Number(dst),
    error: errorText({ errorCode: BigInt(code), frameType: 0, reason: '' }),
  }));
}

/** How many datagrams to the watched port begin with a short header, of each DCID that tshark reads in them. */
export function shortHeadersWithTshark(file: string): Map<string, number> {
  const counts = new Map<string, number>();
  const datagrams = fieldsWithTshark(file, 'quic && udp.dstport == 4433', ['quic.header_form', 'quic.dcid']);
  for (const [form, dcid = ''] of datagrams) {
    if (form === '0') counts.set(dcid, (counts.get(dcid) ?? 0) + 1);
  }
  return counts;
}

/** A packet with a short header, as tshark reads it. */
export interface TsharkShort {
  /** The frame's number, from 1. */
  frame: number;
  /** Where in the frame it begins, and how many bytes it has. */
  offset: number;
  length: number;
  /** In hex; null: tshark shows none, be it that it knows none or that it is empty. */
  dcid: string | null;
}

/** All packets with a short header, those behind long ones in a datagram too. */
export function shortPacketsOfTshark(file: string): TsharkShort[] {
  return elements(pdmlOf(file), 'packet').flatMap((datagram) => {
    const frame = Number(/<field name="num" [^>]*?show="(\d+)"/.exec(datagram)?.[1]);
    return datagram
      .split('<proto name="quic"')
      .slice(1)
      .filter((quic) => attribute(quic, 'quic.header_form', 'value') === '0')
      .map((quic) => ({
        frame,
        offset: Number(/pos="(\d+)"/.exec(quic)?.[1]),
        length: Number(attribute(quic, 'quic.packet_length', 'show')),
        dcid: attribute(quic, 'quic.dcid', 'value') ?? null,
      }));
  });
}

/** The connection that tshark says each frame with QUIC is of, by the frame's number; none for those it does not know. */
export function connectionsOfTshark(file: string): Map<number, number> {
  const rows = fieldsWithTshark(file, 'quic.connection.number', ['frame.number', 'quic.connection.number']);
  return new Map(rows.map(([frame, connection]) => [Number(frame), Number(connection)]));
}

/** The packets of each datagram of a capture that has any. */
export function readWithTshark(file: string): TsharkPacket[][] {
  return elements(pdmlOf(file), 'packet')
    .map(readDatagram)
    .filter((packets) => packets.length > 0);
}

function pdmlOf(file: string): string {
  const secrets = ['-o', `tls.keylog_file:${join(dirname(file), SECRETS)}`];
  const shown = ['-J', 'ip ipv6 udp quic', '-T', 'pdml'];
  return execFileSync('tshark', ['-n', '-r', file, ...QUIC_PORT, ...secrets, ...shown], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 30,
  });
}

/**
 * PDML (and not -T json or fields, which mix up the packets of one datagram): one <proto name="quic"> for each packet.
 * Those without a version are short-header packets or the padding behind the last packet.
 */
function readDatagram(datagram: string): TsharkPacket[] {
  return datagram
    .split('<proto name="quic"')
    .slice(1)
    .filter((quic) => attribute(quic, 'quic.version', 'show') !== undefined)
    .map((quic) => ({
      src: attribute(datagram, 'ip.src', 'show') ?? attribute(datagram, 'ipv6.src', 'show') ?? '',
      src_port: Number(attribute(datagram, 'udp.srcport', 'show')),
      dst: attribute(datagram, 'ip.dst', 'show') ?? attribute(datagram, 'ipv6.dst', 'show') ?? '',
      dst_port: Number(attribute(datagram, 'udp.dstport', 'show')),
      version: attribute(quic, 'quic.version', 'show') ?? '',
      type: packetType(quic),
      dcid: attribute(quic, 'quic.dcid', 'value') ?? '',
      scid: attribute(quic, 'quic.scid', 'value') ?? '',
      token_length: numberOrNull(attribute(quic, 'quic.token_length', 'show')),
      packet_length: Number(attribute(quic, 'quic.packet_length', 'show')),
    }));
}

/** The type in quic-top's words. */
function packetType(quic: string): string {
  if (attribute(quic, 'quic.version', 'show') === '0x00000000') return 'version_negotiation';
  const name = /Packet Type: (.*?) \(/.exec(attribute(quic, 'quic.long.packet_type', 'showname') ?? '')?.[1] ?? '?';
  return name.replace('-', '').toLowerCase();
}

function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>.*?</${name}>`, 'gs'))].map(([element]) => element);
}

function attribute(xml: string, field: string, name: string): string | undefined {
  return new RegExp(`<field name="${field.replaceAll('.', '\\.')}" [^>]*?\\b${name}="([^"]*)"`).exec(xml)?.[1];
}

function numberOrNull(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

const FRAMES_OF = fileURLToPath(new URL('frames-of.lua', import.meta.url));

/** Who runs tshark's scripts: as root version 4.4 leaves them out. */
const NOBODY = process.geteuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Numbers of the frames that each display filter of Wireshark's selects. All at once: tshark takes long to start. */
export function framesOfTshark(file: string, filters: readonly string[]): Set<number>[] {
  // By descriptors, whoever may enter their folders.
  const opened = [openSync(file, 'r'), openSync(FRAMES_OF, 'r')];
  const script = ['lua_script:/dev/fd/4', ...filters.map((filter) => `lua_script1:${filter}`)];
  const args = ['-n', '-q', '-r', '/dev/fd/3', ...QUIC_PORT, ...script.flatMap((value) => ['-X', value])];
  const lines = execFileSync('tshark', args, {
    ...NOBODY,
    encoding: 'utf8',
    env: { ...process.env, HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'ignore', ...opened],
  });
  opened.forEach(closeSync);
  const selected = filters.map(() => new Set<number>());
  for (const [, place, number] of lines.matchAll(/^(\d+) (\d+)$/gm)) selected[Number(place) - 1]?.add(Number(number));
  return selected;
}

/** Of each path and DCID of the datagrams, from both sides, the connection that tshark says they are of. */
export function connectionsByDcid(file: string): Map<string, number> {
  const fields = ['ip.src', 'udp.srcport', 'ip.dst', 'udp.dstport', 'quic.dcid', 'quic.connection.number'];
  const rows = fieldsWithTshark(file, 'quic.connection.number', fields);
  return new Map(rows.map((row) => [row.slice(0, 5).join(' '), Number(row[5])]));
}
