import { describe, expect, it } from 'vitest';
import { compileFilter } from '../../src/core/filter.js';
import { RecordView } from '../../src/core/record.js';
import { FakeRecorder } from '../support/fake-recorder.js';

const PACKETS = [
  { dcid: '0133001100000000', backend: 17 },
  { dcid: '01330011', backend: 17 },
  { dcid: '0133ffff', backend: 65535 },
  { dcid: '013300', backend: undefined },
  { dcid: '', backend: undefined },
  { dcid: 'ab'.repeat(30), backend: undefined },
];

/** Indexes of the packets that the filter lets through. */
function matches(filter: string): number[] {
  const fake = new FakeRecorder();
  for (const { dcid, backend } of PACKETS) fake.add({ time: 0, dcid, ...(backend !== undefined && { backend }) });
  const predicate = compileFilter(filter);
  const view = new RecordView();
  return [...PACKETS.keys()].filter((i) => fake.recorder.lanes[0]?.load(i, view) && predicate(view));
}

describe('compileFilter', () => {
  it.each([
    ['', [0, 1, 2, 3, 4, 5]],
    ['  ', [0, 1, 2, 3, 4, 5]],
    ['0133', [0, 1, 2, 3]],
    ['01:33:00:11', [0, 1]],
    ['01330011', [0, 1]],
    ['dcid == 01330011', [1]],
    ['dcid==01:33:00:11', [1]],
    ['ABAB', [5]],
    ['backend == 17', [0, 1]],
    ['backend==65535', [2]],
    ['backend == 0', []],
  ])('"%s"', (filter, indexes) => expect(matches(filter)).toEqual(indexes));

  it.each([
    ['0', /not a connection ID in hex/],
    ['013', /two digits for each byte/],
    ['xyz', /not a connection ID in hex/],
    ['ab'.repeat(21), /first 20 bytes/],
    ['backend == 65536', /0 to 65535/],
    ['backend == -1', /0 to 65535/],
    ['backend == 0x11', /0 to 65535/],
    ['queue == 1', /unknown field "queue"/],
    ['backend = 1', /./],
  ])('refuses "%s"', (filter, message) =>
    expect(() => compileFilter(filter)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message), status: 2 }),
    ),
  );
});
