// Addresses as text.
import { RECORD } from '../native/abi.gen.js';
import { loadAddon } from '../native/addon.js';
import type { RecordView } from '../recorder/record.js';
import { hex } from './format.js';

/** An IPv6 address in the form of RFC 5952. */
const ipv6Text = (bytes: Uint8Array, offset: number) => loadAddon().ipv6Text(bytes, offset);

const ipv4Text = (bytes: Uint8Array, offset: number) =>
  `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;

/** An address of 4 or 16 bytes; hex digits when it is cut. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return ipv4Text(bytes, 0);
  return bytes.length === 16 ? ipv6Text(bytes, 0) : hex(bytes);
}

function recordAddress(view: RecordView, offset: number): string {
  return view.ipVersion === 6 ? ipv6Text(view.bytes, offset) : ipv4Text(view.bytes, offset);
}

export function srcText(view: RecordView): string {
  return recordAddress(view, RECORD.src);
}

export function serverAddressText(view: RecordView): string {
  return recordAddress(view, 4 * view.serverAddress);
}

export function dstText(view: RecordView): string {
  return recordAddress(view, RECORD.dst);
}
