// What others do to the interface while quic-top runs, as the user that it becomes: noticed, said, and survived where that
// is possible; where it is not, nothing of what was captured is lost.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detachLink } from '../support/bpf-links.js';
import { sendDatagrams } from '../support/datagrams.js';
import { hasTcx } from '../support/kernel.js';
import { PairNetwork, type Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, jsonLines, startQuicTop } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
/** "Noticed within two seconds." */
const NOTICED_MS = 2000;
const NOBODY = 65534;

let network: PairNetwork;
beforeEach(() => {
  network = new PairNetwork({ queues: 2 });
  chmodSync(network.dir, 0o711);
  // Rings are added later.
  network.right.run(['ethtool', '-L', 'right', 'tx', '1']);
  network.left.run(['ethtool', '-L', 'left', 'rx', '1']);
});
afterEach(() => network.remove());

async function send(count: number): Promise<void> {
  const payloads = Array.from({ length: count }, (_, i) => longHeader({ dcid: cidv1(i) }));
  sendDatagrams(network.right, LEFT, payloads);
  await sleep(100);
}

/** What ends a capture: what somebody does, and what is said of it. */
const ENDINGS = [
  ['deleted', 'left was deleted', () => network.left.ip('link del left')],
  ['moved away', 'left was moved away', () => network.left.ip(`link set left netns ${network.right.name}`)],
  ['left without its program', 'the XDP program was detached', ({ pid }) => detachLink(pid, 'xdp')],
] as const satisfies [string, string, (quicTop: { pid: number }) => void][];

const WAYS = [
  ['divert', ['--mode', 'divert']],
  ['tap', ['--mode', 'tap']],
  ['tap by XDP', ['--mode', 'tap', '--hook', 'xdp']],
] as const;

describe.each(WAYS)('in mode %s, without the screen', (mode, args) => {
  const hasXdp = mode !== 'tap';
  let quicTop: Program;
  beforeEach(async () => {
    quicTop = await startQuicTop(network.left, 'left', [...args, '--json']);
    await send(3);
  });
  const isSaid = (pattern: RegExp) => quicTop.printed(pattern, NOTICED_MS);

  it('goes on when the interface goes down and up, is renamed, and gets another MTU and more RX queues', async () => {
    network.left.ip('link set left down');
    await isSaid(/^quic-top: left is down: /m);
    network.left.ip('link set left up');
    await isSaid(/^quic-top: left is up again, and the capture goes on$/m);
    await send(3);
    network.left.ip('link set left down');
    network.left.ip('link set left up');
    // On a busy machine a look falls between the two, and says both.
    await isSaid(/^quic-top: left was down for a moment, and the capture goes on$|(?:is up again[\s\S]*){2}/m);
    await send(3);
    network.left.ip('link set left name lefty');
    await isSaid(/^quic-top: left is now called lefty$/m);
    network.left.ip('link set lefty mtu 1400');
    await isSaid(/^quic-top: lefty now has an MTU of 1400$/m);
    await send(3);
    network.left.run(['ethtool', '-L', 'lefty', 'rx', '2']);
    await isSaid(
      hasXdp ? /^quic-top: lefty now has 2 RX queues: start quic-top again to see /m : /now has 2 RX queues$/m,
    );
    network.right.run(['ethtool', '-L', 'right', 'tx', '2']);
    // veth gives the program to a new queue when it is brought up.
    network.left.ip('link set lefty down');
    network.left.ip('link set lefty up');
    sendDatagrams(network.right, LEFT, Array(64).fill(longHeader({ dcid: cidv1(1) })), 64);
    await sleep(100);

    expect(await quicTop.stop('SIGINT')).toBe(0);
    const { packets, summary } = jsonLines(quicTop.stdout);
    expect(packets.map((packet) => packet.interface)).toEqual([...Array(9).fill('left'), ...Array(67).fill('lefty')]);
    // A veth tells the host's stack of no queue but the first.
    expect(new Set(packets.slice(-64).map(({ rx_queue }) => rx_queue))).toEqual(new Set(hasXdp ? [0, 1] : [0]));
    expect(summary).toMatchObject({ interface: 'lefty', captured: 76, balanced: true });
    const byTheNewOne = packets.filter(({ rx_queue }) => rx_queue === 1).length;
    expect(summary?.kernel.tapped).toBe(mode === 'divert' ? byTheNewOne : 76);
    expect(summary?.kernel.no_socket).toBe(mode === 'divert' ? byTheNewOne : 0);
    const isWarned = /^quic-top: packets for divert came by RX queue 1, without an AF_XDP socket: .*again: sudo/m;
    if (mode === 'divert') expect(quicTop.stderr).toMatch(isWarned);
    else expect(quicTop.stderr).not.toMatch(isWarned);
    expect(summary?.interface_changes).toEqual([
      { what: 'channels', before: 1, after: 2, restore: 'sudo ethtool -L lefty rx 1' },
      { what: 'mtu', before: 1500, after: 1400, restore: 'sudo ip link set dev lefty mtu 1500' },
      { what: 'carrier_changes', before: expect.any(Number), after: expect.any(Number), restore: null },
    ]);
  });

  it.each(ENDINGS.filter(([, text]) => hasXdp || !text.includes('XDP')))(
    'ends when the interface is %s: the summary, and exit status 1',
    async (_, text, happens) => {
      happens({ pid: quicTop.child.pid as number });
      const before = performance.now();
      expect(await quicTop.ended).toBe(1);
      expect(performance.now() - before).toBeLessThan(NOTICED_MS);
      expect(quicTop.stderr).toMatch(new RegExp(`\nquic-top: the capture on left ended: ${text}.*\nNext: .*\n$`));
      const { packets, summary } = jsonLines(quicTop.stdout);
      expect(packets).toHaveLength(3);
      expect(summary).toMatchObject({ captured: 3, balanced: true });
      const places = `${network.right.ip('-d link')}${network.left.ip('-d link')}`;
      expect(places).not.toMatch(/prog\/xdp|promiscuity [1-9]/);
    },
  );

  it.runIf(hasTcx)('goes on with what arrives when somebody detaches the egress program', async () => {
    detachLink(quicTop.child.pid as number, 'tcx');
    await isSaid(/^quic-top: somebody detached the egress program: what leaves left is no longer seen$/m);
    await send(3);
    expect(await quicTop.stop('SIGINT')).toBe(0);
    expect(jsonLines(quicTop.stdout).summary).toMatchObject({ captured: 6, balanced: true });
  });

  it('is no end when the interface leaves a bridge', async () => {
    network.left.ip('link add bridge type bridge');
    network.left.ip('link set left master bridge');
    network.left.ip('link set left nomaster');
    network.left.ip('link set left mtu 1300');
    await isSaid(/^quic-top: left now has an MTU of 1300$/m);
    await send(3);
    expect(await quicTop.stop('SIGINT')).toBe(0);
  });
});

it.runIf(hasTcx)('ends when somebody detaches the tc program that --hook tc sees packets by', async () => {
  const quicTop = await startQuicTop(network.left, 'left', ['--hook', 'tc', '--egress', 'none', '--json']);
  await send(3);
  detachLink(quicTop.child.pid as number, 'tcx');
  expect(await quicTop.ended).toBe(1);
  expect(quicTop.stderr).toMatch(
    /\nquic-top: the capture on left ended: the tc program was detached by somebody else\n/,
  );
  expect(jsonLines(quicTop.stdout).summary).toMatchObject({ captured: 3, balanced: true });
});

describe('on the screen', () => {
  let terminal: TestTerminal;
  let folder: string;
  beforeEach(async () => {
    folder = join(network.dir, 'exports');
    mkdirSync(folder);
    chownSync(folder, NOBODY, NOBODY);
    const command = [process.execPath, CLI, 'left', '--mode', 'divert', '--export-dir', folder];
    terminal = new TestTerminal(network.left.command(command), 240, 50, { COLORTERM: 'truecolor' });
    await terminal.until('Waiting for QUIC long header packets');
    await send(3);
    await terminal.until(/ 3 packets ─/);
  });
  afterEach(() => terminal.close());

  it('says that the interface is down, and what it is called now', async () => {
    network.left.ip('link set left down');
    await terminal.until(/○ left is down$/m);
    await terminal.until('left is down: the capture goes on when somebody brings it up');
    network.left.ip('link set left up');
    await terminal.until(/● live$/m);
    network.left.ip('link set left name lefty');
    await terminal.until(/^ quic-top {2}lefty /m);
    await terminal.until('left is now called lefty');
    await send(2);
    await terminal.until(/ 5 packets ─/);
    terminal.type('e');
    await terminal.until('5 frames saved');
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^quic-top-lefty-.*\.pcapng$/)]);
    terminal.type('q');
    await terminal.ended();
    expect(terminal.output).toContain('settings kept, status 0');
  });

  it.each(ENDINGS)(
    'keeps what was captured when the interface is %s, until the user quits',
    async (_, text, happens) => {
      happens(terminal);
      await terminal.until(new RegExp(`■ capture ended: ${text}$`, 'm'));
      terminal.type('/backend == 2\r');
      await terminal.until(/filter: backend == 2 {2}1 match/);
      terminal.type('2');
      await terminal.until(/ 3 CIDs ─/);
      terminal.type('4');
      await terminal.until(/to AF_XDP sockets +3 │$/m);
      terminal.type('1e');
      await terminal.until('1 frames saved');
      const [name = ''] = readdirSync(folder);
      const read = ['-r', join(folder, name)];
      const saved = execFileSync('tshark', read, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      expect(saved.trim().split('\n')).toHaveLength(1);
      terminal.type('q');
      await terminal.ended();
      expect(terminal.output).toMatch(/3 frames captured, 0 lost\r\n/);
      expect(terminal.output).toMatch(new RegExp(`quic-top: the capture on left ended: ${text}.*\r\nNext: .*\r\n`));
      expect(terminal.output).toContain('settings kept, status 1');
    },
  );
});
