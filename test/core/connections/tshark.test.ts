// Which connection each packet of the fixtures is of, beside what tshark says.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Connections } from '../../../src/core/connections/connections.js';
import { Decoder } from '../../../src/core/quic/decoder.js';
import { captureRecords } from '../../support/records.js';
import { connectionsOfTshark } from '../../support/tshark.js';

const FIXTURES = new URL('../../fixtures/', import.meta.url);
const CAPTURES = readdirSync(FIXTURES).filter((file) => /\.pcap(ng)?$/.test(file));

/** The connection of each packet that is no guess. */
async function grouped(file: string): Promise<{ frame: number; id: number }[]> {
  const records = await captureRecords(file);
  const first = records[0]?.view;
  if (!first) return [];
  const decoder = new Decoder();
  let bytes = new Uint8Array() as Uint8Array;
  const connections = new Connections({ serverIds: first.serverIds, readFrame: () => bytes });
  return records.flatMap(({ view, frame }) => {
    bytes = frame;
    const { id, guess } = connections.add(
      view,
      decoder.decode(view, () => frame),
    );
    return guess ? [] : [{ frame: view.frame, id }];
  });
}

it.each(CAPTURES)('%s: a connection is what tshark takes for one', async (file) => {
  const theirs = connectionsOfTshark(fileURLToPath(new URL(file, FIXTURES)));
  const ours = await grouped(file);
  const [byOurs, byTheirs] = [new Map<number, number>(), new Map<number, number>()];
  const wrong: object[] = [];
  for (const { frame, id } of ours) {
    const number = theirs.get(frame);
    if (number === undefined) continue;
    if (!byOurs.has(id)) byOurs.set(id, number);
    if (!byTheirs.has(number)) byTheirs.set(number, id);
    if (byOurs.get(id) !== number || byTheirs.get(number) !== id) wrong.push({ frame, id, number });
  }
  expect(wrong).toEqual([]);
  expect(byOurs.size).toBeGreaterThan(0);
});
