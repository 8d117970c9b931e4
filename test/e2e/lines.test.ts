// quic-top in a script: how it ends, and what it has printed by then.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { framesOf } from '../support/exports.js';
import { PairNetwork, Program } from '../support/lab.js';
import { cidv1, concat, filler, hex, longHeader, u8 } from '../support/packets.js';
import { clientHello, cryptoFrame, initial } from '../support/quic-client.js';
import { CLI, jsonLines, startQuicTop } from '../support/quic-top.js';

const LEFT = PairNetwork.LEFT[0] as string;
const packets = (count: number, backend = 17) =>
  Array.from({ length: count }, () => longHeader({ dcid: cidv1(backend) }));

let network: PairNetwork;
beforeAll(() => {
  network = new PairNetwork();
});
afterAll(() => network.remove());

const start = (args: string[]) => startQuicTop(network.left, 'left', ['--mode', 'divert', ...args]);
const send = (payloads: Uint8Array[]) => sendDatagrams(network.right, LEFT, payloads);

it('--count ends after exactly so many packets', async () => {
  const quicTop = await start(['--json', '--count', '5']);
  send(packets(20));
  expect(await quicTop.ended).toBe(0);
  const lines = jsonLines(quicTop.stdout);
  expect(lines.packets.map(({ frame }) => frame)).toEqual([1, 2, 3, 4, 5]);
  const nothing = { skipped: 0, not_decoded: 0, initials_over_budget: 0, write: null };
  expect(lines.summary).toMatchObject({ balanced: true, ...nothing });
});

it('--duration ends after the time, counted from when it captures', async () => {
  const quicTop = await start(['--json', '--quiet', '--duration', '1500ms']);
  send(packets(3));
  expect(await quicTop.ended).toBe(0);
  const [summary, ...more] = quicTop.stdout.trimEnd().split('\n');
  expect(more).toEqual([]);
  expect(JSON.parse(summary as string)).toMatchObject({ event: 'summary', captured: 3, balanced: true });
  expect(JSON.parse(summary as string).seconds).toBeGreaterThanOrEqual(1.5);
});

it('--filter chooses what is printed, not what is captured', async () => {
  const quicTop = await start(['--json', '--filter', 'backend == 18']);
  send([...packets(3, 17), ...packets(2, 18)]);
  await sleep(100);
  await quicTop.stop('SIGINT');
  const lines = jsonLines(quicTop.stdout);
  expect(lines.packets.map(({ backend }) => backend)).toEqual([18, 18]);
  expect(lines.summary?.captured).toBe(5);
});

const hello = (name: string, i: number) =>
  initial({ dcid: concat(cidv1(17), u8(i >> 8, i)), payload: cryptoFrame(0, clientHello(name)) });

it('knows names that are decoded on another thread: all that were sent before it ended', async () => {
  const path = join(network.dir, 'names.pcapng');
  const quicTop = await start(['--json', '--filter', 'sni ~ some', '--write', path]);
  send(Array.from({ length: 400 }, (_, i) => hello(i % 2 ? 'some.example' : 'other.example', i)));
  await quicTop.stop('SIGINT');
  const { packets: shown, summary } = jsonLines(quicTop.stdout);
  expect(shown.map(({ sni }) => sni)).toEqual(Array(200).fill('some.example'));
  expect(shown[0]).toMatchObject({ decrypted: true, packet_number: 0, alpn: ['h3'], ech: false, trust: 'client' });
  expect(summary).toMatchObject({ captured: 400, not_decoded: 0, write: { frames: 200, skipped: 0 } });
  expect(readCapture(path)).toHaveLength(200);
});

it('--count counts what is decoded', async () => {
  const quicTop = await start(['--headless', '--filter', 'sni == a.example', '--count', '3']);
  send(Array.from({ length: 20 }, (_, i) => hello(i % 4 ? 'b.example' : 'a.example', i)));
  expect(await quicTop.ended).toBe(0);
  expect(JSON.parse(quicTop.stdout)).toMatchObject({ event: 'summary', captured: 20, not_decoded: 0 });
});

it('has a thread for decoding only when somebody asks for what is decoded', async () => {
  const threads = async (...args: string[]) => {
    const quicTop = await start(args);
    await sleep(200);
    const { length } = readdirSync(`/proc/${quicTop.child.pid}/task`);
    await quicTop.stop('SIGINT');
    return length;
  };
  const none = await threads('--headless');
  expect(await threads('--headless', '--filter', 'backend == 17', '--count', '5')).toBe(none);
  expect(await threads('--json', '--quiet', '--filter', 'sni')).toBe(none);
  expect(await threads('--headless', '--filter', 'sni', '--count', '5')).toBeGreaterThan(none);
  expect(await threads('--json')).toBeGreaterThan(none);
});

it('is not held up by a slow reader, and counts what that one missed', async () => {
  const command = [process.execPath, CLI, 'left', '--mode', 'divert', '--json', '--buffer', '1M'];
  const script = '{ "$@" & echo "pid $!" >&2; wait; } | { sleep 2; cat; }';
  const pipe = new Program(network.left.command(['sh', '-c', script, 'sh', ...command]));
  await pipe.printed(/^listening/m);
  const pid = Number(/^pid (\d+)$/m.exec(pipe.stderr)?.[1]);
  send(packets(20_000));
  await pipe.printed(/"event":"packet"/);
  await sleep(500);
  process.kill(pid, 'SIGINT');
  expect(await pipe.ended).toBe(0);
  const { packets: shown, summary } = jsonLines(pipe.stdout);
  expect(summary).toMatchObject({ captured: 20_000, balanced: true });
  expect(summary?.skipped).toBeGreaterThan(1000);
  expect(shown.length + (summary?.skipped ?? 0)).toBe(20_000);
});

it('writes text where stdout is no terminal, and the summary to stderr', async () => {
  const quicTop = await start([]);
  send(packets(2));
  await sleep(100);
  expect(await quicTop.stop('SIGTERM')).toBe(0);
  const lines = quicTop.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatch(
      /^2\d{3}-.*Z 10\.78\.0\.2:\d+ > 10\.78\.0\.1:4433 initial 0x00000001 dcid 01330011\w{8} scid \w{8} backend \?17 length \d+ \(authentication_failed\)$/,
    );
  }
  expect(quicTop.stderr).toMatch(/2 frames captured, 0 lost\n$/);
});

/** The frames of a capture file as tshark reads it: DCID, comment. */
function readCapture(path: string): string[] {
  const fields = ['-T', 'fields', '-e', 'quic.dcid', '-e', 'frame.comment'];
  const text = execFileSync('tshark', ['-n', '-r', path, '-d', 'udp.port==4433,quic', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.split('\n').slice(0, -1);
}

it.each(['.pcap', '.pcapng'])('--write makes a new %s file of what the filter chooses', async (extension) => {
  const path = join(network.dir, `written${extension}`);
  const quicTop = await start(['--json', '--quiet', '--filter', 'backend == 18', '--write', path]);
  send([...packets(2, 17), ...packets(3, 18)]);
  await sleep(150);
  expect(await quicTop.stop('SIGINT')).toBe(0);
  expect(jsonLines(quicTop.stdout).summary?.write).toEqual({ frames: 3, skipped: 0 });
  const comment = extension === '.pcap' ? '' : 'backend 18, queue 18,time_source xdp';
  expect(readCapture(path)).toEqual(Array(3).fill(`${hex(cidv1(18))}\t${comment}`));
  expect(statSync(path).mode & 0o777).toBe(0o600);

  const again = new Program(network.left.command([process.execPath, CLI, 'left', '--headless', '--write', path]));
  expect(await again.ended).toBe(1);
  expect(again.stderr).toMatch(/cannot write .*written.*: it exists already \(EEXIST\)\nNext: remove it/);
});

it.each(['.pcap', '.pcapng'])(
  '--write gives a %s file the times that the lines have, to the nanosecond',
  async (extension) => {
    const path = join(network.dir, `times${extension}`);
    const quicTop = await start(['--json', '--write', path]);
    send(packets(50));
    await quicTop.stop('SIGINT');
    const times = jsonLines(quicTop.stdout).packets.map(
      ({ time }) => `${Date.parse(`${time?.slice(0, 19)}Z`) / 1000}.${time?.slice(20, 29)}`,
    );
    expect(times).toHaveLength(50);
    // By tshark; framesOf() makes sure that tcpdump and capinfos read the same.
    expect(framesOf(path).map((frame) => frame.split('\t')[0])).toEqual(times);
  },
);

it('--write - gives the packets to another program', async () => {
  const command = [process.execPath, CLI, 'left', '--mode', 'divert', '--write', '-', '--count', '4'];
  const path = join(network.dir, 'piped.pcapng');
  const pipe = new Program(network.left.command(['sh', '-c', '"$@" > "$0"', path, ...command]));
  await pipe.printed(/^listening/m);
  send(packets(4, 19));
  expect(await pipe.ended).toBe(0);
  expect(readCapture(path)).toHaveLength(4);
});

it('--write ends the run with an error when the disk is full', async () => {
  const folder = join(network.dir, 'full');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  try {
    const quicTop = await start(['--headless', '--write', join(folder, 'x.pcapng')]);
    const large = longHeader({ dcid: cidv1(17), payload: filler(1200) });
    send(Array.from({ length: 500 }, () => large));
    expect(await quicTop.ended).toBe(1);
    expect(quicTop.stderr).toMatch(/cannot write .*x\.pcapng: the disk is full \(ENOSPC\)/);
    const { summary } = jsonLines(quicTop.stdout);
    expect(summary?.balanced).toBe(true);
    expect(summary?.write?.frames).toBeGreaterThan(0);
    // What was written before stays, for those who can use it.
    expect(execFileSync('tshark', ['-r', join(folder, 'x.pcapng'), '-c', '1'], { encoding: 'utf8' })).toMatch(
      /QUIC|UDP/,
    );
  } finally {
    execFileSync('umount', [folder]);
  }
});

it('ends when its reader has had enough', async () => {
  const command = [process.execPath, CLI, 'left', '--mode', 'divert', '--json'];
  const pipe = new Program(network.left.command(['sh', '-c', '"$@" | head -n 1', 'sh', ...command]));
  await pipe.printed(/^listening/m);
  send(packets(3));
  await pipe.printed(/"event":"packet"/);
  send(packets(3)); // the next write finds the pipe closed
  expect(await pipe.ended).toBe(0);
  expect(network.left.run(['ip', 'link', 'show', 'left'])).not.toMatch(/prog\/xdp/);
});

it('stops capturing at once, and ends at the second signal, when its reader is asleep', async () => {
  const command = [process.execPath, CLI, 'left', '--mode', 'divert', '--json'];
  const script = '{ "$@" & echo "pid $!" >&2; wait; } | sleep 20';
  const pipe = new Program(network.left.command(['sh', '-c', script, 'sh', ...command]));
  await pipe.printed(/^listening/m);
  const pid = Number(/^pid (\d+)$/m.exec(pipe.stderr)?.[1]);
  send(packets(500)); // more than a pipe holds
  await sleep(200);
  process.kill(pid, 'SIGTERM');
  await sleep(1100);
  expect(network.left.run(['ip', 'link', 'show', 'left'])).not.toMatch(/prog\/xdp/);
  process.kill(pid, 'SIGTERM');
  await sleep(500);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  execFileSync('kill', ['-9', '--', `-${pipe.child.pid}`]);
  await pipe.ended;
});
