// Connections, live: each packet is in the one that tshark puts it in, with long headers and short ones, also when a client
// moves.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PairNetwork, QuicHosts } from '../support/lab.js';
import { type JsonPacket, jsonLines, startQuicTop } from '../support/quic-top.js';
import { connectionsByDcid, startTshark } from '../support/tshark.js';

const [LEFT = ''] = PairNetwork.LEFT;
const REQUESTS = 24;
/** Of each kind. */
const MOVES = 10;

let network: PairNetwork;
let packets: JsonPacket[];
let events: { connection: number; what: string; state: string; migrations: number; rebindings: number }[];
let expected: Map<string, number>;

beforeAll(async () => {
  network = new PairNetwork();
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  await hosts.gtlsServer(LEFT);
  const quicTop = await startQuicTop(network.left, 'left', [
    '--json',
    '--short',
    'all',
    '--events',
    'packet,connection',
  ]);
  const file = join(network.dir, 'live-connections.pcapng');
  const tshark = await startTshark(network.left, 'left', file);
  await hosts.gtlsRequests(LEFT, REQUESTS);
  for (const change of [['--change-local-addr=30ms'], ['--change-local-addr=30ms', '--nat-rebinding']])
    for (let i = 0; i < MOVES; i++) await hosts.gtlsRequest(LEFT, [...change, '--delay-stream=300ms']);
  await tshark.stop();
  await quicTop.stop('SIGINT');
  ({ packets } = jsonLines(quicTop.stdout));
  const lines = quicTop.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  events = lines.filter(({ event }) => event === 'connection');
  expected = connectionsByDcid(file);
}, 120_000);
afterAll(() => network.remove());

it('are those of tshark: each packet is in one, and each of them is one of its connections', () => {
  const ours = new Map<number, number>();
  const theirs = new Map<number, number>();
  let compared = 0;
  for (const { index, src, src_port, dst, dst_port, dcid, connection, connection_guess, form } of packets) {
    const number = expected.get([src, src_port, dst, dst_port, dcid ?? ''].join(' '));
    if (index > 0 || number === undefined || connection === null || connection_guess) continue;
    compared++;
    const where = `${src}:${src_port} ${dst}:${dst_port} ${dcid} ${form}`;
    expect([where, ours.get(number) ?? connection]).toEqual([where, connection]);
    expect([where, theirs.get(connection) ?? number]).toEqual([where, number]);
    ours.set(number, connection);
    theirs.set(connection, number);
  }
  expect(ours.size).toBeGreaterThanOrEqual(REQUESTS + 2 * MOVES);
  // The others are guesses, of clients that have moved.
  expect(compared).toBeGreaterThan(0.8 * packets.filter(({ index }) => index === 0).length);
  expect(new Set(packets.map(({ form }) => form))).toEqual(new Set(['long', 'short']));
});

it('say that a client has moved, and that it is the same connection', () => {
  const those = (event: string) => events.filter(({ what }) => what === event).map(({ connection }) => connection);
  const opened = those('opened');
  expect(opened).toHaveLength(REQUESTS + 2 * MOVES);
  // All have the address that they had. Behind a NAT they do not know that they move, and go on with their connection ID.
  expect(those('rebound')).toEqual(opened.slice(-MOVES));
  // The others take another one. Where they have cleared the fixed bit too (RFC 9287), nobody knows that it is QUIC.
  const migrated = those('migrated');
  expect(migrated.length).toBeGreaterThan(0);
  expect(opened.slice(REQUESTS, -MOVES)).toEqual(expect.arrayContaining(migrated));
});
