// Every capture of the fixtures, packet by packet, against what tshark says of it (or the capture's design, where that differs).
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Decoded, Decoder } from '../../../src/core/quic/decoder.js';
import { readFixture } from '../../support/fixtures.js';
import { captureRecords } from '../../support/records.js';

interface Expected {
  frame: number;
  index: number;
  type: string;
  decrypted: boolean;
  packet_number?: number;
  sni?: string | null;
  alpn?: string[] | null;
  ja4?: string;
}

/**
 * What tshark reads and the parser does not: a UDP length that the IP packet does not hold, an IP packet of length 0,
 * three VLAN tags.
 */
const NO_PACKETS: Record<string, number[]> = { 'crafted-malformed': [59, 62, 67] };

/** By the name of the capture file: what is to be found in `NAME.pcap` stands in `NAME.hello.json`. */
const CAPTURES = readdirSync(new URL('../../fixtures', import.meta.url)).flatMap((file) => {
  const [name, extension] = file.split('.');
  return /^pcap(ng)?$/.test(extension ?? '') ? [{ name, file }] : [];
});

async function decodeAll(file: string): Promise<Map<string, Decoded>> {
  const decoder = new Decoder();
  const all = new Map<string, Decoded>();
  for (const { view, frame } of await captureRecords(file)) {
    const decoded = decoder.decode(view, () => frame);
    all.set(`${view.frame}.${view.index}`, decoded);
  }
  return all;
}

describe.each(CAPTURES)('$file', ({ name, file }) => {
  const { records, never } = JSON.parse(readFixture(`${name}.hello.json`).toString()) as {
    records: Expected[];
    never: string[];
  };
  let all: Map<string, Decoded>;
  beforeAll(async () => {
    all = await decodeAll(file);
  });

  it('opens what tshark opens, and finds the same in it', () => {
    for (const expected of records.filter(({ decrypted }) => decrypted)) {
      const { frame, index, packet_number, sni = null, alpn = null, ja4 = null } = expected;
      if (!all.has(`${frame}.${index}`) && NO_PACKETS[name as string]?.includes(frame)) continue;
      const decoded = all.get(`${frame}.${index}`);
      expect({ frame, index, ...decoded }).toMatchObject({
        frame,
        index,
        decrypted: true,
        packetNumber: packet_number,
        sni,
        alpn,
        ja4,
      });
    }
  });

  it('says of the others that they were not opened', () => {
    for (const { frame, index, type } of records.filter(({ decrypted }) => !decrypted)) {
      const decoded = all.get(`${frame}.${index}`);
      if (!decoded) continue; // not seen as a packet: the business of the parser's tests
      expect({ frame, index, ...decoded }).toMatchObject({
        decrypted: type === 'initial' ? false : null,
        packetNumber: null,
        sni: null,
        alpn: null,
        ja4: null,
        ech: null,
      });
    }
  });

  it('shows no name that must not be shown', () => {
    for (const { sni } of all.values()) expect(never).not.toContain(sni);
  });
});
