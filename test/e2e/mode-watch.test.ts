// auto: diverts on a mirror port only; what stops being one is tapped within two seconds, and nothing goes uncounted.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendDatagrams, startTraffic } from '../support/datagrams.js';
import { attachForeignProgram } from '../support/foreign-program.js';
import { hasTcx } from '../support/kernel.js';
import { PairNetwork, Program, QuicHosts } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { type JsonSummary, jsonLines, startQuicTop } from '../support/quic-top.js';

const ADDRESS = PairNetwork.LEFT[0] as string;
const HANDSHAKES = 10;

let network: PairNetwork;
beforeEach(() => {
  network = new PairNetwork();
  // A new namespace inherits what the host does.
  network.left.run(['sysctl', '-qw', 'net.ipv4.conf.left.forwarding=0']);
  // A mirror port has no address. What is sent arrives all the same.
  network.left.ip('addr flush dev left scope global');
  network.right.ip(`neigh replace ${ADDRESS} lladdr 02:00:00:00:00:09 dev right`);
});
afterEach(() => network.remove());

/** A host instead of a mirror port. */
function becomeHost(): void {
  network.right.ip(`neigh del ${ADDRESS} dev right`);
  network.left.ip(`addr add ${ADDRESS}/24 dev left`);
}

const start = (args: string[] = []) => startQuicTop(network.left, 'left', ['--headless', ...args]);

async function summaryOf(quicTop: Program): Promise<JsonSummary | undefined> {
  expect(await quicTop.stop('SIGINT')).toBe(0);
  return jsonLines(quicTop.stdout).summary;
}

/** By the user that it becomes: root sees whose a socket is, nobody sees that there is one. */
it.each([
  ['root', /^quic-top: tap: gtlsserver \(pid \d+\) listens on :4433$/m],
  ['nobody', /^quic-top: tap: a UDP socket on this host is bound to port 4433$/m],
])('switches to tap for a server that starts, as %s', async (user, reason) => {
  const quicTop = await start(['--user', user]);
  expect(quicTop.stderr).toMatch(/^quic-top: divert: /m);
  const payloads = Array.from({ length: 20 }, (_, i) => longHeader({ dcid: cidv1(i) }));
  sendDatagrams(network.right, ADDRESS, payloads);

  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  await hosts.gtlsServer('0.0.0.0');
  await quicTop.printed(reason, 2000);
  becomeHost();
  await hosts.gtlsRequests(ADDRESS, HANDSHAKES);

  const summary = await summaryOf(quicTop);
  expect(summary).toMatchObject({ mode: 'tap', balanced: true, kernel: { redirected: payloads.length } });
  if (hasTcx) expect(summary?.egress?.tapped).toBeGreaterThanOrEqual(HANDSHAKES);
  else expect(summary?.egress).toBeNull();
});

it('counts every packet while it switches', async () => {
  const quicTop = await start();
  const payloads = Array.from({ length: 64 }, (_, i) => longHeader({ dcid: cidv1(i) }));
  const traffic = startTraffic(network.right, ADDRESS, payloads, 5000, network.dir);
  await sleep(500);
  const script = "require('node:dgram').createSocket('udp6').bind(4433, () => console.log('ready'))";
  const listener = new Program(network.left.command([process.execPath, '-e', script]));
  await quicTop.printed(/^quic-top: tap: /m, 3000);
  await sleep(500);
  await traffic.stop();
  await listener.stop();
  await sleep(100);
  const summary = await summaryOf(quicTop);
  const { long_header = 0, redirected = 0, tapped = 0 } = summary?.kernel ?? {};
  expect(Math.min(redirected, tapped)).toBeGreaterThan(1000);
  expect(summary).toMatchObject({ mode: 'tap', balanced: true, captured: long_header });
  expect(redirected + tapped).toBe(long_header);
});

/** What makes `left` an interface whose packets somebody waits for, and what is said of it. */
const WAITING: [string, string[], RegExp][] = [
  ['in a bridge', ['ip link add br0 type bridge', 'ip link set left master br0'], /bridge br0 is stacked on left/],
  ['below a macvlan', ['ip link add upper link left type macvlan'], /macvlan upper is stacked on left/],
  [
    'below a macvlan in a container',
    ['ip link add upper link left type macvlan', 'ip link set upper netns OTHER', 'ip -n OTHER link set upper up'],
    /something with the address [0-9a-f:]{17} \(such as a macvlan in another namespace\) is stacked on left/,
  ],
  ['forwarding IPv4', ['sysctl -qw net.ipv4.conf.left.forwarding=1'], /this host forwards what arrives on left/],
  ['forwarding IPv6', ['sysctl -qw net.ipv6.conf.left.forwarding=1'], /this host forwards what arrives on left/],
  ['that of a host', [`ip addr add ${ADDRESS}/24 dev left`], /left has addresses/],
  ['that of a host, for IPv6', ['ip addr add fd80::1/64 dev left'], /left has addresses/],
];

/** In a namespace that was entered without its own /sys: the one that is mounted shows other interfaces. */
describe.each(WAITING)('an interface that is %s', (_, commands, reason) => {
  const arrange = () => {
    for (const command of commands) network.left.run(command.replace('OTHER', network.right.name).split(' '));
  };

  it('is tapped', async () => {
    arrange();
    const quicTop = await start();
    expect(quicTop.stderr).toMatch(
      new RegExp(`^quic-top: tap: ${reason.source}(; to take packets by AF_XDP: --mode divert)?$`, 'm'),
    );
    expect(await summaryOf(quicTop)).toMatchObject({ mode: 'tap', balanced: true });
  });

  it('is tapped within two seconds when it becomes that', async () => {
    const quicTop = await start();
    arrange();
    await quicTop.printed(new RegExp(`^quic-top: tap: ${reason.source}$`, 'm'), 2000);
    const mode_reason = expect.stringMatching(reason);
    expect(await summaryOf(quicTop)).toMatchObject({ mode: 'tap', mode_reason, balanced: true });
  });
});

it('taps for another capture, and for the XDP program of somebody else', async () => {
  const other = await startQuicTop(network.left, 'left', ['--mode', 'tap', '--headless']);
  const first = await start();
  const reader = /^quic-top: tap: (\w+ \(pid \d+\)|a packet socket on this host) captures there$/m;
  expect(first.stderr).toMatch(reader);
  expect(await summaryOf(first)).toMatchObject({ mode: 'tap', hook: 'socket', balanced: true });
  await other.stop('SIGINT');

  const second = await start();
  expect(second.stderr).toMatch(/^quic-top: divert: /m);
  const tcpdump = new Program(network.left.command(['tcpdump', '-i', 'left', '-w', '/dev/null']));
  await second.printed(reader, 3000);
  await tcpdump.stop('SIGINT');
  expect(await summaryOf(second)).toMatchObject({ mode: 'tap', hook: 'xdp', balanced: true });

  const foreign = attachForeignProgram(network.left, 'left', network.dir);
  const third = await start();
  expect(third.stderr).toMatch(/^quic-top: tap: an XDP program is on left$/m);
  expect(await summaryOf(third)).toMatchObject({ mode: 'tap', hook: 'socket', balanced: true });
  expect(foreign.isAttached()).toBe(true);
});

it('diverts where nothing waits, whatever else there is', async () => {
  network.left.ip('link add other type veth peer name end');
  network.left.ip('link add br0 type bridge');
  network.left.ip('link set other master br0');
  network.left.run(['bridge', 'fdb', 'add', '02:00:00:00:00:01', 'dev', 'other', 'self']);
  const quicTop = await start();
  expect(quicTop.stderr).toMatch(
    /^quic-top: divert: nobody on this host has anything to do with left: it is a mirror$/m,
  );
  await sleep(1500); // ModeWatch has looked by then
  const mode_reason = 'nobody on this host has anything to do with left: it is a mirror';
  expect(await summaryOf(quicTop)).toMatchObject({ mode: 'divert', mode_reason, balanced: true });
});

it('taps what looks like a mirror port and has no XDP in its driver', async () => {
  network.left.ip('link add upper link left type macvlan');
  network.left.ip('link set upper up');
  const quicTop = await startQuicTop(network.left, 'upper', ['--headless']);
  expect(quicTop.stderr).toMatch(/^quic-top: tap: attach XDP program \(native\) on upper failed: EOPNOTSUPP/m);
  expect(quicTop.stderr).toMatch(/^listening on upper, mode tap \(socket filter\), /m);
  expect(await summaryOf(quicTop)).toMatchObject({ mode: 'tap', hook: 'socket', balanced: true });
});

it('taps what cannot be looked at: an interface by its other name', async () => {
  network.left.ip('link property add dev left altname port0');
  const quicTop = await startQuicTop(network.left, 'port0', ['--headless']);
  expect(quicTop.stderr).toMatch(/^quic-top: tap: what is stacked on port0 cannot be seen$/m);
  expect(await summaryOf(quicTop)).toMatchObject({ mode: 'tap', interface: 'left' });
});

it('leaves alone what the user chose', async () => {
  const quicTop = await start(['--mode', 'divert']);
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  await hosts.gtlsServer('0.0.0.0');
  await sleep(1500);
  sendDatagrams(network.right, ADDRESS, [longHeader({ dcid: cidv1(1) })]);
  await sleep(100);
  const summary = await summaryOf(quicTop);
  expect(summary).toMatchObject({ mode: 'divert', mode_reason: null, egress: null, kernel: { redirected: 1 } });

  const warned = await start(['--mode', 'divert']);
  const reason = /takes packets, although gtlsserver \(pid \d+\) listens on :4433/;
  expect(warned.stderr).toMatch(new RegExp(`^quic-top: divert: ${reason.source}$`, 'm'));
  expect(await summaryOf(warned)).toMatchObject({ mode: 'divert', mode_reason: expect.stringMatching(reason) });
});
