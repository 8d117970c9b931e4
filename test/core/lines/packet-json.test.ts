// Every line is JSON and says what the record does: compared with the plain way of writing it.
import { expect, it } from 'vitest';
import { queueOf } from '../../../src/core/cid/queue.js';
import { asciiJson, PacketJson } from '../../../src/core/lines/packet-json.js';
import { ISSUE, PACKET_TYPE, RECORD_FLAGS } from '../../../src/core/native/abi.gen.js';
import { type Decoded, NEVER_OPENED, NOTHING_READ, OVER_BUDGET } from '../../../src/core/quic/decoded.js';
import { allIssues } from '../../../src/core/quic/issues.js';
import { TYPE_NAMES } from '../../../src/core/quic/packet-types.js';
import { RecordView } from '../../../src/core/recorder/record.js';
import { RecordCursor } from '../../../src/core/recorder/record-cursor.js';
import { dstText, srcText } from '../../../src/core/text/address.js';
import { Clock, dcidText, scidText, versionText } from '../../../src/core/text/format.js';
import { timeText } from '../../../src/core/text/packet-time.js';
import { FakeRecorder } from '../../support/fake-recorder.js';
import { random } from '../../support/random.js';

const OPENED: Decoded = {
  ...NOTHING_READ,
  decrypted: true,
  packetNumber: 2 ** 40,
  sni: 'a"b\\x5c'.repeat(2000),
  alpn: ['h3', '"'],
  ja4: 'q13d0308h3_55b375c5d22e_93d614477bf2',
  ech: false,
  largestAcknowledged: 3,
  close: { errorCode: 0x178n, frameType: 6, reason: '"\\x5c" '.repeat(100) },
  trust: 'client',
  issues: ['reserved_bits'],
};

function plain(view: RecordView, decoded: Decoded, interfaceName: string | null, clock: Clock) {
  return {
    event: 'packet',
    interface: interfaceName,
    frame: view.frame,
    index: view.index,
    time: timeText(view, clock),
    rx_queue: view.rxQueue,
    queue: queueOf(view.backend),
    src: srcText(view),
    src_port: view.srcPort,
    dst: dstText(view),
    dst_port: view.dstPort,
    vlan: view.vlans,
    version: view.isShort ? null : versionText(view.version),
    type: TYPE_NAMES[view.type],
    dcid: view.issues & ISSUE.ISSUE_CID_LENGTH_UNKNOWN ? null : dcidText(view),
    scid: view.isShort ? null : scidText(view),
    token_length: view.hasToken ? view.tokenLength : null,
    packet_length: view.packetLength,
    backend: view.backend,
    cid_scheme: view.backend === null ? null : 'cidv1',
    trust: decoded.trust,
    decrypted: decoded.decrypted,
    packet_number: decoded.packetNumber,
    sni: decoded.sni,
    alpn: decoded.alpn,
    ja4: decoded.ja4,
    ech: decoded.ech,
    issues: allIssues(view.issues, decoded),
    server_id: view.backend === null ? null : view.backend.toString(16).padStart(4, '0'),
    worker: null,
    process: null,
    unroutable: null,
    time_source: view.timeSource,
    error: decoded.close && 'CRYPTO_ERROR 0x178',
    reason: decoded.close?.reason ?? null,
    form: view.isShort ? 'short' : 'long',
    connection: connectionOf(view)?.id ?? null,
    connection_guess: connectionOf(view)?.guess ?? null,
  };
}

/** Of some packets nobody knows. */
function connectionOf({ sequence }: RecordView) {
  return sequence % 3 === 0 ? null : { id: sequence, guess: sequence % 2 === 0 };
}

it.each(['eth0', 'wän "1"\u2028', null])('writes what the records hold, byte by byte, on interface %j', (name) => {
  const fake = new FakeRecorder({}, 1024);
  const below = random(7);
  const cid = (length: number) => Array.from({ length }, () => below(256).toString(16).padStart(2, '0')).join('');
  const { RECORD_HAS_BACKEND, RECORD_EGRESS, RECORD_NO_TIME } = RECORD_FLAGS;
  const { RECORD_TIME_XDP, RECORD_TIME_TAP, RECORD_TIME_DRAIN } = RECORD_FLAGS;
  const timeSources = [0, RECORD_TIME_XDP, RECORD_TIME_TAP, RECORD_TIME_DRAIN];
  for (let i = 0; i < 500; i++) {
    const address = () => Array.from({ length: below(2) ? 4 : 16 }, () => below(3) * below(128));
    const src = address();
    fake.add({
      time: below(4) ? below(2 ** 31) * 1000 : BigInt(below(2 ** 31)) << 33n,
      dcid: cid(below(21)),
      scid: cid(below(21)),
      backend: below(65536),
      type: below(Object.keys(PACKET_TYPE).length),
      version: below(2 ** 32),
      flags:
        (below(2) && RECORD_HAS_BACKEND) |
        (below(2) && RECORD_EGRESS) |
        (below(8) ? (timeSources[below(4)] as number) : RECORD_NO_TIME),
      rxQueue: below(64),
      src,
      dst: src.map(() => below(256)),
      srcPort: below(65536),
      dstPort: below(65536),
      packetLength: below(65536),
      tokenLength: below(65536),
      // A cut CID is read from the frame: see below.
      issues: below(3) ? 0 : (below(8) & ~ISSUE.ISSUE_CID_CUT) | (below(2) && ISSUE.ISSUE_CID_LENGTH_UNKNOWN),
      index: below(256),
    });
  }
  const { recorder } = fake;
  const clock = new Clock(recorder.epoch);
  const json = new PacketJson(name === null ? null : { name }, recorder, connectionOf);
  const cursor = new RecordCursor(recorder);
  const expected: ReturnType<typeof plain>[] = [];
  let lines = '';
  for (let view = cursor.next(); view; view = cursor.next()) {
    const decoded = below(2) ? OPENED : NEVER_OPENED.none;
    json.add(view, decoded);
    expected.push(plain(view, decoded, name, clock));
    if (json.full || below(100) === 0) lines += Buffer.from(json.take(true) ?? '').toString('latin1');
  }
  lines += Buffer.from(json.take(true) ?? '').toString('latin1');
  expect(json.take(true)).toBeNull();
  expect(lines).toMatch(/^[\x20-\x7e\n]*$/);
  expect(lines).toBe(expected.map((fields) => `${asciiJson(fields)}\n`).join(''));
  expect(expected).toHaveLength(500);
});

it('has whole CIDs that the record has cut, as long as the frame is there', () => {
  const { ISSUE_CID_CUT, ISSUE_CID_TOO_LONG } = ISSUE;
  const [dcid, scid] = ['d1'.repeat(255), '5c'.repeat(21)];
  const frame = Buffer.from(`aabbc000000001ff${dcid}15${scid}`, 'hex');
  const cut = { time: 1, dcid, scid, packetOffset: 2, frame, issues: ISSUE_CID_CUT | ISSUE_CID_TOO_LONG };
  const fake = new FakeRecorder({}, 4, 4096);
  const json = new PacketJson(null, fake.recorder, () => null);
  const view = new RecordView();
  const line = () => JSON.parse(Buffer.from(json.take(true) ?? '').toString('latin1'));

  fake.add(cut);
  fake.recorder.lanes[0]?.load(0, view);
  json.add(view, OVER_BUDGET.client);
  expect(line()).toMatchObject({ dcid, scid, trust: 'client', issues: ['cid_too_long', 'over_budget'] });

  // Another record at its place: `view` is what is left of it.
  for (let i = 0; i < 4; i++) fake.add({ time: 2 });
  json.add(view, NEVER_OPENED.none);
  const first = { dcid: dcid.slice(0, 40), scid: scid.slice(0, 40) };
  expect(line()).toMatchObject({ ...first, trust: null, issues: ['cid_cut', 'cid_too_long'] });

  // The frame ends within the second one.
  fake.add({ ...cut, frame: frame.subarray(0, -1) });
  fake.recorder.lanes[0]?.load(5, view);
  json.add(view, NEVER_OPENED.none);
  expect(line()).toMatchObject({ ...first, issues: ['cid_cut', 'cid_too_long'] });
});

it('leaves lines that were given out as they are, unless they may be overwritten', () => {
  const fake = new FakeRecorder();
  const json = new PacketJson(null, fake.recorder, () => null);
  const view = new RecordView();
  const take = (time: number, reuse: boolean) => {
    fake.add({ time });
    fake.recorder.lanes[0]?.load(time, view);
    json.add(view, NEVER_OPENED.none);
    return json.take(reuse) as Uint8Array;
  };
  const frameOf = (lines: Uint8Array) => JSON.parse(Buffer.from(lines).toString('latin1')).frame;
  const [first, second] = [take(0, true), take(1, false)];
  expect([frameOf(first), frameOf(second)]).toEqual([1, 2]);
  expect(second.buffer.byteLength).toBe(second.length);
  const [third, fourth] = [take(2, false), take(3, true)];
  expect(take(4, true).buffer).toBe(fourth.buffer);
  expect([first, second, third, fourth].map(frameOf)).toEqual([1, 2, 3, 5]);
});
