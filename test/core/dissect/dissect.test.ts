// What tshark does not say: which packet is the record's, its backend, its issues, and messages in pieces.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dissect } from '../../../src/core/dissect/dissect.js';
import type { Field } from '../../../src/core/dissect/field.js';
import { TYPE_NAMES } from '../../../src/core/quic/packet-types.js';
import { pcap } from '../../support/capture-files.js';
import { allFields, type Dissected, dissectCapture } from '../../support/dissections.js';
import { concat, ethernet, filler, ipv4, udp } from '../../support/packets.js';
import { clientHello, cryptoFrame, initial } from '../../support/quic-client.js';

const TITLES: Record<string, string> = {
  initial: 'Initial',
  '0rtt': '0-RTT',
  handshake: 'Handshake',
  '1rtt': '1-RTT, short header',
  retry: 'Retry',
  version_negotiation: 'Version Negotiation',
  unknown: 'unknown version',
};

/** The field of the record's packet, by the record's offset. */
function packetOf({ view, dissection }: Dissected): Field {
  const found = dissection.fields.filter(({ label, from }) => label.startsWith('QUIC') && from === view.packetOffset);
  expect(found).toHaveLength(1);
  return found[0] as Field;
}
const labels = (field: Field | undefined) => field?.children.map(({ label }) => label) ?? [];

it.each(['crafted-malformed', 'crafted-cid-edges', 'ngtcp2-0rtt', 'ngtcp2-vn', 'ngtcp2-retry', 'quiche-cidv1'])(
  '%s: the packet of the record, of its type and length, with its issues',
  async (name) => {
    for (const packet of await dissectCapture(`${name}.pcap`)) {
      const { view, decoded, dissection } = packet;
      const field = packetOf(packet);
      const end = Math.min(view.packetOffset + view.packetLength, view.capturedLength);
      expect(field.label).toMatch(`QUIC ${TITLES[TYPE_NAMES[view.type] as string]}`);
      expect([field.from, field.to]).toEqual([view.packetOffset, end]);
      const others = dissection.fields.filter(({ label }) => label.startsWith('QUIC'));
      expect(field.label.endsWith('(selected)')).toBe(others.length > 1);
      const issues = field.children.filter(({ role, from, to }) => role === 'issue' && from === to);
      expect(issues.length).toBeGreaterThanOrEqual(decoded.issues.length + (view.issues ? 1 : 0));
    }
  },
);

it('the backend, in the CID that it was read from', async () => {
  const packets = await dissectCapture('quiche-cidv1.pcap');
  const named = packets.filter(({ view }) => view.backend !== null);
  expect(named.length).toBeGreaterThan(10);
  for (const packet of named) {
    const { view, frame, decoded } = packet;
    const field = packetOf(packet);
    const fact = `Backend: ${view.backend}, queue ${Number(view.backend) % 64} (CIDv1), trust: ${decoded.trust}`;
    expect(labels(field)).toContain(fact);
    const parts = allFields(field.children).filter(({ field: { role } }) => role.startsWith('cid'));
    expect(parts.map(({ field: { label } }) => label)).toEqual(['CID Version: 1', `Backend ID: ${view.backend}`]);
    const { from = 0, to = 0 } = parts[1]?.field ?? {};
    expect(Buffer.from(frame).readUIntBE(from, to - from)).toBe(view.backend);
  }
});

it('a short header: its DCID, whose length it does not tell', async () => {
  const short = (await dissectCapture('ngtcp2-0rtt.pcap')).filter(({ view }) => view.isShort);
  expect(short.length).toBeGreaterThan(5);
  for (const { view, dissection } of short) {
    const children = dissection.selected?.children ?? [];
    const names = [
      'Header Form',
      'Fixed Bit',
      'Spin Bit',
      'Protected Bits',
      'DCID',
      'Packet Number and Payload, protected',
    ];
    expect(children.map(({ name }) => name)).toEqual(names);
    const [dcid, payload] = children.slice(-2) as [Field, Field];
    expect(dcid.to - dcid.from).toBe(view.dcidLength);
    expect([dcid.from, payload.to]).toEqual([view.packetOffset + 1, view.packetOffset + view.packetLength]);
  }
  const behind = short.filter(({ view }) => view.index > 0);
  expect(behind.length).toBeGreaterThan(0);
  for (const { dissection } of behind) expect(dissection.selected?.label).toMatch(/\(selected\)$/);
});

it('a ClientHello in CRYPTO frames out of order: a stream of its own, and what the decoder put together', async () => {
  const [first, second] = await dissectCapture('chromium-caddy.pcap');
  if (!first || !second) throw new Error('no packets');
  expect(first.dissection.sources.map(({ title }) => title)).toEqual([
    'Frame',
    'Decrypted Initial',
    'CRYPTO stream of this packet',
  ]);
  const all = allFields(first.dissection.fields).map(({ field }) => field);
  const goesOn = all.find(({ label }) => label.startsWith('Goes on in other packets'));
  expect(goesOn).toMatchObject({ source: 2, role: 'plain' });
  expect(all.filter(({ role }) => role === 'issue')).toEqual([]);

  expect(second.dissection.sources).toHaveLength(2);
  expect(labels(packetOf(second)).slice(0, 3)).toEqual([
    'SNI: quic.corp.test (outer, with an encrypted ClientHello)',
    'ALPN: h3',
    `JA4: ${second.decoded.ja4}`,
  ]);
  const texts = allFields(second.dissection.fields).map(({ field }) => field.label);
  expect(texts).toContain('The CRYPTO stream begins in another packet');
});

it('of CRYPTO frames that overlap, the bytes that came first, as the decoder has it', async () => {
  const [one, other] = [clientHello('first.example'), clientHello('other.example')];
  const payload = concat(cryptoFrame(40, one.subarray(40)), cryptoFrame(0, other.subarray(0, -4)));
  const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
  try {
    const path = join(folder, 'overlap.pcap');
    writeFileSync(path, pcap([{ time: 0n, bytes: ethernet(ipv4(udp(initial({ dcid: filler(8), payload })))) }]));
    const [packet] = await dissectCapture(path);
    expect(packet?.decoded.sni).toBe('first.example');
    const texts = allFields(packet?.dissection.fields ?? []).map(({ field }) => field.label);
    expect(texts.filter((text) => text.includes('.example'))).toContain('Server Name: first.example');
    expect(texts.join()).not.toContain('other.example');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('says how many ALPN names are not listed', async () => {
  const [packet] = await dissectCapture('ngtcp2-v1.pcap');
  if (!packet) throw new Error('no packet');
  const { view, frame, decoded } = packet;
  const { fields } = dissect(view, frame, { ...decoded, alpn: ['h3', 'h2'], alpnMore: 530 });
  expect(allFields(fields).map(({ field }) => field.label)).toContain('ALPN: h3, h2 … and 530 more');
});

it('why a connection was closed', async () => {
  const packets = await dissectCapture('crafted-hello.pcap');
  const closed = packets.filter(({ decoded }) => decoded.close !== null);
  expect(closed.map(({ view }) => view.frame)).toEqual([42]);
  const [packet] = closed as [Dissected];
  expect(labels(packetOf(packet))[0]).toMatch(/^Closed: CRYPTO_ERROR 0x128 \(handshake_failure\)(, by .*)?: nope!$/);
});

it('without what the decoder knows: nothing is opened, the rest is as it was', async () => {
  const [packet] = await dissectCapture('ngtcp2-v1.pcap');
  if (!packet) throw new Error('no packet');
  const { sources, fields } = dissect(packet.view, packet.frame, null);
  expect(sources).toHaveLength(1);
  expect(labels(fields[0]).filter((label) => label.startsWith('RX Queue'))).toEqual([]);
  expect(labels(fields.at(-1))).toContain('Packet Number and Payload, protected: 1153 bytes');
});
