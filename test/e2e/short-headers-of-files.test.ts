// Short headers of a capture file, beside tshark: of connections that change their address and their connection IDs.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PairNetwork, QuicHosts } from '../support/lab.js';
import { type Short, shortPackets } from '../support/short-packets.js';
import { shortPacketsOfTshark, startTshark, type TsharkShort } from '../support/tshark.js';

const [LEFT = ''] = PairNetwork.LEFT;
/** Of the same network as the first one. */
const OTHER = '10.78.0.9';
const DELAY = ['--delay-stream=300ms'];

let network: PairNetwork;
let seen: Short[];
/** By tshark, which has the keys: it reads the connection IDs that both sides give each other. */
let expected: TsharkShort[];
/** The same without keys, as we are. */
let withoutKeys: TsharkShort[];
beforeAll(async () => {
  network = new PairNetwork();
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  network.left.ip(`addr add ${OTHER}/24 dev left`);
  const file = join(network.dir, 'short.pcapng');
  const tshark = await startTshark(network.left, 'left', file);
  const servers = [await hosts.gtlsServer(LEFT), await hosts.cidv1Server(OTHER, [17, 258])];
  await hosts.gtlsRequests(LEFT, 4);
  await hosts.cidv1Connections(OTHER, 8);
  for (const change of [['--change-local-addr=30ms'], ['--change-local-addr=30ms', '--nat-rebinding']])
    for (let i = 0; i < 4; i++) await hosts.gtlsRequest(LEFT, [...change, ...DELAY]);
  for (const server of servers) await server.stop();
  await tshark.stop();
  seen = await shortPackets(file);
  expected = shortPacketsOfTshark(file);
  const elsewhere = join(network.dir, 'without-keys');
  mkdirSync(elsewhere);
  copyFileSync(file, join(elsewhere, 'short.pcapng'));
  withoutKeys = shortPacketsOfTshark(join(elsewhere, 'short.pcapng'));
});
afterAll(() => network.remove());

const place = ({ frame, offset, length }: TsharkShort) => `${frame} ${offset} ${length}`;
const dcids = (packets: TsharkShort[]) => new Map(packets.map((packet) => [place(packet), packet.dcid]));

it('are the same packets, with the same DCIDs wherever both know them', () => {
  expect(seen.length).toBeGreaterThan(200);
  expect(seen.map(place)).toEqual(expected.map(place));
  const theirs = dcids(expected);
  for (const packet of seen.filter(({ dcid }) => dcid !== null)) {
    expect({ at: place(packet), dcid: packet.dcid }).toEqual({ at: place(packet), dcid: theirs.get(place(packet)) });
  }
});

it('are not known only where nobody knows without keys: a new DCID on the way to a new address', () => {
  const unknown = seen.filter(({ dcid }) => dcid === null);
  const theirs = dcids(withoutKeys);
  expect(unknown.length).toBeGreaterThan(0);
  expect(unknown.length).toBeLessThan(seen.length / 10);
  for (const packet of unknown) expect(theirs.get(place(packet)) ?? null).toBeNull();
});
