// Names on live packets: Initials are opened while they arrive, whatever the filter lets through.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENCE } from '../../demo/program.mjs';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { type Bytes, cidv1, unhex } from '../support/packets.js';
import { clientHello, cryptoFrame, initial } from '../support/quic-client.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const LEFT = PairNetwork.LEFT[0] as string;
const FIRST = unhex('c0ffee0011223344');
const JA4 = expect.stringMatching(/^q13d0304h3_55b375c5d22e_/);
const SCID = unhex('aabbccdd');

/** A ClientHello in two Initials, then one to the CID that the server chose. */
function connection(name: string): Bytes[] {
  const hello = clientHello(name);
  const payloads = [cryptoFrame(0, hello.subarray(0, 50)), cryptoFrame(50, hello.subarray(50))];
  const first = payloads.map((payload, packetNumber) => initial({ dcid: FIRST, scid: SCID, packetNumber, payload }));
  const later = { dcid: cidv1(17), scid: SCID, keySource: FIRST, packetNumber: 2, payload: unhex('01') };
  return [...first, initial(later)];
}

let network: PairNetwork;
beforeAll(() => {
  network = new PairNetwork();
});
afterAll(() => network.remove());

async function run(args: string[], name: string): Promise<string> {
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'tap', '--cid', 'cidv1', ...args]);
  sendDatagrams(network.right, LEFT, connection(name));
  await sleep(200 * PATIENCE);
  expect(await quicTop.stop('SIGINT')).toBe(0);
  return quicTop.stdout;
}

it('--json has them on the packet that completes the ClientHello', async () => {
  const { packets } = jsonLines(await run(['--json'], 'live.example'));
  expect(packets).toMatchObject([
    { decrypted: true, packet_number: 0, sni: null, alpn: null, ja4: null, ech: null, trust: 'client', issues: [] },
    { decrypted: true, packet_number: 1, sni: 'live.example', alpn: ['h3'], ja4: JA4, ech: false, trust: 'client' },
    { decrypted: true, packet_number: 2, sni: null, trust: 'server', backend: 17 },
  ]);
});

it('a filter hides packets, not what they tell about others', async () => {
  const { packets } = jsonLines(await run(['--json', '--filter', 'backend == 17'], 'live.example'));
  expect(packets).toMatchObject([{ decrypted: true, packet_number: 2, trust: 'server' }]);
});

it('text has them as words', async () => {
  const lines = (await run([], 'evil name\x1b[2J')).trimEnd().split('\n');
  expect(lines[1]).toMatch(/ length \d+ sni evil\\x20name\\x1b\[2J alpn h3$/);
});
