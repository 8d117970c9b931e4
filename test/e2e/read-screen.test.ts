// quic-top -r at a terminal: the screen shows what --json says of the same file.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { pcap } from '../support/capture-files.js';
import { type Bytes, cidv1, ethernet, filler, ipv4, longHeader, udp } from '../support/packets.js';
import { CLI, type JsonPacket, jsonLines } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
const PORTS = ['--port', '443,4433'];

let terminal: TestTerminal;
afterEach(() => terminal?.close());
afterAll(() => rmSync(folder, { recursive: true }));

/** Wide enough for every column at its widest, and high enough for every packet of the fixtures. */
function open(command: readonly string[], columns = 420, rows = 120): TestTerminal {
  terminal = new TestTerminal(command, columns, rows);
  return terminal;
}
const openFile = (path: string, ...args: string[]) => open([process.execPath, CLI, '-r', path, ...PORTS, ...args]);

function fileOf(name: string, contents: Bytes): string {
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
}

const TYPES: Record<string, string> = {
  unknown: 'unknown',
  initial: 'Initial',
  '0rtt': '0-RTT',
  handshake: 'Handshake',
  retry: 'Retry',
  version_negotiation: 'VersionNeg',
};

const endpoint = (address: string, port: number) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** What the rows of the list say, oldest first. */
function shown(): string[][] {
  return [...terminal.text.matchAll(/^│ (\d\d:\d\d:\d\d\.\d{6} .*?|· .*?) *│/gm)].map(([, row = '']) =>
    row.split(/ {2,}/),
  );
}

type HelloPacket = JsonPacket & { sni: string | null; alpn: string[] | null; ech: boolean | null; issues: string[] };

/** What they should say, by --json. */
function expected(path: string, ...args: string[]): string[][] {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const { stdout } = spawnSync(process.execPath, [CLI, '-r', path, '--json', ...PORTS, ...args], options);
  return (jsonLines(stdout).packets as HelloPacket[]).map((packet) => {
    const { backend, dcid, src, dst, sni, alpn } = packet;
    const groups = backend !== null && packet.src_port !== 443 && packet.src_port !== 4433;
    const info = [sni ?? '', ...(alpn ?? []), ...(packet.ech ? ['ECH'] : []), ...packet.issues].join(' ').trim();
    return [
      packet.time?.slice(11, 26) ?? '·',
      endpoint(src, packet.src_port),
      endpoint(dst, packet.dst_port),
      TYPES[packet.type] as string,
      packet.version === '0x00000001' ? 'v1' : packet.version,
      groups ? [dcid.slice(0, 2), dcid.slice(2, 4), dcid.slice(4, 8), dcid.slice(8)].join(' ').trim() : dcid || '·',
      backend === null ? '·' : `${groups ? '' : '←'}${packet.trust === 'server' ? '' : '?'}${backend}`,
      String(packet.queue ?? '·'),
      String(packet.packet_length),
      ...(info ? [info] : []),
    ];
  });
}

async function expectAllShown(path: string): Promise<void> {
  const packets = expected(path);
  expect(packets.length).toBeGreaterThan(0);
  await terminal.until('● read');
  // All rows for the list.
  terminal.type('\x1b');
  await vi.waitFor(() => expect(shown()).toEqual(packets), { timeout: 5000 });
}

async function quit(status: number): Promise<void> {
  terminal.type('q');
  await terminal.ended();
  expect(terminal.isAlternate).toBe(false);
  expect(terminal.text).toContain(`settings kept, status ${status}`);
}

it.each(['chromium-caddy.pcap', 'ngtcp2-ipv6.pcap', 'quiche-cidv1.pcap', 'ngtcp2-multiif.pcapng'])(
  'shows the packets of %s as --json has them',
  async (name) => {
    openFile(fixture(name));
    await expectAllShown(fixture(name));
    expect(terminal.isAlternate).toBe(true);
    expect(terminal.line(0)).toContain(name);
    await quit(0);
    const { stderr } = spawnSync(process.execPath, [CLI, '-r', fixture(name), '--quiet', '--json', ...PORTS]);
    expect(stderr.toString()).toBe('');
    expect(terminal.text).toMatch(/\d+ frames read in [\d.]+ s, \d+ with a QUIC long header/);
  },
);

it('shows a file that is packed', async () => {
  openFile(fileOf('packed.pcap.gz', gzipSync(readFileSync(fixture('chromium-caddy.pcap')))));
  await expectAllShown(fixture('chromium-caddy.pcap'));
  await quit(0);
});

it('takes keys from the terminal when the file comes through a pipe', async () => {
  const path = fixture('chromium-caddy.pcap');
  const end = join(folder, 'end');
  spawnSync('mkfifo', [end]);
  open(['sh', '-c', `cat ${path} ${end} | ${process.execPath} ${CLI} -r - ${PORTS.join(' ')}`]);
  await terminal.until('○ reading');
  terminal.type('\x1b');
  const rows = expected(path); // takes a second or two
  await vi.waitFor(() => expect(shown()).toEqual(rows), { timeout: 5000 });
  writeFileSync(end, '');
  await expectAllShown(path);
  expect(terminal.line(0)).toContain('stdin');
  terminal.type('?');
  await terminal.until('this list of keys');
  terminal.type('?');
  await quit(0);
});

it('shows what is before the place where a file was cut, and says so twice', async () => {
  const whole = readFileSync(fixture('chromium-caddy.pcap'));
  const path = fileOf('cut.pcap', whole.subarray(0, whole.length - 100));
  openFile(path);
  await terminal.until(/cut\.pcap.*\(after frame \d+\)/);
  const [warning = ''] = /cut\.pcap.*\(after frame \d+\)/.exec(terminal.line(119)) ?? [];
  expect(warning).not.toBe('');
  await expectAllShown(path);
  expect(terminal.line(0)).toContain('● read, with a warning');
  await quit(1);
  expect(terminal.text.replaceAll('\n', '')).toContain(warning);
});

it('shows packets in the order of the file, whatever their times say', async () => {
  const times = [5n, 3n, 9n, 1n];
  const frames = times.map((seconds, i) => ({
    time: seconds * 1_000_000_000n,
    bytes: ethernet(ipv4(udp(longHeader({ dcid: cidv1(i + 1) })))),
  }));
  const path = fileOf('back.pcap', pcap(frames));
  openFile(path);
  await expectAllShown(path);
  expect(shown().map(([time]) => time?.slice(6, 8))).toEqual(['05', '03', '09', '01']);
  await quit(0);
});

it('finds what the filter is for, and the CIDs of the file', async () => {
  const path = fixture('quiche-cidv1.pcap');
  const packets = expected(path);
  // Packets of a server name it in their SCID.
  const backendOf = (packet: string[]) => packet[6]?.replace(/[←?]/g, '');
  const backend = packets.map(backendOf).find((text) => text !== '·');
  const some = packets.filter((packet) => backendOf(packet) === backend);
  const fromServer = some.map((packet) => packet[6]?.startsWith('←'));
  expect(new Set(fromServer)).toEqual(new Set([true, false]));
  openFile(path, '-Y', `backend == ${backend}`);
  await vi.waitFor(() => expect(shown()).toEqual(some), { timeout: 5000 });
  terminal.type('2');
  await terminal.until(/ [1-9]\d* CIDs ─/);
  await quit(0);
});

it('says to which server the packets of a backend of a file went', async () => {
  const path = fixture('quiche-cidv1.pcap');
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const { stdout } = spawnSync(process.execPath, [CLI, '-r', path, '--json', '--cid', 'cidv1', ...PORTS], options);
  const servers = new Map<number, Set<string>>();
  for (const packet of jsonLines(stdout).packets) {
    if (packet.backend === null || packet.trust !== 'server') continue;
    const isFrom = packet.src_port === 443 || packet.src_port === 4433;
    const server = isFrom ? endpoint(packet.src, packet.src_port) : endpoint(packet.dst, packet.dst_port);
    servers.set(packet.backend, (servers.get(packet.backend) ?? new Set()).add(server));
  }
  expect(servers.size).toBeGreaterThan(0);
  openFile(path, '--cid', 'cidv1');
  await terminal.until('● read');
  terminal.type('3');
  const rows = () =>
    [...terminal.text.matchAll(/^│ +(\d+) +\d+ +(\S+) .* ([\d,]+) +\d+ +\d+ +│$/gm)].filter(([, , , n]) => n !== '0');
  const expected = [...servers].map(([backend, [server]]) => `${backend} ${server}`).sort();
  for (const each of servers.values()) expect(each.size).toBe(1);
  await vi.waitFor(
    () =>
      expect(
        rows()
          .map(([, backend, server]) => `${backend} ${server}`)
          .sort(),
      ).toEqual(expected),
    {
      timeout: 5000,
    },
  );
  await quit(0);
});

it("charts a file over the file's own time", async () => {
  openFile(fixture('quiche-cidv1.pcap'));
  await terminal.until('● read');
  terminal.type('5');
  await terminal.until(/Packets\/s {2}■ total max [\d.]+k? {2}■ backend 4660 max /);
  await terminal.until(/ 0ms .* 388ms/);
  const axis = terminal.text.split('\n').find((line) => line.includes(' 0ms '));
  expect(axis?.trim().split(/ +/)).toEqual([
    '0ms',
    '50ms',
    '100ms',
    '150ms',
    '200ms',
    '250ms',
    '300ms',
    '350ms',
    '388ms',
  ]);
  expect(terminal.text).not.toMatch(/ -\d+[sm] | now$/m);
  await quit(0);
});

it('shows CIDs of many days and of packets without a time, and what means something for a file', async () => {
  const day = 86_400n * 1_000_000_000n;
  // Times from long before the first packet are not kept.
  const times = [1000n * day, 1001n * day, 1000n * day, 0n];
  const frames = times.map((time, i) => ({
    time,
    bytes: ethernet(ipv4(udp(longHeader({ dcid: cidv1(i < 2 ? 7 : i + 7) })))),
  }));
  openFile(fileOf('days.pcap', pcap(frames)));
  await terminal.until('● read');
  terminal.type('2');
  await terminal.until(/ 09-27 00:00:00 +09-28 00:00:00 /);
  await terminal.until(/ · +· +│$/m);
  terminal.type('4');
  await terminal.until('─ Frames of the file ─');
  await terminal.until(/ long header +4 /);
  expect(terminal.text).not.toMatch(/LOST|lost|RATE|RX|AF_XDP|copied/);
  terminal.type(' ');
  await terminal.until('Space: a file stands still');
  await quit(0);
});

it('says when a file has no QUIC', async () => {
  openFile(fileOf('empty.pcap', pcap([])));
  await terminal.until('This file has no QUIC long header packets on UDP port 443,4433.');
  terminal.type('5');
  await terminal.until('no QUIC packets in this file');
  await quit(0);
});

it('says why a file has no rates', async () => {
  const bytes = ethernet(ipv4(udp(longHeader({ dcid: cidv1(7) }))));
  openFile(fileOf('instant.pcap', pcap([1, 2, 3].map(() => ({ time: 1_000_000_000n, bytes })))));
  await terminal.until('● read');
  terminal.type('5');
  await terminal.until('all 3 packets at the same time: there is no rate');
  expect(terminal.text).toContain('Packet types');
  await quit(0);
});

it('says how many frames a buffer that is too small has lost', async () => {
  const frames = Array.from({ length: 6000 }, (_, i) => ({
    time: BigInt(i) * 1_000_000n,
    bytes: ethernet(ipv4(udp(longHeader({ dcid: cidv1(i % 50), payload: filler(300) })))),
  }));
  const path = fileOf('long.pcap', pcap(frames));
  openFile(path, '--buffer', '1M');
  await terminal.until(/[\d,]+ older frames were overwritten: give more --buffer/);
  const lost = Number(/([\d,]+) older frames/.exec(terminal.text)?.[1]?.replaceAll(',', ''));
  expect(lost).toBeGreaterThan(1000);
  await terminal.until(new RegExp(` ${(6000 - lost).toLocaleString('en')} packets ─`));
  // A file is shown from its beginning.
  expect(shown()).toEqual(expected(path).slice(lost, lost + shown().length));
  await quit(0);
});

it.each([
  ['a directory', () => folder, /EISDIR/],
  ['a file that is not there', () => join(folder, 'missing'), /ENOENT/],
  ['something else', () => fixture('rfc-vectors.json'), /not a capture file/],
  [
    'an unknown link type',
    () => fileOf('odd.pcap', pcap([{ time: 0n, bytes: new Uint8Array(60) }], { linkType: 147 })),
    /link type/,
  ],
])('says of %s what it is, and shows no screen', async (_, path, reason) => {
  open([process.execPath, CLI, '-r', path(), ...PORTS]);
  await terminal.ended();
  expect(terminal.text).toMatch(reason);
  expect(terminal.text).toContain('Next: ');
  expect(terminal.text).toContain('settings kept, status 1');
  expect(terminal.output).not.toContain('\x1b[?1049h');
});

/** Without a controlling terminal: stdout is one all the same. */
const NO_KEYS = ['setsid', '--wait', 'sh', '-c', '"$0" "$@" </dev/null'];

it.each([
  ['for a count', ['env'], ['--count', '3']],
  ['where no keys can come from', NO_KEYS, ['-Y', 'backend == 65535']],
])('writes lines %s', async (_, wrapper, more) => {
  open([...wrapper, process.execPath, CLI, '-r', fixture('chromium-caddy.pcap'), ...PORTS, ...more]);
  await terminal.ended();
  expect(terminal.text).toMatch(/\d+ frames read in/);
  expect(terminal.text).toContain('settings kept, status 0');
  expect(terminal.output).not.toContain('\x1b[?1049h');
});
