// A real QUIC handshake: ngtcp2's client on this machine, its server in the guest, and quic-top beside the server.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Certificate, makeCertificate } from '../../../demo/certificate.mjs';
import { gtlsClient, gtlsServer } from '../../../demo/ngtcp2.mjs';
import { Program } from '../../../demo/program.mjs';
import { jsonLines } from '../../support/quic-top.js';
import { hasTcx } from './expected.js';
import { WORK } from './folders.js';
import type { Lab } from './kernel.js';
import { type LabNic, NICS } from './nics.js';
import type { KernelName } from './packages.js';
import { startQuicTop } from './trial.js';

const NAME = 'quic.example';
const PORT = 4433;
const NIC = NICS.find(({ name }) => name === 'virtio2') as LabNic;

/** Certificate of the server and a hosts file for the client. The guest sees them: they are there before it boots. */
const folderOf = (kernel: KernelName) => join(WORK, `handshake-${kernel}`);
const certificates = new Map<KernelName, Certificate>();

/** Makes the files; to be called before the guest boots. */
export function makeHosts(kernel: KernelName): void {
  mkdirSync(folderOf(kernel), { recursive: true });
  certificates.set(kernel, makeCertificate(folderOf(kernel)));
  writeFileSync(join(folderOf(kernel), 'hosts'), `${NIC.guest.ipv4} ${NAME}\n`);
}

/** Makes one request while quic-top taps, and looks at what it shows. */
export async function tryHandshake({ name, guest, network }: Lab): Promise<void> {
  const server = guest.start(gtlsServer(NIC.guest.ipv4, certificates.get(name) as Certificate));
  // In /proc/net/udp the port is in hexadecimal digits.
  const port = `:${PORT.toString(16).toUpperCase()} `;
  while (!(await guest.read('/proc/net/udp')).includes(port)) {
    if (server.status !== undefined) throw new Error(`gtlsserver ended with ${server.status}: ${server.stderr}`);
    await sleep(100);
  }
  const quicTop = await startQuicTop(guest, NIC, { args: ['--mode', 'tap'] });
  expect(quicTop.status, quicTop.stderr).toBeUndefined();

  const hosts = join(folderOf(name), 'hosts');
  const client = new Program(
    network.host.command(gtlsClient(hosts, NAME, ['--timeout=30s', '--handshake-timeout=30s'])),
  );
  expect(await client.ended, client.stderr).toBe(0);
  await server.stop();
  // At its end it does not wait long for the thread that opens Initials, and that has, emulated, just started.
  await quicTop.printed(/"event":"packet"/);
  await quicTop.stop('SIGINT');

  const { packets, summary } = jsonLines(quicTop.stdout);
  expect(summary?.balanced, JSON.stringify(summary)).toBe(true);
  const fromClient = packets.filter(({ dst_port }) => dst_port === PORT);
  const hellos = fromClient.filter(({ sni, alpn }) => sni === NAME && alpn?.includes('h3'));
  expect(hellos.length, `ClientHellos in ${quicTop.stdout}`).toBe(1);
  expect(fromClient.map(({ type }) => type)).toEqual(expect.arrayContaining(['initial', 'handshake']));
  const fromServer = packets.filter(({ src_port }) => src_port === PORT).map(({ type }) => type);
  if (hasTcx(name)) expect(fromServer).toEqual(expect.arrayContaining(['initial', 'handshake']));
  else expect(fromServer).toEqual([]);
}
