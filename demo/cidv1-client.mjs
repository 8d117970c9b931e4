// A calm QUIC client for cidv1-server.mjs: one connection after the other, each with the next server name (SNI) to the
// next address, until it is ended or --count is reached.
//
//   node demo/cidv1-client.mjs --names a.example,b.example [--count N] [--pause MS] [--port 4433] [--alpn h3,echo] \
//     ADDRESS...

import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Logger, { LogLevel } from '@matrixai/logger';
import { QUICClient } from '@matrixai/quic';

const GIVE_UP_AFTER = 10;

const { values, positionals: hosts } = parseArgs({
  allowPositionals: true,
  options: {
    names: { type: 'string', default: 'quic.example' },
    count: { type: 'string', default: 'Infinity' },
    pause: { type: 'string', default: '0' },
    port: { type: 'string', default: '4433' },
    alpn: { type: 'string', default: 'h3,echo' },
  },
});
const names = values.names.split(',');
const logger = new Logger('client', LogLevel.SILENT);

/**
 * Connects, has one message echoed, disconnects.
 * @param {string} host
 * @param {string} serverName
 */
async function visit(host, serverName) {
  const client = await QUICClient.createQUICClient({
    logger,
    host,
    port: Number(values.port),
    localHost: host.includes(':') ? '::' : '0.0.0.0',
    serverName,
    crypto: { ops: { randomBytes: async (data) => void randomFillSync(new Uint8Array(data)) } },
    config: { verifyPeer: false, maxIdleTimeout: 3000, applicationProtos: values.alpn.split(',') },
  });
  const stream = client.connection.newStream();
  const writer = stream.writable.getWriter();
  await writer.write(Buffer.from(`hello ${serverName}`));
  await writer.close();
  await stream.readable.getReader().read();
  await client.destroy({ force: true });
}

let failures = 0;
for (let i = 0; i < Number(values.count); i++) {
  try {
    await visit(hosts[i % hosts.length] ?? '127.0.0.1', names[i % names.length] ?? '');
    failures = 0;
  } catch (error) {
    failures += 1;
    if (failures === GIVE_UP_AFTER) throw error;
  }
  await sleep(Number(values.pause));
}
process.exit(); // the library's timers would keep it for seconds
