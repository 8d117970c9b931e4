// Why connections fail: what real servers and clients say in their Initials, live, beside tshark.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENCE } from '../../demo/program.mjs';
import { HubNetwork, QuicHosts } from '../support/lab.js';
import { type JsonPacket, jsonLines, startQuicTop } from '../support/quic-top.js';
import { closesOfTshark, startTshark } from '../support/tshark.js';

const PORT = 4433;
const CIPHERS = '--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL';
const [NGTCP2, QUICHE] = [HubNetwork.OTHER_SERVER[0], HubNetwork.SERVER[0]] as [string, string];

let network: HubNetwork;
let packets: JsonPacket[];
let text: string;
let theirs: ReturnType<typeof closesOfTshark>;

beforeAll(async () => {
  network = new HubNetwork();
  const file = join(network.dir, 'close.pcapng');
  const tshark = await startTshark(network.hub, 'mirror', file);
  const start = (...args: string[]) => startQuicTop(network.mirror, 'mirror', ['--mode', 'tap', ...args]);
  const [json, lines] = [await start('--json'), await start('--filter', 'error == no_application_protocol')];
  const hosts = new QuicHosts(network);
  await hosts.gtlsServer(NGTCP2, [`${CIPHERS}:+AES-256-GCM`]);
  await hosts.cidv1Server(QUICHE, []);
  // What they do not agree on: the protocol, then the cipher suite. With the last one nothing is wrong.
  for (const server of [NGTCP2, QUICHE]) await hosts.cidv1Connections(server, 1, ['--alpn', 'nobody']);
  await hosts.gtlsRequest(NGTCP2, [`${CIPHERS}:+AES-128-GCM`]);
  await hosts.gtlsRequest(NGTCP2);
  await sleep(200 * PATIENCE);
  await tshark.stop();
  for (const quicTop of [json, lines]) expect(await quicTop.stop('SIGINT')).toBe(0);
  ({ packets } = jsonLines(json.stdout));
  text = lines.stdout;
  theirs = closesOfTshark(file);
});
afterAll(() => network.remove());

it('--json has the error of each connection that failed, and of no other', () => {
  const closed = packets.filter(({ error }) => error !== null);
  const seen = closed.filter(({ src_port }) => src_port === PORT).map(({ src, error }) => [src, error]);
  expect(seen).toEqual(
    expect.arrayContaining([
      [NGTCP2, 'CRYPTO_ERROR 0x178'],
      [QUICHE, 'CRYPTO_ERROR 0x178'],
      [NGTCP2, 'CRYPTO_ERROR 0x128'],
    ]),
  );
  for (const packet of closed) expect(packet).toMatchObject({ type: 'initial', decrypted: true, issues: [] });
  for (const { error, reason } of packets) expect(reason !== null).toBe(error !== null);
  const hosts = new Set(packets.filter(({ sni }) => sni !== null).map(({ src_port }) => src_port));
  const failed = new Set(closed.map(({ src_port, dst_port }) => (src_port === PORT ? dst_port : src_port)));
  expect([hosts.size, failed.size]).toEqual([4, 3]);
});

it('so does tshark', () => {
  const ours = packets.filter(({ error }) => error !== null);
  const sorted = (closes: typeof theirs) => closes.map((close) => JSON.stringify(close)).sort();
  expect(sorted(ours.map(({ src_port, dst_port, error }) => ({ src_port, dst_port, error })))).toEqual(sorted(theirs));
});

it('text has it as words, and the filter finds them', () => {
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(packets.filter(({ error }) => error === 'CRYPTO_ERROR 0x178').length);
  for (const line of lines) expect(line).toMatch(/ close 0x178 \S+$/);
});
