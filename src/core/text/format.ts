// Text for what records hold: addresses, connection IDs, versions, times; and for names, which may hold anything.
// Everything that comes out of here is safe to print.
import { LIMITS, QUIC_VERSION, RECORD } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { bytesOf } from './bytes-text.js';

/** Two lower-case hex digits of each byte. */
export const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Lower-case hex digits of `bytes[from, to)`. */
export function hex(bytes: Uint8Array, from = 0, to = bytes.length): string {
  let text = '';
  for (let i = from; i < to; i++) text += HEX[bytes[i] as number];
  return text;
}

/** A byte as itself when it is printable ASCII and no backslash, else as `\xNN`. */
const PRINTABLE = HEX.map((digits, byte) =>
  byte >= 0x20 && byte <= 0x7e && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${digits}`,
);

/** Every byte outside printable ASCII, and the backslash, as `\xNN`. */
export function printableBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += PRINTABLE[byte];
  return text;
}

/** A text's bytes as `printableBytes` shows them. */
export function printable(text: string): string {
  return printableBytes(bytesOf(text));
}

/** Plain text in lines of at most `width` columns (at least one), parted between words; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  const most = Math.max(1, width);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= most) lines[lines.length - 1] = longer;
    else for (let at = 0; at === 0 || at < word.length; at += most) lines.push(word.slice(at, at + most));
  }
  return lines;
}

/** The DCID as hex digits, cut after LIMITS.CID_MAX bytes. */
export function dcidText(view: RecordView): string {
  return hex(view.bytes, RECORD.dcid, RECORD.dcid + Math.min(view.dcidLength, LIMITS.CID_MAX));
}

/** The SCID as hex digits, cut after LIMITS.CID_MAX bytes. */
export function scidText(view: RecordView): string {
  return hex(view.bytes, RECORD.scid, RECORD.scid + Math.min(view.scidLength, LIMITS.CID_MAX));
}

/** Address and port as one word: `10.0.0.1:4433`, `[fd77::1]:4433`. */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A QUIC version as eight hex digits: `0x00000001`. */
export function versionText(version: number): string {
  return `0x${version.toString(16).padStart(8, '0')}`;
}

const { QUIC_MVFST, QUIC_FIRST_MVFST, QUIC_LAST_MVFST, QUIC_Q050, QUIC_T050, QUIC_T051 } = QUIC_VERSION;

/** Versions that are no standard, by the names that those who made them gave them. */
export const VENDOR_VERSIONS: ReadonlyMap<number, string> = new Map([
  ...[QUIC_FIRST_MVFST, QUIC_LAST_MVFST].map((number) => [QUIC_MVFST * 256 + number, `mvfst${number}`] as const),
  [QUIC_Q050, 'Q050'],
  [QUIC_T050, 'T050'],
  [QUIC_T051, 'T051'],
]);

/** `v1`, `v2`, `d29` (draft 29), `VN`, `mvfst2`, `Q050`, or eight hex digits. */
export function versionName(version: number): string {
  if (version === QUIC_VERSION.QUIC_NEGOTIATION) return 'VN';
  if (version === QUIC_VERSION.QUIC_V1) return 'v1';
  if (version === QUIC_VERSION.QUIC_V2) return 'v2';
  if (version >>> 8 === QUIC_VERSION.QUIC_DRAFTS) return `d${version & 0xff}`;
  return VENDOR_VERSIONS.get(version) ?? version.toString(16).padStart(8, '0');
}

/** In nanoseconds, as times of records are; and for times that a number cannot hold. */
export const SECOND = 1_000_000_000;
export const SECOND_EXACT = 1_000_000_000n;

/** Turns record times into wall-clock text without losing a nanosecond. */
export class Clock {
  private readonly seconds: number;
  private readonly nanoseconds: number;
  private cachedSecond = Number.NaN;
  private cachedText = '';

  /** @param epoch Recorder.epoch: nanoseconds since 1970. */
  constructor(epoch: bigint) {
    this.seconds = Number(epoch / SECOND_EXACT);
    this.nanoseconds = Number(epoch % SECOND_EXACT);
  }

  /** Seconds since 1970 and the nanoseconds of that second, of a record time. */
  split(time: number): { seconds: number; nanoseconds: number } {
    const total = this.nanoseconds + time;
    const seconds = Math.floor(total / SECOND);
    return { seconds: this.seconds + seconds, nanoseconds: total - seconds * SECOND };
  }

  /** `2026-11-22T12:00:00.123456789Z` (RFC 3339, UTC). */
  iso(time: number): string {
    const { seconds, nanoseconds } = this.split(time);
    // Neighbouring packets share their second, and Date is the slow part.
    if (seconds !== this.cachedSecond) {
      this.cachedSecond = seconds;
      this.cachedText = new Date(seconds * 1000).toISOString().slice(0, 19);
    }
    return `${this.cachedText}.${String(nanoseconds).padStart(9, '0')}Z`;
  }
}

/** A whole number as `12,345`. (Intl.NumberFormat would take 15 ms of every start.) */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
