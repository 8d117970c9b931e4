// Sends UDP datagrams from the network namespace it runs in: `node send-datagrams.mjs ADDRESS PORT SOCKETS [RATE]`.
// Payloads come on stdin, one a line in hex, and go out by the sockets in turn, so from as many source ports. With a rate
// (packets a second) they go out again and again, until the program is ended.
import { createSocket } from 'node:dgram';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const [address = '', port, count, rate] = process.argv.slice(2);
const TICK_MS = 20;
const sockets = Array.from({ length: Number(count) }, () => createSocket(address.includes(':') ? 'udp6' : 'udp4'));
const lines = (await text(process.stdin)).split('\n').filter((line) => line !== '');
const payloads = lines.map((line) => Buffer.from(line, 'hex'));

/** @param {number} i @param {Buffer} payload */
function send(i, payload) {
  const socket = /** @type {import('node:dgram').Socket} */ (sockets[i % sockets.length]);
  // One at a time: a datagram that the kernel does not take would be missing without anybody saying so.
  return new Promise((resolve, reject) => {
    socket.send(payload, Number(port), address, (error) => (error ? reject(error) : resolve(undefined)));
  });
}

if (rate === undefined) {
  for (const [i, payload] of payloads.entries()) await send(i, payload);
} else {
  const start = performance.now();
  for (let i = 0; ; await sleep(TICK_MS)) {
    const end = Math.ceil(((performance.now() - start + TICK_MS) * Number(rate)) / 1000);
    for (; i < end; i++) await send(i, /** @type {Buffer} */ (payloads[i % payloads.length]));
  }
}
for (const socket of sockets) socket.close();
