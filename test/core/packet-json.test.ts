// Every line is JSON and says what the record does: compared with the plain way of writing it.
import { expect, it } from 'vitest';
import { ISSUE, PACKET_TYPE, RECORD_FLAGS } from '../../src/core/abi.gen.js';
import { AsciiWriter } from '../../src/core/ascii-writer.js';
import { Clock, dcidText, dstText, scidText, srcText, versionText } from '../../src/core/format.js';
import { allIssues, hasToken, PacketJson } from '../../src/core/packet-json.js';
import { timeText } from '../../src/core/packet-time.js';
import { queueOf } from '../../src/core/queue.js';
import { type Decoded, NEVER_OPENED, NOTHING_READ } from '../../src/core/quic/decoded.js';
import { type RecordView, TYPE_NAMES } from '../../src/core/record.js';
import { RecordCursor } from '../../src/core/record-cursor.js';
import { FakeRecorder } from '../support/fake-recorder.js';
import { random } from '../support/random.js';

const OPENED: Decoded = {
  ...NOTHING_READ,
  decrypted: true,
  packetNumber: 2 ** 40,
  sni: 'a"b\\x5c'.repeat(2000),
  alpn: ['h3', '"'],
  ja4: 'q13d0308h3_55b375c5d22e_93d614477bf2',
  ech: false,
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
    version: versionText(view.version),
    type: TYPE_NAMES[view.type],
    dcid: dcidText(view),
    scid: scidText(view),
    token_length: hasToken(view) ? view.tokenLength : null,
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
  };
}

it.each(['eth0', 'wän "1"\u2028', null])('writes what the record holds, byte by byte, on interface %j', (name) => {
  const fake = new FakeRecorder({}, 1024);
  const below = random(7);
  const cid = (length: number) => Array.from({ length }, () => below(256).toString(16).padStart(2, '0')).join('');
  const { RECORD_HAS_BACKEND, RECORD_EGRESS, RECORD_NO_TIME } = RECORD_FLAGS;
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
      flags: (below(2) && RECORD_HAS_BACKEND) | (below(2) && RECORD_EGRESS) | (below(8) ? 0 : RECORD_NO_TIME),
      rxQueue: below(64),
      src,
      dst: src.map(() => below(256)),
      srcPort: below(65536),
      dstPort: below(65536),
      packetLength: below(65536),
      tokenLength: below(65536),
      // A cut CID is read from the frame: test/e2e/read-file.test.ts has a file of those.
      issues: below(3) ? 0 : below(8) & ~ISSUE.ISSUE_CID_CUT,
      index: below(256),
    });
  }
  const { recorder } = fake;
  const [clock, out] = [new Clock(recorder.epoch), new AsciiWriter()];
  const json = new PacketJson(name === null ? null : { name }, clock, recorder, out);
  const cursor = new RecordCursor(recorder);
  let lines = 0;
  for (let view = cursor.next(); view; view = cursor.next()) {
    const decoded = below(2) ? OPENED : NEVER_OPENED.none;
    json.write(view, decoded);
    const line = out.take().toString('latin1');
    expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(line)).toEqual(plain(view, decoded, name, clock));
    expect(Object.keys(JSON.parse(line))).toEqual(Object.keys(plain(view, decoded, name, clock)));
    lines++;
  }
  expect(lines).toBe(500);
});
