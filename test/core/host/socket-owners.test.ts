// What is said of a cookie, on a host that is made up.
import { beforeEach, expect, it } from 'vitest';
import type { Process } from '../../../src/core/host/socket-holders.js';
import { type Host, SocketOwners } from '../../../src/core/host/socket-owners.js';

const OWN = '10.0.0.1';
const PORT = 4433;
const LONG = 2n ** 63n + 7n;
const SERVERS = { hosts: [OWN], isServers: true };

let sockets: { cookie: bigint; inode: bigint; port: number }[];
let processes: Map<string, Process[]>;
let ended: Set<number>;
let fails: boolean;
let now: number;
let owners: SocketOwners;

const host: Host = {
  sockets() {
    if (fails) throw new Error('no udp_diag');
    return BigUint64Array.from(sockets.flatMap(({ cookie, inode, port }) => [cookie, inode, BigInt(port)]));
  },
  addresses: () => [OWN, 'fd00::1'],
  waitersOf: (inodes) => new Map([...processes].filter(([inode]) => inodes.has(inode))),
  isRunning: ({ pid }) => !ended.has(pid),
};
const process = (pid: number, program = 'nginx'): Process => ({ pid, program, began: '1' });
const textOf = (cookie: number | bigint, naming = SERVERS) => owners.ownerOf(cookie, naming)?.text ?? null;
function look(times = 1): void {
  for (let i = 0; i < times; i++) {
    now += 1000;
    owners.look();
  }
}

beforeEach(() => {
  sockets = [
    { cookie: 5n, inode: 105n, port: PORT },
    { cookie: LONG, inode: 106n, port: PORT },
    { cookie: 7n, inode: 107n, port: 53 },
  ];
  processes = new Map([
    ['105', [process(812)]],
    ['106', [812, 813, 814, 815].map((pid) => process(pid))],
  ]);
  ended = new Set();
  fails = false;
  now = 0;
  owners = new SocketOwners(new Set([PORT]), () => now, host);
  look();
});

it('tells the worker, or the workers that share a socket', () => {
  expect(owners.ownerOf(5, SERVERS)).toEqual({ text: 'worker pid 812', brief: 'pid 812 nginx', isDead: false });
  expect(textOf(LONG)).toBe('worker pid 812 or 813 or 814 …');
  ended = new Set([812, 813]);
  look();
  expect(textOf(LONG)).toBe('worker pid 814 or 815');
});

it('prints no control characters of a name', () => {
  processes = new Map([['108', [process(9, 'a\x1b[2Jb')]]]);
  sockets.push({ cookie: 8n, inode: 108n, port: PORT });
  look();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
  expect(owners.ownerOf(8, SERVERS)?.brief).not.toMatch(/[\x00-\x1f]/);
});

it('calls a socket dead that it saw open, after two looks', () => {
  sockets.shift();
  look();
  expect(textOf(5)).toBe('worker pid 812');
  look();
  expect(owners.ownerOf(5, SERVERS)).toMatchObject({ text: 'dead socket', isDead: true });
});

it('and one that it never saw, when others are named here and it was looked for', () => {
  expect(textOf(99)).toBeNull();
  look(5);
  expect([textOf(99), owners.proven]).toEqual([null, false]);
  expect(textOf(5, { hosts: [OWN], isServers: false })).toBe('worker pid 812');
  expect([textOf(99), owners.proven]).toEqual([null, false]);
  expect([textOf(5), owners.proven]).toEqual(['worker pid 812', true]);
  expect([textOf(99), textOf(98)]).toEqual(['dead socket', null]);
  // 98 was asked for just now: perhaps it was opened since the last look.
  look();
  expect(textOf(98)).toBeNull();
  sockets.push({ cookie: 98n, inode: 198n, port: PORT });
  look();
  expect(textOf(98)).toBe('socket of a later process');
});

it.each([
  ['that a client chose', { hosts: [OWN], isServers: false }],
  ['for another host', { hosts: ['10.0.0.2'], isServers: true }],
  ['for this host and for another one', { hosts: [OWN, '10.0.0.2'], isServers: true }],
  ['for hosts that are not known', { hosts: [], isServers: true }],
])('never calls one dead %s', (_, naming) => {
  textOf(5);
  textOf(99, naming);
  sockets.shift();
  look(5);
  expect([textOf(99, naming), textOf(5, naming)]).toEqual([null, null]);
});

it('says nothing of a live socket on another port', () => {
  textOf(5);
  textOf(7);
  look(5);
  expect(textOf(7)).toBeNull();
});

it('says that a socket whose worker ended is another one’s, and of whom it knows no process', () => {
  ended.add(812);
  sockets.push({ cookie: 9n, inode: 109n, port: PORT });
  look();
  expect([textOf(5), textOf(9)]).toEqual(['socket of a later process', 'socket of a later process']);
  processes.clear();
  owners = new SocketOwners(new Set([PORT]), () => now, host);
  look();
  expect(textOf(5)).toBe('socket of an unknown process');
});

it('calls none dead while it cannot look', () => {
  textOf(5);
  textOf(99);
  sockets.shift();
  look(2);
  fails = true;
  look(2);
  expect([textOf(5), textOf(99)]).toEqual([null, null]);
  fails = false;
  look();
  expect([textOf(5), textOf(99)]).toEqual(['dead socket', 'dead socket']);
});
