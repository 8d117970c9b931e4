import { expect, it } from 'vitest';
import { HelloIndex } from '../../src/core/hello-index.js';
import { RecordView } from '../../src/core/record.js';
import { FakeRecorder } from '../support/fake-recorder.js';

it('knows a packet by its lane and number, and forgets it with the recorder', () => {
  const fake = new FakeRecorder({ lanes: 2 }, 8);
  fake.add({ lane: 0, time: 1 });
  fake.add({ lane: 1, time: 2 });
  const index = new HelloIndex(fake.recorder);
  index.add({ lanes: [1], sequences: [0], texts: ['api.example h3'] });
  const view = new RecordView();
  fake.recorder.lanes[1]?.load(0, view);
  expect(index.text(view)).toBe('api.example h3');
  const same = new RecordView();
  fake.recorder.lanes[0]?.load(0, same);
  expect(index.text(same)).toBe('');

  for (let time = 3; time < 20; time++) fake.add({ lane: 1, time });
  index.add({ lanes: [1], sequences: [17], texts: ['shop.example h3'] });
  expect(index.text(view)).toBe('');
  fake.recorder.lanes[1]?.load(17, view);
  expect(index.text(view)).toBe('shop.example h3');
});
