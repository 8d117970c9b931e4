// What the recorder says about datagrams of every kind, sent over a veth: types by version, lengths, tokens, coalesced
// packets, and damage. The invariant part of the header has its own tests in test/bpf.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Capture } from '../../src/core/capture/capture.js';
import { ISSUE } from '../../src/core/native/abi.gen.js';
import { issueNames } from '../../src/core/quic/issues.js';
import { TYPE_NAMES } from '../../src/core/quic/packet-types.js';
import { RecordCursor } from '../../src/core/recorder/record-cursor.js';
import { dcidText, scidText } from '../../src/core/text/format.js';
import {
  cidv1,
  coalesce,
  concat,
  filler,
  hex,
  invariantHeader,
  longHeader,
  QUIC_V1,
  QUIC_V2,
  shortHeader,
  u8,
  u16,
  varint,
  versionNegotiation,
} from '../support/packets.js';
import { makePrivateVeth, OPTIONS, send } from '../support/private-veth.js';

let capture: Capture;
let cursor: RecordCursor;
beforeAll(() => {
  makePrivateVeth();
  capture = Capture.open({ ...OPTIONS, mode: 'tap' });
  capture.start();
});
beforeEach(() => {
  cursor = new RecordCursor(capture.recorder);
  while (cursor.next());
});
afterAll(() => capture.close());

/** What is recorded of a datagram: a few fields of each packet. */
async function record(datagram: Uint8Array) {
  await send(datagram);
  const packets = [];
  for (let view = cursor.next(); view; view = cursor.next()) {
    packets.push({
      index: view.index,
      type: TYPE_NAMES[view.type],
      version: view.version,
      dcid: dcidText(view),
      scid: scidText(view),
      token: view.tokenLength,
      length: view.packetLength,
      issues: issueNames(view.issues),
    });
  }
  return packets;
}

describe('types by version', () => {
  const types = ['initial', '0rtt', 'handshake', 'retry'] as const;
  const versions = [
    ['v1', QUIC_V1, QUIC_V1],
    ['v2', QUIC_V2, QUIC_V2],
    ['the v2 draft', 0x709a50c4, QUIC_V2],
    ['draft-23', 0xff000017, QUIC_V1],
    ['draft-29', 0xff00001d, QUIC_V1],
    ['draft-32', 0xff000020, QUIC_V1],
    ['mvfst 1', 0xfaceb001, QUIC_V1],
    ['mvfst 2', 0xfaceb002, QUIC_V1],
    ['Q050', 0x51303530, QUIC_V1],
    ['T050', 0x54303530, QUIC_V1],
    ['T051', 0x54303531, QUIC_V1],
  ] as const;
  const rows = versions.flatMap(([name, version, like]) => types.map((type) => ({ name, version, like, type })));
  it.each(rows)('$type of $name', async ({ version, like, type }) => {
    const packet = longHeader({ version: like, type });
    new DataView(packet.buffer, packet.byteOffset).setUint32(1, version);
    expect(await record(packet)).toMatchObject([{ type, version, length: packet.length, issues: [] }]);
  });

  it.each([0xff000016, 0xff000021, 0xfaceb000, 0xfaceb003, 0x51303436, 0x54303532, 0x1a2a3a4a, 2])(
    'unknown for version %d',
    async (version) => {
      const packet = invariantHeader({ version, first: 0xc0 });
      expect(await record(packet)).toMatchObject([{ type: 'unknown', version, length: packet.length, issues: [] }]);
    },
  );

  it('Version Negotiation, whatever the other bits of its first byte', async () => {
    const packet = versionNegotiation({ dcid: filler(5), scid: cidv1(9) });
    for (const first of [0x80, 0xc0, 0xff]) {
      packet[0] = first;
      expect(await record(packet)).toMatchObject([
        { type: 'version_negotiation', version: 0, dcid: hex(filler(5)), scid: hex(cidv1(9)), length: packet.length },
      ]);
    }
  });

  it('without the fixed bit (RFC 9287)', async () => {
    expect(await record(longHeader({ fixedBit: false }))).toMatchObject([{ type: 'initial', issues: [] }]);
  });
});

describe('tokens', () => {
  it.each([0, 1, 63, 64, 300])('an Initial with %d bytes', async (length) => {
    expect(await record(longHeader({ token: filler(length) }))).toMatchObject([{ token: length, issues: [] }]);
  });

  it('a Retry: all but the integrity tag', async () => {
    expect(await record(longHeader({ type: 'retry', token: filler(40) }))).toMatchObject([{ token: 40, issues: [] }]);
  });

  it('a Retry that is shorter than its tag', async () => {
    const packet = longHeader({ type: 'retry', token: u8() }).subarray(0, -1);
    expect(await record(packet)).toMatchObject([{ type: 'retry', token: 0, issues: ['header_cut'] }]);
  });
});

describe('coalesced packets', () => {
  const initial = longHeader({ payload: filler(70) });
  const handshake = longHeader({ type: 'handshake', payload: filler(50) });

  it('are recorded one by one, with their own lengths; the short one at the end is not a long header', async () => {
    expect(await record(coalesce(initial, handshake, shortHeader()))).toMatchObject([
      { index: 0, type: 'initial', length: initial.length, issues: [] },
      { index: 1, type: 'handshake', length: handshake.length, issues: [] },
    ]);
  });

  it('end at padding', async () => {
    expect(await record(coalesce(initial, new Uint8Array(100)))).toHaveLength(1);
  });

  it('end with a packet that has no Length', async () => {
    const retry = longHeader({ type: 'retry', token: filler(20) });
    expect(await record(coalesce(initial, retry, handshake))).toMatchObject([
      { type: 'initial' },
      { type: 'retry', length: retry.length + handshake.length },
    ]);
  });

  it('with another DCID are marked (RFC 9000 section 12.2)', async () => {
    const other = longHeader({ type: 'handshake', dcid: cidv1(18) });
    expect(await record(coalesce(initial, other))).toMatchObject([{ issues: [] }, { issues: ['dcid_changed'] }]);
  });

  it('end at bytes that begin like a long header of another version and another DCID', async () => {
    expect(await record(coalesce(initial, filler(40, 0xff)))).toMatchObject([{ issues: [] }]);
  });

  it('stop after 64', async () => {
    const tiny = longHeader({ type: 'handshake', dcid: u8(), scid: u8(), payload: u8() });
    const packets = await record(coalesce(...Array.from({ length: 100 }, () => tiny)));
    expect(packets).toHaveLength(64);
    expect(packets.map(({ issues }) => issues.length)).toEqual([...Array(63).fill(0), 1]);
    expect(packets.at(-1)?.issues).toEqual(['too_many_coalesced']);
  });

  it('stop at a header that is cut', async () => {
    expect(await record(coalesce(initial, handshake.subarray(0, 9)))).toHaveLength(1);
  });
});

describe('damage', () => {
  const withHeader = (token: Uint8Array, rest: Uint8Array) =>
    invariantHeader({ first: 0xc3, rest: concat(token, rest) });

  it('a Length beyond the datagram', async () => {
    const packet = withHeader(varint(0), concat(u16(0x4000 | 1000), filler(20)));
    expect(await record(packet)).toMatchObject([
      { type: 'initial', length: packet.length, issues: ['length_beyond_datagram'] },
    ]);
  });

  it('a token length beyond the datagram', async () => {
    expect(await record(withHeader(u8(0xff, ...Array(7).fill(0xff)), filler(20)))).toMatchObject([
      { type: 'initial', token: 0, issues: ['length_beyond_datagram'] },
    ]);
  });

  it('a datagram that ends before the token length, inside it, and before the Length', async () => {
    for (const rest of [u8(), u8(0x40), u8(0)]) {
      const packet = invariantHeader({ first: 0xc3, rest });
      expect(await record(packet)).toMatchObject([{ type: 'initial', length: packet.length, issues: ['header_cut'] }]);
    }
  });

  it('connection IDs that are too long for the version, cut', async () => {
    const dcid = filler(160);
    expect(await record(longHeader({ dcid }))).toMatchObject([
      { dcid: hex(dcid.subarray(0, 20)), issues: ['cid_cut', 'cid_too_long'] },
    ]);
    expect(await record(invariantHeader({ version: 0x1a2a3a4a, scid: filler(21) }))).toMatchObject([
      { type: 'unknown', scid: hex(filler(20)), issues: ['cid_cut'] },
    ]);
  });

  it('has a name for each issue', () => {
    const bits = Object.values(ISSUE).reduce((all, bit) => all | bit, 0);
    expect(issueNames(bits)).toHaveLength(Object.keys(ISSUE).length);
  });
});
