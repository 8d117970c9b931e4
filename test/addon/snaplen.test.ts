// How much of a frame is kept, and that its packets are told as if it were whole.
import { afterEach, beforeAll, expect, it } from 'vitest';
import { Capture } from '../../src/core/capture/capture.js';
import { ISSUE } from '../../src/core/native/abi.gen.js';
import { RecordCursor } from '../../src/core/recorder/record-cursor.js';
import { hasTcx } from '../support/kernel.js';
import { cidv1, coalesce, filler, hex, longHeader } from '../support/packets.js';
import { makePrivateVeth, OPTIONS, send } from '../support/private-veth.js';

const SNAPLEN = 64;
const HEADERS = 14 + 20 + 8;

let capture: Capture;
beforeAll(makePrivateVeth);
afterEach(() => capture.close());

const CASES = [
  { mode: 'divert', from: 'watched' },
  { mode: 'tap', from: 'watched' },
  ...(hasTcx ? [{ mode: 'tap', from: 'peer' } as const] : []),
] as const;

it.each(CASES)('in mode $mode on $from', async ({ mode, from }) => {
  capture = Capture.open({ ...OPTIONS, interface: from, mode, snaplen: { initials: SNAPLEN, others: SNAPLEN } });
  capture.start();
  const first = longHeader({ dcid: cidv1(4660, 20), scid: filler(20), token: filler(40), payload: filler(1000) });
  const payload = coalesce(first, longHeader({ dcid: cidv1(4660, 20), type: 'handshake', payload: filler(50) }));
  await send(payload);
  capture.stop();
  const cursor = new RecordCursor(capture.recorder);
  const view = cursor.next();
  if (!view) throw new Error('no record');
  expect(view).toMatchObject({
    capturedLength: SNAPLEN,
    frameLength: HEADERS + payload.length,
    backend: 4660,
    dcidLength: 20,
    scidLength: 20,
    tokenLength: 40,
    packetLength: first.length,
    issues: ISSUE.ISSUE_FRAME_CUT,
  });
  const frame = capture.recorder.lane(view).frameOf(view);
  expect(hex(frame?.subarray(HEADERS) as Uint8Array)).toBe(hex(payload.subarray(0, SNAPLEN - HEADERS)));
  // The copy ends before the second packet; a diverted frame is all there to be read.
  expect(cursor.next()?.packetLength ?? null).toBe(mode === 'divert' ? payload.length - first.length : null);
});

const KEPT = [
  { initials: 1000, others: 200 },
  { initials: 200, others: 1000 },
];

it.each(CASES.flatMap((where) => KEPT.map((snaplen) => ({ ...where, ...snaplen }))))(
  'of Initials $initials and of others $others bytes, in mode $mode on $from',
  async ({ mode, from, initials, others }) => {
    capture = Capture.open({ ...OPTIONS, interface: from, mode, snaplen: { initials, others } });
    capture.start();
    const v2 = 0x6b3343cf;
    const packets = (['initial', 'handshake'] as const).flatMap((type) =>
      [1, v2].map((version) => longHeader({ version, type, dcid: cidv1(17), payload: filler(1100) })),
    );
    for (const packet of packets) await send(packet);
    capture.stop();
    const cursor = new RecordCursor(capture.recorder);
    const kept = packets.map(() => cursor.next()?.capturedLength);
    expect(kept).toEqual([initials, initials, others, others]);
    expect(cursor.next()).toBeNull();
  },
);
