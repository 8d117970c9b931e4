// Where the time of a diverted packet comes from, as a driver has room for what the XDP program learned: a metadata area,
// headroom alone, or neither. The veth has both, so the programs here are compiled without the helpers.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { loadByHand } from '../support/by-hand.js';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, filler, hex, longHeader } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const LEFT = PairNetwork.LEFT[0] as string;
const refused = (helper: string) => `-D${helper}(context, delta)=-1`;
const NO_METADATA = refused('bpf_xdp_adjust_meta');
const NO_HEADROOM = refused('bpf_xdp_adjust_head');

/** The program with these flags at the left end of a new network. */
function attach(flags: string[]): PairNetwork {
  const network = new PairNetwork();
  onTestFinished(() => network.remove());
  const program = loadByHand(flags);
  onTestFinished(() => program.unpin());
  program.attach(network.left, 'left');
  return network;
}

it.each([
  { room: 'a metadata area', flags: [], diverted: 'xdp' },
  { room: 'headroom alone', flags: [NO_METADATA], diverted: 'xdp' },
  { room: 'neither', flags: [NO_METADATA, NO_HEADROOM], diverted: 'drain' },
])('with $room the time is from $diverted', async ({ flags, diverted }) => {
  const network = attach(flags);
  const capture = join(mkdtempSync(join(tmpdir(), 'quic-top-')), 'all.pcapng');
  onTestFinished(() => rmSync(join(capture, '..'), { recursive: true }));
  const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--json', '-w', capture]);
  const payloads = [cidv1(17), filler(8), cidv1(18)].map((dcid) => longHeader({ dcid }));
  sendDatagrams(network.right, LEFT, payloads);
  await sleep(100);
  await quicTop.stop('SIGINT');

  const { packets, summary } = jsonLines(quicTop.stdout);
  expect(summary).toMatchObject({ captured: 3, balanced: true, kernel: { redirected: 2, tapped: 1 } });
  expect(packets.map(({ time_source }) => time_source).sort()).toEqual([diverted, diverted, 'tap'].sort());
  const warning = /the driver gave no metadata for 2 frames/;
  if (diverted === 'drain') expect(quicTop.stderr).toMatch(warning);
  else expect(quicTop.stderr).not.toMatch(warning);

  const fields = ['-T', 'fields', '-e', 'udp.payload', '-e', 'frame.comment'];
  const lines = execFileSync('tshark', ['-r', capture, ...fields], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const written = lines.map((line) => line.split('\t') as [string, string]);
  expect(written.map(([payload]) => payload).sort()).toEqual(payloads.map(hex).sort());
  for (const [payload, comment] of written)
    expect(comment).toContain(
      payload === hex(payloads[1] as Uint8Array) ? 'time_source tap' : `time_source ${diverted}`,
    );
});
