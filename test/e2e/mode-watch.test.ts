// auto: a server that begins to listen gets its packets within two seconds, and nothing goes uncounted.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, Program, QuicHosts } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, type JsonSummary, jsonLines } from '../support/quic-top.js';

const ADDRESS = PairNetwork.LEFT[0] as string;
const HANDSHAKES = 10;

let network: PairNetwork;
beforeEach(() => {
  network = new PairNetwork();
});
afterEach(() => network.remove());

/** `ip netns exec` mounts the network's own /sys, so that quic-top sees what is stacked on its interface. */
async function startInOwnSys(args: string[]): Promise<Program> {
  const own = ['ip', 'netns', 'exec', network.left.name];
  const quicTop = new Program([...own, process.execPath, CLI, 'left', '--headless', ...args]);
  await quicTop.printed(/^listening on .*\n/m);
  return quicTop;
}

async function summaryOf(quicTop: Program): Promise<JsonSummary | undefined> {
  expect(await quicTop.stop('SIGINT')).toBe(0);
  return jsonLines(quicTop.stdout).summary;
}

/** By the user that it becomes: root sees whose a socket is, nobody sees that there is one. */
it.each([
  ['root', /^quic-top: tap: gtlsserver \(pid \d+\) listens on :4433$/m],
  ['nobody', /^quic-top: tap: a UDP socket on this host is bound to port 4433$/m],
])('switches to tap for a server that starts, as %s', async (user, reason) => {
  const quicTop = await startInOwnSys(['--user', user]);
  expect(quicTop.stderr).toMatch(/^quic-top: divert: /m);
  const payloads = Array.from({ length: 20 }, (_, i) => longHeader({ dcid: cidv1(i) }));
  sendDatagrams(network.right, ADDRESS, payloads);

  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  await hosts.gtlsServer(ADDRESS);
  await quicTop.printed(reason, 2000);
  for (let i = 0; i < HANDSHAKES; i++) await hosts.gtlsRequest(ADDRESS); // throws when it fails

  const summary = await summaryOf(quicTop);
  expect(summary).toMatchObject({ mode: 'tap', balanced: true, kernel: { redirected: payloads.length } });
  expect(summary?.egress?.tapped).toBeGreaterThanOrEqual(HANDSHAKES);
});

it('switches when the host begins to forward, and when something is stacked on the interface', async () => {
  for (const [words, reason] of [
    [['sysctl', '-qw', 'net.ipv4.conf.left.forwarding=1'], /^quic-top: tap: this host forwards/m],
    [['ip', 'link', 'set', 'left', 'master', 'bridge'], /^quic-top: tap: bridge is stacked on left/m],
  ] as const) {
    network.left.run(['sysctl', '-qw', 'net.ipv4.conf.left.forwarding=0']);
    const quicTop = await startInOwnSys([]);
    if (words.includes('master' as never)) network.left.ip('link add bridge type bridge');
    network.left.run(words);
    await quicTop.printed(reason, 2000);
    expect(await summaryOf(quicTop)).toMatchObject({ mode: 'tap', balanced: true });
  }
});

it('leaves alone what the user chose', async () => {
  const quicTop = await startInOwnSys(['--mode', 'divert']);
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  await hosts.gtlsServer(ADDRESS);
  await sleep(1500);
  sendDatagrams(network.right, ADDRESS, [longHeader({ dcid: cidv1(1) })]);
  await sleep(100);
  const summary = await summaryOf(quicTop);
  expect(summary).toMatchObject({ mode: 'divert', egress: null, kernel: { redirected: 1 } });
});
