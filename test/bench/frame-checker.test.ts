// bench/bytes.mjs finds what is wrong with a recorded frame, wherever it is.
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { tool } from '../../bench/lib/flood.mjs';
import { type FakePacket, FakeRecorder } from '../support/fake-recorder.js';

interface Checked {
  recorded: number;
  checked: number;
  overwritten: number;
  wrong: number;
  repeated: number;
  beyond: number;
  first: string;
}

interface FrameChecker {
  check(): void;
  start(): void;
  stop(): Checked;
  /** The frame of that number as the generator sends it. */
  expect(number: number): Uint8Array;
}

const { FrameChecker } = createRequire(import.meta.url)(tool('frame_checker.node')) as {
  FrameChecker: new (memory: Uint8Array, sent: object) => FrameChecker;
};

const SENT = { size: 300, dcids: 100, backends: 8, otherShare: 0.2, flip: -1 };
const SLOTS = 1024;
/** Ethernet, IPv4 and UDP, then the first bytes of the long header. */
const DCID = 14 + 20 + 8 + 6;

function makeChecker(sent = SENT) {
  const recorder = new FakeRecorder({}, SLOTS, SLOTS * SENT.size);
  const checker = new FrameChecker(new Uint8Array(recorder.recorder.memory), sent);
  const generator = new FrameChecker(new Uint8Array(recorder.recorder.memory), sent);
  const record = (number: number, change: (frame: Uint8Array) => FakePacket = () => ({ time: 0 })) => {
    const frame = generator.expect(number);
    const dcid = Buffer.from(frame.subarray(DCID, DCID + 8));
    const backend = dcid[0] === 1 ? { backend: dcid.readUInt16BE(2) } : {};
    recorder.add({ frame, dcid: dcid.toString('hex'), ...backend, ...change(frame) });
  };
  return { checker, record };
}

it('frames that are as they were sent are right, with and without a backend', () => {
  const { checker, record } = makeChecker();
  for (let number = 0; number < 1000; number++) record(number);
  const found = { recorded: 1000, checked: 1000, overwritten: 0, wrong: 0, repeated: 0, beyond: 1000, first: '' };
  checker.check();
  expect(checker.stop()).toEqual(found);
});

it('any changed byte is found', () => {
  const { checker, record } = makeChecker();
  for (let byte = 0; byte < SENT.size; byte++) {
    record(byte, (frame) => {
      frame[byte] = (frame[byte] as number) ^ 1;
      return { time: 0 };
    });
  }
  checker.check();
  expect(checker.stop()).toMatchObject({
    checked: SENT.size,
    wrong: SENT.size,
    first: 'record 0: frame 0 differs from byte 0 on',
  });
});

it('so is a frame that is recorded twice, one that is cut, and the record of another one', () => {
  const { checker, record } = makeChecker();
  record(7);
  record(7);
  checker.check();
  expect(checker.stop()).toMatchObject({ checked: 2, wrong: 1, repeated: 1 });
  record(8, (frame) => ({ time: 0, frame: frame.subarray(0, 200) }));
  record(10, () => ({ time: 0, dcid: '0100000100000001' }));
  record(11, () => ({ time: 0, backend: 7 }));
  checker.check();
  expect(checker.stop()).toMatchObject({ checked: 5, wrong: 4, repeated: 1 });
});

it('what is gone before it is compared is counted', () => {
  const { checker, record } = makeChecker();
  for (let number = 0; number < 3 * SLOTS; number++) record(number);
  checker.check();
  const { recorded, checked, overwritten, wrong } = checker.stop();
  expect(recorded).toBe(3 * SLOTS);
  expect(checked + overwritten).toBe(recorded);
  expect(checked).toBeGreaterThan(0);
  expect(wrong).toBe(0);
});

it('a thread of its own does the same, and the byte that it is told to change makes it fail', () => {
  const { checker, record } = makeChecker({ ...SENT, flip: 200 });
  checker.start();
  for (let number = 0; number < 500; number++) record(number);
  expect(checker.stop()).toMatchObject({ checked: 500, wrong: 1, first: 'record 0: frame 0 differs from byte 200 on' });
});
