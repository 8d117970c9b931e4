// What end-to-end tests share with the demo: private networks, programs in them, real QUIC servers and clients.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Certificate, makeCertificate } from '../../demo/certificate.mjs';
import type { Namespace } from '../../demo/network.mjs';
import { gtlsClient, gtlsServer } from '../../demo/ngtcp2.mjs';
import { Program } from '../../demo/program.mjs';
import { SECRETS } from './tshark.js';

export { HubNetwork, Namespace, PairNetwork, sweepAbandoned } from '../../demo/network.mjs';
export { Program } from '../../demo/program.mjs';

const NAME = 'quic.example';
/** Requests at once, where there are many: a client mostly waits. */
const AT_ONCE = 4;

/** Where a server and a client are, and a folder for files. */
interface Hosts {
  server: Namespace;
  client: Namespace;
  dir: string;
}

/** QUIC servers and clients on a network. The servers end with the network, or by `stop()`. */
export class QuicHosts {
  readonly #network: Hosts;
  readonly #certificate: Certificate;

  constructor(network: Hosts) {
    this.#network = network;
    this.#certificate = makeCertificate(network.dir);
  }

  /** Starts the server whose connection IDs are CIDv1; without backends they are random. */
  async cidv1Server(address: string, backends: readonly number[]): Promise<Program> {
    const { key, cert } = this.#certificate;
    const options = ['--key', key, '--cert', cert, `--backends=${backends.join()}`];
    const server = new Program(this.#network.server.command([...demoScript('cidv1-server'), ...options, address]));
    await server.printed(/ready/);
    return server;
  }

  /** Makes this many connections to that server, or with other options to another. */
  async cidv1Connections(address: string, count: number, options: readonly string[] = []): Promise<void> {
    const command = [...demoScript('cidv1-client'), '--names', NAME, '--count', String(count), ...options, address];
    await succeeds(new Program(this.#network.client.command(command)));
  }

  /** Starts ngtcp2's server. */
  async gtlsServer(address: string, options: readonly string[] = []): Promise<Program> {
    const server = new Program(this.#network.server.command(gtlsServer(address, this.#certificate, options)));
    await listens(this.#network.server, address);
    return server;
  }

  /** Makes one request with ngtcp2's client. */
  async gtlsRequest(address: string, options: readonly string[] = []): Promise<void> {
    const hosts = join(this.#network.dir, `hosts-${address}`);
    // Another client may be reading it.
    if (!existsSync(hosts)) writeFileSync(hosts, `${address} ${NAME}\n`);
    const secrets = `SSLKEYLOGFILE=${join(this.#network.dir, SECRETS)}`;
    await succeeds(new Program(this.#network.client.command(['env', secrets, ...gtlsClient(hosts, NAME, options)])));
  }

  /** Makes this many requests; throws when one fails. */
  async gtlsRequests(address: string, count: number): Promise<void> {
    let left = count;
    const makeSome = async () => {
      while (left-- > 0) await this.gtlsRequest(address);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, makeSome));
  }
}

function demoScript(name: string): string[] {
  return [process.execPath, fileURLToPath(new URL(`../../demo/${name}.mjs`, import.meta.url))];
}

async function succeeds(program: Program): Promise<void> {
  const status = await program.ended;
  if (status !== 0) throw new Error(`${program.child.spawnargs.join(' ')}: exit status ${status}\n${program.stderr}`);
}

/** Waits until some program in there has a UDP socket bound to port 4433 of this address. */
async function listens(namespace: Namespace, address: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (namespace.run(['ss', '-Hlun', `src ${address.includes(':') ? `[${address}]` : address}:4433`]) === '') {
    if (Date.now() > deadline) throw new Error(`nobody listens on ${address}`);
    await sleep(10);
  }
}
