// A QUIC server (quiche, by @matrixai/quic) that stands for several backends behind a load balancer: each connection
// gets a CIDv1 connection ID that names one of them. It echoes every stream, asks every client to Retry, and prints
// "ready" when it listens.
//
//   node demo/cidv1-server.mjs --key FILE --cert FILE [--backends 17,258] [--port 4433] ADDRESS...
//
// Without backends nothing is encoded in its connection IDs.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import Logger, { LogLevel } from '@matrixai/logger';
import { events, QUICServer } from '@matrixai/quic';
import { cidv1Signing } from './cidv1.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: 'string', default: '' },
    cert: { type: 'string', default: '' },
    backends: { type: 'string', default: '' },
    port: { type: 'string', default: '4433' },
  },
});

// An HTTP/3 client opens streams of its own, and @matrixai/quic 2.0.9 then throws this from a timer, out of our reach.
process.on('uncaughtException', (error) => {
  if (!error.message.startsWith('InvalidStreamState')) throw error;
});

/** @param {any} stream */
async function echo(stream) {
  try {
    await stream.readable.pipeTo(stream.writable);
  } catch {
    // The client went away; so what.
  }
}

const logger = new Logger('server', LogLevel.SILENT);
const key = new Uint8Array(randomBytes(32)).buffer;
const ops = cidv1Signing(values.backends.split(',').filter(Boolean).map(Number));
for (const host of positionals) {
  const server = new QUICServer({
    logger,
    crypto: { key, ops },
    config: {
      key: readFileSync(values.key, 'utf8'),
      cert: readFileSync(values.cert, 'utf8'),
      verifyPeer: false,
      maxIdleTimeout: 3000,
      applicationProtos: ['h3', 'echo'],
    },
  });
  server.addEventListener(events.EventQUICServerConnection.name, ({ detail: connection }) => {
    connection.addEventListener(events.EventQUICConnectionStream.name, ({ detail: stream }) => echo(stream));
  });
  await server.start({ host, port: Number(values.port) });
}
console.log('ready');
