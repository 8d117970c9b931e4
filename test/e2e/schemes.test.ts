// Connection IDs of other schemes than CIDv1, live: by the XDP program to the slot of their server, counted by the kernel.
// Encrypted ones from their second packet on: the first is opened with the key, and the programs hear of it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quicLbBody, SECRETS, sealedBlock } from '../support/cid-encoders.js';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { type Bytes, concat, filler, hex, longHeader, u8, u16, u32 } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const GENERATOR = fileURLToPath(new URL('../../build/Release/generator', import.meta.url));
const LEFT = PairNetwork.LEFT[0] as string;
const CIDS = 1000;
const BACKENDS = 64;
const PACKETS_OF_CID = 3;

const KEY = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);

interface Scheme {
  /** For --config; without it: by its name. */
  config?: string;
  /** A CID of a backend, one of many. */
  cid(backend: number, one: number): Bytes;
}

const SCHEMES: Record<string, Scheme> = {
  mvfst: { cid: (backend, one) => concat(u8(0x80, 0), u16(backend), u8(one & 255, 0x80), u16(one)) },
  nginx: { cid: (backend, one) => concat(u32(0), u32(backend), filler(8), u32(one)) },
  'aws-nlb': { cid: (backend, one) => concat(u8(0x0f), u32(0x2cf06077), u32(backend), filler(3), u32(one)) },
  'quic-lb': {
    config: 'quic-lb: {config_id: 3, server_id_length: 4, nonce_length: 5}',
    cid: (backend, one) => concat(u8(0x60), u32(backend), u8(7), u32(one)),
  },
};

const KEYED: Record<string, Scheme> = {
  'four passes': {
    config: 'quic-lb: {config_id: 1, server_id_length: 4, nonce_length: 5, key_file: lb.key}',
    cid: (backend, one) => concat(u8(0x29), quicLbBody(u32(backend), concat(u8(7), u32(one)), KEY)),
  },
  'one block': {
    config: 'quic-lb: {config_id: 2, server_id_length: 8, nonce_length: 8, key_file: lb.key}',
    cid: (backend, one) =>
      concat(u8(0x50), quicLbBody(concat(u32(0x11223344), u32(backend)), concat(u32(9), u32(one)), KEY)),
  },
  nghttpx: {
    config: 'nghttpx: {secret_file: nghttpx.key}',
    cid: (backend, one) => concat(u8(0x4b), sealedBlock('nghttpx', concat(u32(backend), u32(0), filler(4), u32(one)))),
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
  writeFileSync(join(folder, 'lb.key'), `${hex(KEY)}\n`, { mode: 0o600 });
  writeFileSync(join(folder, 'nghttpx.key'), SECRETS.nghttpx, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** How it is told of the scheme. */
function told(name: string, { config }: Scheme): string[] {
  if (!config) return ['--cid', name];
  const path = join(folder, `${name.replace(' ', '-')}.yaml`);
  writeFileSync(path, `schemes:\n  - ${config}\n`, { mode: 0o600 });
  return ['--config', path];
}

const idOf = (serverId: string | null) => Number.parseInt((serverId as string).slice(-8), 16);

it.each(Object.entries(SCHEMES))('diverts each packet to the slot of its server: %s', async (name, scheme) => {
  const cids = Array.from({ length: CIDS }, (_, i) => scheme.cid(i % BACKENDS, i));
  const network = new PairNetwork();
  try {
    const options = ['--mode', 'divert', '--json', ...told(name, scheme), '--sockets', '64'];
    const quicTop = await startQuicTop(network.left, 'left', options);
    const payloads = Array.from({ length: PACKETS_OF_CID }, () =>
      cids.map((dcid) => longHeader({ dcid, type: 'handshake' })),
    ).flat();
    sendDatagrams(network.right, LEFT, payloads);
    await sleep(200);
    await quicTop.stop('SIGINT');

    const { packets, summary } = jsonLines(quicTop.stdout);
    const frames = CIDS * PACKETS_OF_CID;
    expect(summary).toMatchObject({ captured: frames, balanced: true, kernel: { redirected: frames, tapped: 0 } });
    const byCid = new Map(cids.map((cid, i) => [hex(cid), i % BACKENDS]));
    for (const { dcid, server_id, queue, cid_scheme } of packets) {
      const backend = byCid.get(dcid) as number;
      expect([cid_scheme, queue, idOf(server_id)]).toEqual([name, backend, backend]);
    }
    const counted = new Map<number | null, number>();
    for (const { queue } of packets) counted.set(queue, (counted.get(queue) ?? 0) + 1);
    expect(counted.size).toBe(BACKENDS);
    for (const [queue, count] of counted) {
      expect(count).toBe(PACKETS_OF_CID * cids.filter((_, i) => i % BACKENDS === queue).length);
    }
  } finally {
    network.remove();
  }
});

it.each(Object.entries(KEYED))('and so from the second packet on of encrypted ones: %s', async (name, scheme) => {
  const cids = Array.from({ length: CIDS }, (_, i) => scheme.cid(i % BACKENDS, i));
  const network = new PairNetwork();
  try {
    const written = join(network.dir, 'keyed.pcapng');
    const options = ['--mode', 'divert', '--json', '--write', written, ...told(name, scheme)];
    const quicTop = await startQuicTop(network.left, 'left', options);
    const send = async () => {
      const payloads = cids.map((dcid) => longHeader({ dcid, type: 'handshake' }));
      sendDatagrams(network.right, LEFT, payloads);
      await sleep(200);
    };
    for (let i = 0; i < PACKETS_OF_CID; i++) await send();
    // What it holds of the key is in its memory alone.
    const digits = hex(KEY);
    for (const file of ['cmdline', 'environ']) {
      expect(readFileSync(`/proc/${quicTop.child.pid}/${file}`, 'latin1')).not.toContain(digits);
    }
    await quicTop.stop('SIGINT');

    const { packets, summary } = jsonLines(quicTop.stdout);
    expect(summary).toMatchObject({
      captured: CIDS * PACKETS_OF_CID,
      balanced: true,
      kernel: { redirected: CIDS * (PACKETS_OF_CID - 1), tapped: CIDS },
    });
    const byCid = new Map(cids.map((cid, i) => [hex(cid), i % BACKENDS]));
    for (const { dcid, server_id, queue, trust } of packets) {
      const backend = byCid.get(dcid) as number;
      expect([queue, idOf(server_id), trust]).toEqual([backend, backend, 'server']);
    }
    expect(quicTop.stdout + quicTop.stderr).not.toContain(digits);
    const capture = readFileSync(written);
    expect(capture.includes(Buffer.from(cids[0] as Bytes))).toBe(true);
    for (const secret of [digits, KEY, SECRETS.nghttpx]) expect(capture.includes(Buffer.from(secret))).toBe(false);
  } finally {
    network.remove();
  }
});

it('a million encrypted ones do not stop it; those of which too many came at once are counted', async () => {
  const MILLION = 1_000_000;
  const network = new PairNetwork();
  try {
    // The generator's begin with 01: that is of configuration 0.
    const scheme = { config: 'quic-lb: {server_id_length: 3, nonce_length: 4, key_file: lb.key}', cid: () => u8() };
    const options = ['--mode', 'tap', '--budget', '0', '--headless', '--json', '--snaplen', '240'];
    const quicTop = await startQuicTop(network.left, 'left', [...options, ...told('flood', scheme)]);
    // Frames of the generator go to a NAPI poll.
    network.left.run(['ethtool', '-K', 'left', 'gro', 'on']);
    network.right.run([
      GENERATOR,
      ...`--interface right --size 200 --dcids ${MILLION} --rate 300000 --duration 4`.split(' '),
    ]);
    await sleep(300);
    await quicTop.stop('SIGINT');
    const { summary } = jsonLines(quicTop.stdout);
    expect(summary).toMatchObject({ balanced: true });
    const { captured, cids_not_opened: notOpened } = summary as NonNullable<typeof summary>;
    expect(captured).toBeGreaterThan(100_000);
    // What is opened in a second is bounded, and it was opened.
    expect(captured - notOpened).toBeGreaterThan(100_000);
    expect(notOpened).toBeGreaterThan(0);
  } finally {
    network.remove();
  }
});
