// Connection IDs of other schemes than CIDv1, live: by the XDP program to the slot of their server, counted by the kernel.
// Encrypted ones from their second packet on: the first is opened with the key, and the programs hear of it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quicLbBody, SECRETS, sealedBlock } from '../support/cid-encoders.js';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { type Bytes, concat, filler, hex, longHeader, u8, u16, u32 } from '../support/packets.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

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
    const options = ['--mode', 'divert', '--json', ...told(name, scheme)];
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
    expect(readdirSync(folder)).toContain('lb.key');
  } finally {
    network.remove();
  }
});

it('goes on under a flood of encrypted ones, and counts those that it did not open', async () => {
  const scheme = KEYED['four passes'] as Scheme;
  const network = new PairNetwork();
  try {
    const quicTop = await startQuicTop(network.left, 'left', [
      '--mode',
      'tap',
      '--budget',
      '0',
      '--headless',
      '--json',
      ...told('flood', scheme),
    ]);
    const first = longHeader({ dcid: scheme.cid(1, 1), type: 'handshake' });
    // As many in a second as may be opened in one, and as many again: by the bytes that are encrypted.
    const payloads = Array.from({ length: 65_536 }, (_, i) => {
      const payload = Uint8Array.from(first);
      new DataView(payload.buffer).setUint32(8, i);
      return payload;
    });
    for (let i = 0; i < 4; i++) sendDatagrams(network.right, LEFT, payloads);
    await sleep(300);
    await quicTop.stop('SIGINT');
    const { summary } = jsonLines(quicTop.stdout);
    expect(summary).toMatchObject({ balanced: true });
    expect(summary?.captured).toBeGreaterThan(65_536);
  } finally {
    network.remove();
  }
});
