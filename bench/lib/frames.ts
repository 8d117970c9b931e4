// The frames that the XDP program is timed with, bundled for bench/groups/program.mjs.
import { readingOf } from '../../src/core/cid/reading.js';
import { ALL_SCHEMES, type CidScheme } from '../../src/core/cid/schemes.js';
import {
  type Bytes,
  cidv1,
  ethernet,
  filler,
  hex,
  ipv4,
  ipv6,
  longHeader,
  tcp,
  udp,
} from '../../test/support/packets.js';

const LENGTH = 1200;
/** More than any LRU map of the program holds. */
const MANY = 0xffffffff;

interface TimedFrame {
  name: string;
  bytes: Bytes;
  /** How many DCIDs the frame comes with, one after the other. */
  dcids?: number;
}

const long = longHeader({ dcid: cidv1(17), payload: filler(LENGTH) });
const short = new Uint8Array([0x40, ...cidv1(17), ...filler(LENGTH)]);

const FRAMES: TimedFrame[] = [
  { name: 'foreign_packet', bytes: ethernet(ipv4(udp(long, { dstPort: 443 }))) },
  { name: 'tcp', bytes: ethernet(ipv4(tcp())) },
  { name: 'short_header', bytes: ethernet(ipv4(udp(short))), dcids: 1 },
  { name: 'short_header_of_1000', bytes: ethernet(ipv4(udp(short))), dcids: 1000 },
  { name: 'known_cid', bytes: ethernet(ipv4(udp(long))), dcids: 1 },
  { name: 'known_cid_of_1000', bytes: ethernet(ipv4(udp(long))), dcids: 1000 },
  { name: 'known_cid_ipv6', bytes: ethernet(ipv6(udp(long))), dcids: 1 },
  { name: 'known_cid_vlan', bytes: ethernet(ipv4(udp(long)), { vlans: [7] }), dcids: 1 },
  { name: 'new_cid', bytes: ethernet(ipv4(udp(long))), dcids: MANY },
];

/** Where the last four bytes of the DCID are. */
function placeOf(frame: Bytes): number {
  return Buffer.from(frame).indexOf(cidv1(17)) + 4;
}

const quicLb = (config_id: number) => ({
  scheme: ALL_SCHEMES.find(({ name }) => name === 'quic-lb') as CidScheme,
  given: { config_id, server_id_length: 3, nonce_length: 4 },
});

/** The layouts of QUIC-LB, in hex: of one configuration, and of all seven, of which the last one fits the frames. */
export const quicLbLayouts = (configs: 1 | 7): string =>
  hex(readingOf((configs === 1 ? [0] : [1, 2, 3, 4, 5, 6, 0]).map(quicLb)).layouts);

/** The stdin of build/Release/program_timer. */
export const timerInput = (): string =>
  FRAMES.map(({ name, bytes, dcids }) => `${name} ${dcids ? placeOf(bytes) : 0} ${dcids ?? 1} ${hex(bytes)}\n`).join(
    '',
  );
