// What arrives at a NIC of the guest. How many of which kind is known exactly.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TapNetwork } from '../../../demo/network.mjs';
import {
  type Bytes,
  cidv1,
  concat,
  ethernet,
  ipv4,
  ipv6,
  longHeader,
  shortHeader,
  u8,
  u32,
  udp,
  unhex,
} from '../../support/packets.js';
import { WORK } from './folders.js';
import type { Guest } from './guest.js';
import { FAR_MAC, type LabNic, VLAN } from './nics.js';

/** Of ten datagrams seven are CIDv1, two have another connection ID, one a short header. */
const TENS = 10;
const CIDV1 = 7;
const LONG = 9;
/** Over IPv4, over IPv6, over IPv4 in a VLAN. */
const FAMILIES = 3;
/** Frames per second. All of them fit into the queue of a tap device, should the guest be slow. */
const RATE = 1500;

/** What `send` sends. */
export const SENT = {
  frames: TENS * 10 * FAMILIES,
  /** Long headers: what quic-top shows. */
  long: TENS * LONG * FAMILIES,
  /** Of those, in the VLAN. */
  vlanLong: TENS * LONG,
  /** CIDv1: what it diverts. */
  cidv1: TENS * CIDV1 * FAMILIES,
};

/** How many of `frames`, evenly of all families, came by IPv4 (half of it in the VLAN) and IPv6. */
export const byFamily = (frames: number) => ({ ipv4: (frames / FAMILIES) * 2, ipv6: frames / FAMILIES });

/** Sends them by the NIC's cable, and returns when they are on their way. */
export async function send(guest: Guest, network: TapNetwork, nic: LabNic): Promise<void> {
  const file = join(WORK, `frames-${guest.version}-${nic.name}.pcap`); // the guest sees it too
  writeFileSync(file, pcap(frames(nic)));
  const command = ['tcpreplay', '--quiet', `--intf1=${nic.cable}`, `--pps=${RATE}`, file];
  if (nic.hardware) network.host.run(command);
  else await guest.run(command);
}

function frames({ mac, guest, host }: LabNic): Bytes[] {
  const ends = { src: unhex(FAR_MAC), dst: unhex(mac) };
  return Array.from({ length: TENS * 10 }, (_, i) => {
    const datagram = udp(payload(i), { srcPort: 40_000 + (i % 16) }); // to more than one queue
    return [
      ethernet(ipv4(datagram, { src: host.ipv4, dst: guest.ipv4 }), ends),
      ethernet(ipv6(datagram, { src: host.ipv6, dst: guest.ipv6 }), ends),
      ethernet(ipv4(datagram, { src: host.ipv4, dst: guest.vlan }), { ...ends, vlans: [VLAN] }),
    ];
  }).flat();
}

function payload(i: number): Bytes {
  const kind = i % 10;
  if (kind < CIDV1) return longHeader({ dcid: cidv1(i % 64), payload: new Uint8Array(1100) });
  if (kind < LONG) return longHeader({ dcid: concat(u8(7), u32(i)), payload: new Uint8Array(1100) });
  return shortHeader();
}

/** A capture file with these Ethernet frames, as tcpreplay reads it. */
function pcap(all: readonly Bytes[]): Buffer {
  const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const header = words(0xa1b2c3d4, 0x0004_0002, 0, 0, 65535, 1);
  return Buffer.concat([header, ...all.flatMap((frame) => [words(0, 0, frame.length, frame.length), frame])]);
}
