// Whatever the bytes are, and whatever the record says of them: a dissection comes of it, in order and in bounds.
import { expect, it } from 'vitest';
import { dissect } from '../../../src/core/dissect/dissect.js';
import type { Dissection, Field } from '../../../src/core/dissect/field.js';
import { RECORD } from '../../../src/core/native/abi.gen.js';
import { Decoder } from '../../../src/core/quic/decoder.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { allFields, dissectCapture } from '../../support/dissections.js';
import { type Bytes, concat, u8, u32, versionNegotiation } from '../../support/packets.js';
import { clientHello, cryptoFrame, initial } from '../../support/quic-client.js';
import { random } from '../../support/random.js';

const PRINTABLE = /^[\x20-\x7e…]+$/;
const MAX_FIELDS = 2000;
const MAX_FINDINGS = 20;

function inOrder({ sources, fields }: Dissection): void {
  let count = 0;
  const check = (field: Field, parent: Field | null) => {
    count++;
    const size = sources[field.source]?.bytes.length ?? -1;
    const within = parent?.source === field.source && parent.to > parent.from ? parent : { from: 0, to: size };
    if (within.from <= field.from && field.from <= field.to && field.to <= within.to && PRINTABLE.test(field.label)) {
      for (const child of field.children) check(child, field);
    } else {
      throw new Error(
        `${JSON.stringify({ ...field, children: [] })} in ${JSON.stringify({ ...parent, children: [] })}`,
      );
    }
  };
  for (const field of fields) check(field, null);
  expect(count).toBeLessThanOrEqual(MAX_FIELDS + 1 + MAX_FINDINGS);
}

type Next = (limit: number) => number;
const bytes = (next: Next, length: number): Bytes => Uint8Array.from({ length }, () => next(256));

/** Changes a few bytes, cuts the end off, or doubles a part. */
function damage(next: Next, whole: Bytes): Bytes {
  const damaged = whole.slice(0, next(4) === 0 ? next(whole.length + 1) : whole.length);
  for (let i = next(6); i > 0 && damaged.length > 0; i--) damaged[next(damaged.length)] = next(256);
  return next(8) === 0 ? concat(damaged, damaged.subarray(next(damaged.length + 1))) : damaged;
}

const CAPTURES = [
  'crafted-malformed',
  'crafted-cid-edges',
  'crafted-hello',
  'ngtcp2-retry',
  'ngtcp2-vn',
  'ngtcp2-sll2',
];

it('frames and records that were damaged', async () => {
  const next = random(17);
  const all = (await Promise.all(CAPTURES.map((name) => dissectCapture(`${name}.pcap`)))).flat();
  for (const { dissection } of all) inOrder(dissection);
  for (let i = 0; i < 15_000; i++) {
    const { view, frame, decoded } = all[next(all.length)] as (typeof all)[0];
    const copy = new RecordView();
    copy.words.set(view.words);
    for (let changes = next(3) && next(8); changes > 0; changes--) copy.bytes[next(RECORD.SIZE)] = next(256);
    inOrder(dissect(copy, next(3) ? damage(next, frame) : bytes(next, next(1600)), next(4) ? decoded : null));
  }
});

/** A record of a packet that is the whole frame, as far as `dissect` asks. */
function recordOf(packet: Bytes, dcid: Bytes, type: number): RecordView {
  const view = new RecordView();
  const data = new DataView(view.words.buffer);
  data.setUint32(RECORD.version, 1, true);
  data.setUint16(RECORD.packet_offset, 28, true);
  data.setUint16(RECORD.l4_offset, 20, true);
  data.setUint16(RECORD.link_type, 101, true);
  data.setUint16(RECORD.packet_length, packet.length, true);
  data.setUint8(RECORD.dcid_length, dcid.length);
  data.setUint8(RECORD.type, type);
  data.setUint8(RECORD.ip_version, 4);
  view.bytes.set(dcid, RECORD.dcid);
  return view;
}

/** Behind an IPv4 and a UDP header that say how long it is. */
function frameOf(packet: Bytes): Bytes {
  const frame = concat(new Uint8Array(28), packet);
  const data = new DataView(frame.buffer);
  frame[0] = 0x45;
  data.setUint16(2, frame.length);
  data.setUint16(24, packet.length + 8);
  return frame;
}

it('payloads that open and hold any bytes', () => {
  const next = random(19);
  const decoder = new Decoder({ connections: 16 });
  const hello = clientHello('any.example', ['h3'], [[57, u8(1, 2, 0x40, 0x64)]]);
  for (let i = 0; i < 2000; i++) {
    const dcid = bytes(next, 8);
    const good = concat(
      u8(2, 3, 0, 1, 1, 0, 0),
      cryptoFrame(40, hello.subarray(40)),
      cryptoFrame(0, hello.subarray(0, 40)),
    );
    const packet = initial({ dcid, payload: i % 4 ? damage(next, good) : bytes(next, next(1100)) });
    const view = recordOf(packet, dcid, 1);
    const frame = frameOf(packet);
    const decoded = decoder.decode(view, () => frame);
    expect(decoded.decrypted).toBe(true);
    const dissection = dissect(view, frame, decoded);
    expect(dissection.sources.length).toBeGreaterThan(1);
    inOrder(dissection);
  }
});

it('more fields than anybody reads', () => {
  const negotiation = versionNegotiation({ versions: Array.from({ length: 15_000 }, (_, i) => i) });
  const pings = initial({ dcid: u8(1, 2, 3, 4, 5, 6, 7, 8), payload: new Uint8Array(1100).fill(1) });
  const view = recordOf(pings, u8(1, 2, 3, 4, 5, 6, 7, 8), 1);
  const decoded = new Decoder().decode(view, () => frameOf(pings));
  for (const [packet, type] of [
    [negotiation, 5],
    [pings, 1],
    [new Uint8Array(65_000).fill(0xc0), 0],
  ] as const) {
    const record = type === 1 ? view : recordOf(packet, u8(), type);
    const started = performance.now();
    const dissection = dissect(record, frameOf(packet), type === 1 ? decoded : null);
    expect(performance.now() - started).toBeLessThan(500);
    inOrder(dissection);
    if (type !== 0)
      expect(allFields(dissection.fields).filter(({ field }) => field.label === '... more')).toHaveLength(1);
  }
});

it('a CID of 255 bytes, and a Length beyond everything', () => {
  const long = concat(u8(0xc0), u32(0xbabababa), u8(255), new Uint8Array(255).fill(7), u8(255), new Uint8Array(255));
  const lie = concat(u8(0xe0), u32(1), u8(0), u8(0), u8(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), u8(1, 2, 3));
  for (const packet of [long, lie]) {
    for (let size = 0; size <= packet.length; size++) {
      const cut = packet.slice(0, size);
      inOrder(dissect(recordOf(cut, u8(), 0), frameOf(cut), null));
    }
  }
  const labels = allFields(dissect(recordOf(lie, u8(), 3), frameOf(lie), null).fields).map(({ field }) => field.label);
  expect(labels).toContain('Packet Number and Payload, protected: 3 bytes (cut after 3 bytes)');
});
