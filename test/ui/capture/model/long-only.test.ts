// The list of a file has no packets with a short header unless somebody asked for them.
import { describe, expect, it } from 'vitest';
import { PACKET_TYPE } from '../../../../src/core/native/abi.gen.js';
import { CaptureModel } from '../../../../src/ui/capture/model/capture-model.js';
import { FakeRecorder, fakeSource } from '../../../support/fake-recorder.js';
import { InProcessAnalysis } from '../../../support/in-process-analysis.js';

const { TYPE_1RTT, TYPE_HANDSHAKE } = PACKET_TYPE;

describe.each([
  [true, 2, 1],
  [false, 4, 2],
])('where only long headers are shown: %s', (longOnly, all, ofBackend) => {
  const fake = new FakeRecorder();
  for (const type of [TYPE_HANDSHAKE, TYPE_1RTT]) {
    fake.add({ time: 1, type, dcid: '01330011', backend: 17 });
    fake.add({ time: 2, type, dcid: '01330012', backend: 18 });
  }
  const screen = { now: () => 0, say: () => {}, clearMessage: () => {} };
  const model = new CaptureModel(fakeSource(fake.recorder), new InProcessAnalysis(fake.recorder, 0), screen, longOnly);

  it.each([
    ['', all],
    ['backend == 17', ofBackend],
    ['form == short', all - 2],
    ['form == long', 2],
  ])('"%s"', (filter, count) => {
    model.setFilter(filter);
    model.tick();
    expect(model.list.count).toBe(count);
    expect(model.filter.text).toBe(filter);
  });
});
