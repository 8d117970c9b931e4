// Sends UDP datagrams from the network namespace it runs in: `node send-datagrams.mjs ADDRESS PORT SOCKETS`.
// Payloads come on stdin, one a line in hex, and go out by the sockets in turn, so from as many source ports.
import { createSocket } from 'node:dgram';
import { text } from 'node:stream/consumers';

const [address = '', port, count] = process.argv.slice(2);
const sockets = Array.from({ length: Number(count) }, () => createSocket(address.includes(':') ? 'udp6' : 'udp4'));
const payloads = (await text(process.stdin)).split('\n').filter((line) => line !== '');
for (const [i, payload] of payloads.entries()) {
  const socket = sockets[i % sockets.length];
  // One at a time: a datagram that the kernel does not take would be missing without anybody saying so.
  await new Promise((resolve, reject) => {
    socket.send(Buffer.from(payload, 'hex'), Number(port), address, (error) =>
      error ? reject(error) : resolve(undefined),
    );
  });
}
for (const socket of sockets) socket.close();
