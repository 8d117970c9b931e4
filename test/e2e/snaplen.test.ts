// --snaplen: what other programs read from a capture file of cut packets.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, filler, longHeader } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

it('keeps Initials whole and of others what was said', async () => {
  const network = new PairNetwork();
  try {
    const args = ['--mode', 'tap', '--json', '-s', 'initials:1500,other:240', '-w', join(network.dir, 'a.pcapng')];
    const quicTop = await startQuicTop(network.left, 'left', [...args, '--user', 'root']);
    const payloads = (['initial', 'handshake'] as const).map((type) =>
      longHeader({ type, dcid: cidv1(17), payload: filler(1200) }),
    );
    sendDatagrams(network.right, PairNetwork.LEFT[0] as string, payloads);
    await sleep(200);
    expect(await quicTop.stop('SIGINT')).toBe(0);
    expect(jsonLines(quicTop.stdout).summary).toMatchObject({ balanced: true, captured: 2 });
    const fields = ['-T', 'fields', '-e', 'frame.cap_len', '-e', 'frame.len'];
    const lines = execFileSync('tshark', ['-n', '-r', join(network.dir, 'a.pcapng'), ...fields], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const [initial, handshake] = payloads.map(({ length }) => 42 + length);
    expect(lines.trim().split('\n')).toEqual([`${initial}\t${initial}`, `240\t${handshake}`]);
  } finally {
    network.remove();
  }
});

it.each(['tap', 'divert'])('keeps 64 bytes and the original length, in mode %s', async (mode) => {
  const network = new PairNetwork();
  try {
    const file = join(network.dir, 'cut.pcapng');
    const args = ['--mode', mode, '--json', '-s', '64', '-w', file, '--user', 'root'];
    const quicTop = await startQuicTop(network.left, 'left', args);
    const payloads = [30, 300, 1200].map((size) => longHeader({ dcid: cidv1(17), payload: filler(size) }));
    sendDatagrams(network.right, PairNetwork.LEFT[0] as string, payloads);
    await sleep(200);
    expect(await quicTop.stop('SIGINT')).toBe(0);
    const { packets, summary } = jsonLines(quicTop.stdout);
    expect(packets.map(({ dcid, packet_length }) => [dcid.length / 2, packet_length])).toEqual(
      payloads.map(({ length }) => [8, length]),
    );
    expect(summary).toMatchObject({ balanced: true, captured: 3 });
    const fields = ['-T', 'fields', '-e', 'frame.cap_len', '-e', 'frame.len'];
    const lines = execFileSync('tshark', ['-n', '-r', file, ...fields], { encoding: 'utf8', stdio: 'pipe' });
    expect(lines.trim().split('\n')).toEqual(payloads.map(({ length }) => `64\t${42 + length}`));
  } finally {
    network.remove();
  }
});
