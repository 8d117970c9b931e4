// nginx's connection IDs name sockets: whose they are is on the screen, of a live socket never that it is dead.
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, Program } from '../support/lab.js';
import { type Bytes, concat, filler, longHeader, u8, u32 } from '../support/packets.js';
import { CLI } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

const SERVER = fileURLToPath(new URL('../support/nginx-sockets.py', import.meta.url));
/** No socket of this host will have it. */
const NOBODYS = 2 ** 40;

/** What the server sends as its CID, and what it therefore gets. */
const cidOf = (cookie: number, one = 0): Bytes =>
  concat(u32(Math.floor(cookie / 2 ** 32)), u32(cookie % 2 ** 32), filler(11), u8(one));

let network: PairNetwork;
let server: Program;
let terminal: TestTerminal;
let workers: { pid: number; cookie: number }[];

async function begin(address: string, ...args: string[]): Promise<void> {
  server = new Program(network.left.command(['python3', SERVER, address, '4433']));
  // A busy machine takes its time to start Python.
  await server.printed(/(worker \d+ \d+\n){2}/, 30_000);
  workers = [...server.stdout.matchAll(/worker (\d+) (\d+)/g)].map(([, pid, cookie]) => ({
    pid: Number(pid),
    cookie: Number(cookie),
  }));
  const command = [process.execPath, CLI, 'left', '--mode', 'tap', '--cid', 'nginx', ...args];
  terminal = new TestTerminal(network.left.command(command), 200, 50, { COLORTERM: 'truecolor' });
  await terminal.until('Waiting for QUIC long header packets');
}

const send = (address: string, ...cookies: number[]) =>
  sendDatagrams(
    network.right,
    address,
    cookies.map((cookie) => longHeader({ dcid: cidOf(cookie), type: 'handshake' })),
  );
/** Waits for that owner of a backend in the view Backends. */
const untilOwner = (cookie: number, owner: string) => {
  const id = cookie < 2 ** 27 ? String(cookie) : String(cookie).slice(0, 7);
  return terminal.until(new RegExp(` ${id}.* ${owner}`));
};

beforeEach(() => {
  network = new PairNetwork();
});
afterEach(async () => {
  await terminal?.close();
  await server?.stop('SIGKILL');
  network.remove();
});

it.each(PairNetwork.LEFT.map((address) => [address]))(
  'tells worker from worker, and from nobody: %s',
  async (address) => {
    await begin(address);
    const [first, second] = workers as [(typeof workers)[0], (typeof workers)[0]];
    send(address, NOBODYS, second.cookie, first.cookie);

    // The packet that came last is the selected one.
    await terminal.until(`Backend: ${first.cookie}, worker pid ${first.pid}, queue`);
    terminal.type('3');
    await untilOwner(first.cookie, `pid ${first.pid} python`);
    await untilOwner(second.cookie, `pid ${second.pid} python`);
    await untilOwner(NOBODYS, 'dead socket');
    expect(terminal.text.match(/dead socket/g)).toHaveLength(1);
    expect(terminal.colorOf('dead socket')).not.toBe(terminal.colorOf(`pid ${first.pid}`));

    terminal.type('1');
    send(address, NOBODYS);
    await terminal.until('dead socket, queue');

    // The master has it open still.
    process.kill(second.pid, 'SIGKILL');
    terminal.type('3');
    await untilOwner(second.cookie, 'later process');
    server.kill('SIGUSR1');
    await untilOwner(second.cookie, 'dead socket');
    await untilOwner(first.cookie, `pid ${first.pid} python`);

    // Root is given up: of whom another socket is, nobody knows.
    server.kill('SIGUSR2');
    await server.printed(/added \d+/);
    const added = Number(/added (\d+)/.exec(server.stdout)?.[1]);
    send(address, added);
    await untilOwner(added, 'later process');
  },
);

it('says nothing of CIDs for another host, nor where no CID ever named a socket of this one', async () => {
  const [address = ''] = PairNetwork.LEFT;
  await begin(address);
  const [first] = workers as [(typeof workers)[0]];
  network.right.ip('neigh add 10.78.0.9 lladdr 02:00:00:00:00:09 dev right');
  send('10.78.0.9', first.cookie);
  send(address, NOBODYS);
  terminal.type('3');
  await untilOwner(first.cookie, '· ');
  await untilOwner(NOBODYS, '· ');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(terminal.text).not.toMatch(/dead socket|pid/);
});
