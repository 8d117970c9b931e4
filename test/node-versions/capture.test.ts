// A live capture in each mode, for any version of Node: the packets that were sent are the packets that are printed.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, hex, longHeader } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const COUNT = 100;

let network: PairNetwork;
beforeAll(() => {
  network = new PairNetwork();
});
afterAll(() => network.remove());

it.each(['tap', 'divert'])('in mode %s', async (mode) => {
  const program = await startQuicTop(network.left, 'left', ['--json', '--mode', mode, '--count', String(COUNT)]);
  const dcids = Array.from({ length: COUNT }, (_, i) => cidv1(i));
  sendDatagrams(
    network.right,
    PairNetwork.LEFT[0] as string,
    dcids.map((dcid) => longHeader({ dcid })),
  );
  expect(await program.ended).toBe(0);
  const { packets, summary } = jsonLines(program.stdout);
  expect(packets.map(({ dcid }) => dcid)).toEqual(dcids.map(hex));
  expect(packets.map(({ backend }) => backend)).toEqual(dcids.map((_, i) => i));
  expect(summary).toMatchObject({ mode, balanced: true });
});
