// The demo's traffic: real QUIC servers and clients, calm enough for a person to follow on the screen.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from './certificate.mjs';
import { HubNetwork } from './network.mjs';
import { gtlsClient, gtlsServer, negotiating } from './ngtcp2.mjs';
import { Program } from './program.mjs';

const BACKENDS = [1, 17, 258, 4660, 65535];
const CIDV1_NAMES = ['api.example', 'shop.example', 'login.example'];

/** Requests of an HTTP/3 client, one after the other: the server's name, gtlsclient's options. */
const VISITS = /** @type {const} */ ([
  ['static4.example', []],
  ['api6.example', []],
  // A version that no server knows, hence Version Negotiation.
  ['static6.example', negotiating('0x1a2a3a4a')],
  ['api4.example', []],
  // A connection ID that names a backend, but was made up by the client.
  ['static4.example', ['--dcid=0142001100112233445566']],
]);

const PAUSE_BETWEEN_VISITS = 700;
const PAUSE_BETWEEN_CONNECTIONS = 150;
const SHORT_LIFE = 2000;
const SHORT_LIVES = 3;

/**
 * Starts the traffic; its programs end with the network. A program that dies is started again.
 * @param {HubNetwork} network
 * @param {(error: Error) => void} onFailure called when one dies again and again
 */
export async function startTraffic(network, onFailure) {
  const certificate = makeCertificate(network.dir);
  const hosts = join(network.dir, 'hosts');
  const [server4, server6] = HubNetwork.SERVER;
  const [static4, static6] = HubNetwork.OTHER_SERVER;
  writeFileSync(
    hosts,
    [
      `${server4} api4.example`,
      `${server6} api6.example`,
      `${static4} static4.example`,
      `${static6} static6.example\n`,
    ].join('\n'),
  );

  const cidv1Server = [
    ...script('cidv1-server.mjs'),
    ...['--key', certificate.key, '--cert', certificate.cert, '--backends', BACKENDS.join()],
    ...HubNetwork.SERVER,
  ];
  const cidv1Client = [
    ...script('cidv1-client.mjs'),
    ...['--names', CIDV1_NAMES.join(), '--pause', String(PAUSE_BETWEEN_CONNECTIONS)],
    ...HubNetwork.SERVER,
  ];
  const server = keepRunning(network.server.command(cidv1Server), onFailure);
  for (const address of HubNetwork.OTHER_SERVER) {
    keepRunning(network.server.command(gtlsServer(address, certificate)), onFailure);
  }
  await server.printed(/ready/).catch(onFailure);
  keepRunning(network.client.command(cidv1Client), onFailure);
  visitForEver(network, hosts).catch(onFailure);
}

/** @param {string} name */
function script(name) {
  return [process.execPath, fileURLToPath(new URL(name, import.meta.url))];
}

/**
 * @param {readonly string[]} command
 * @param {(error: Error) => void} onFailure
 * @returns {Program} the first of its lives
 */
function keepRunning(command, onFailure) {
  const first = new Program(command);
  const live = async () => {
    let shortLives = 0;
    for (let program = first; ; program = new Program(command)) {
      const start = Date.now();
      const status = await program.ended;
      shortLives = Date.now() - start < SHORT_LIFE ? shortLives + 1 : 0;
      if (shortLives === SHORT_LIVES) {
        throw new Error(
          `${command.join(' ')}\nends at once, again and again, with status ${status}\n${program.stderr}`,
        );
      }
      await sleep(500);
    }
  };
  live().catch(onFailure);
  return first;
}

/**
 * @param {HubNetwork} network
 * @param {string} hosts
 */
async function visitForEver(network, hosts) {
  let failures = 0;
  for (let i = 0; ; i++) {
    const [name, options] = /** @type {(typeof VISITS)[number]} */ (VISITS[i % VISITS.length]);
    const program = new Program(network.client.command(gtlsClient(hosts, name, options)));
    failures = (await program.ended) === 0 ? 0 : failures + 1;
    if (failures === VISITS.length) throw new Error(`every gtlsclient fails\n${program.stderr}`);
    await sleep(PAUSE_BETWEEN_VISITS);
  }
}
