// Mode tap beside the XDP program of somebody else, by the socket filter and by tc.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BesideTshark, besideTshark, type Seen, shown } from '../support/beside-tshark.js';
import { datagrams, sorted } from '../support/comparable.js';
import { sendDatagrams } from '../support/datagrams.js';
import { attachForeignProgram, DROPPED, type ForeignProgram } from '../support/foreign-program.js';
import { hasTcx } from '../support/kernel.js';
import { PairNetwork, QuicHosts } from '../support/lab.js';
import { type Bytes, cidv1, concat, longHeader, u8 } from '../support/packets.js';
import { CLI, type JsonPacket, type JsonSummary, jsonLines, startQuicTop } from '../support/quic-top.js';
import { tcPrograms } from '../support/tc-programs.js';
import { TestTerminal } from '../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
const PORT = 4433;
const HANDSHAKES = 20;

const passed = longHeader({ dcid: cidv1(17) });
const dropped: Bytes = concat(u8(DROPPED), passed.subarray(1));

let network: PairNetwork;
let foreign: ForeignProgram;
beforeAll(() => {
  network = new PairNetwork();
  foreign = attachForeignProgram(network.left, 'left', network.dir);
});
afterAll(() => network.remove());

/** By what arriving packets are seen, how it is said, and how many tc programs are attached for them. */
const HOOKS = [['socket', 'socket filter', 0] as const, ...(hasTcx ? [['tc', 'tc', 1] as const] : [])];

describe.each(HOOKS)('a server behind it, by %s', (hook, name) => {
  let stderr: string;
  let seen: JsonPacket[];
  let summary: JsonSummary | undefined;
  let expected: BesideTshark['expected'];

  beforeAll(async () => {
    const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
    const server = await hosts.gtlsServer(LEFT);
    const at = { namespace: network.left, interfaceName: 'left', dir: network.dir };
    const both = await besideTshark(at, async (start) => {
      await start(network.left, 'left', ['--hook', hook]);
      await hosts.gtlsRequests(LEFT, HANDSHAKES);
      await server.stop();
      sendDatagrams(network.right, LEFT, [passed, dropped, dropped, passed, dropped]);
    });
    expected = both.expected;
    ({ packets: seen, summary, stderr } = both.seen[0] as Seen);
  });

  it('is tapped, and quic-top says what it cannot see', () => {
    const { id, tag } = foreign;
    expect(stderr).toMatch(
      new RegExp(
        `^quic-top: not seen: what the XDP program "foreign", id ${id}, tag ${tag}, .*drops or redirects$`,
        'm',
      ),
    );
    expect(stderr).toContain(`\nlistening on left, mode tap (${name}), ports 4433\n`);
  });

  it('shows what passes in both directions, as tshark does, and nothing that was dropped', () => {
    expect(shown(seen)).toEqual(sorted(expected));
    expect(seen.filter(({ backend }) => backend === 17)).toHaveLength(2);
    const leaving = seen.filter(({ src_port, rx_queue }) => src_port === PORT && rx_queue === null).length;
    if (hasTcx) expect(leaving).toBeGreaterThan(HANDSHAKES);
    expect(seen.filter(({ dst_port, rx_queue }) => dst_port === PORT && rx_queue === 0).length).toBeGreaterThan(
      HANDSHAKES,
    );
  });

  it('balances both ledgers', () => {
    const frames = datagrams(seen);
    const egress = frames.filter(([packet]) => packet?.src_port === PORT).length;
    expect(summary).toMatchObject({
      mode: 'tap',
      hook,
      xdp: 'none',
      zero_copy: false,
      balanced: true,
      captured: frames.length,
    });
    expect(summary?.egress).toMatchObject({ tapped: egress, long_header: egress, redirected: 0 });
    expect(summary?.kernel).toMatchObject({ tapped: frames.length - egress, redirected: 0 });
    expect(summary?.kernel.short_header).toBeGreaterThan(0);
  });

  it('leaves that program as it was, and nothing of its own', () => {
    expect(foreign.isAttached()).toBe(true);
    expect(tcPrograms(network.left, 'left')).toEqual([0, 0]);
  });
});

it.each(HOOKS)('leaves nothing when it is killed, by %s', async (hook, _, arriving) => {
  const quicTop = await startQuicTop(network.left, 'left', ['--hook', hook, '--headless']);
  expect(tcPrograms(network.left, 'left')).toEqual([arriving, Number(hasTcx)]);
  expect(network.left.ip('-d link show left')).toMatch(/promiscuity 0/);
  await quicTop.stop('SIGKILL');
  await vi.waitFor(() => {
    expect(tcPrograms(network.left, 'left')).toEqual([0, 0]);
    expect(network.left.run(['cat', '/proc/net/packet']).trim().split('\n')).toHaveLength(1);
  }, 1000);
  expect(foreign.isAttached()).toBe(true);
});

it.each(HOOKS)('runs twice at once, by %s', async (hook) => {
  const args = ['--hook', hook, '--mode', 'tap', '--json'];
  const both = await Promise.all([1, 2].map(() => startQuicTop(network.left, 'left', args)));
  sendDatagrams(network.right, LEFT, [passed, passed, passed]);
  await sleep(100);
  for (const quicTop of both) {
    await quicTop.stop('SIGINT');
    const { packets, summary } = jsonLines(quicTop.stdout);
    expect(packets).toHaveLength(3);
    expect(summary).toMatchObject({ balanced: true, kernel: { tapped: 3 } });
  }
});

it.each(HOOKS)('says so in the header of the screen, where nothing can be diverted: %s', async (hook, name) => {
  const command = network.left.command([process.execPath, CLI, 'left', '--hook', hook]);
  const terminal = new TestTerminal(command, 200, 40);
  try {
    await terminal.until(new RegExp(`left +tap +${name}`));
    terminal.type('m');
    await terminal.until('quic-top left --mode divert');
    terminal.type('q');
    await terminal.ended();
    expect(terminal.text).toContain(`mode tap (${name})`);
  } finally {
    terminal.close();
  }
});
