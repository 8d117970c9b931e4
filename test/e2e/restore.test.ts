// Generic XDP switches receive offloads off for good: that they are as before when quic-top ends, however it ends.
// A macvlan wants LRO where somebody asked for it, and generic XDP takes that away from it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { attachForeignProgram } from '../support/foreign-program.js';
import { PairNetwork, type Program } from '../support/lab.js';
import { jsonLines, startQuicTop } from '../support/quic-top.js';

const GENERIC = ['--mode', 'tap', '--xdp', 'generic', '--json'];
/** CAP_NET_ADMIN is capability 12. */
const NET_ADMIN = (1n << 12n).toString(16).padStart(16, '0');

let network: PairNetwork;
beforeEach(() => {
  network = new PairNetwork();
  network.left.ip('link add upper link left type macvlan');
  network.left.ip('link set upper up');
  type('ethtool -K upper rx-lro on');
});
afterEach(() => network.remove());

const lro = (name = 'upper') => /^large-receive-offload: (.*)$/m.exec(network.left.run(['ethtool', '-k', name]))?.[1];
/** ethtool fails where a feature is requested and the device cannot have it: that is how it is here. */
const type = (command: string) => network.left.run(['sh', '-c', `${command} || true`]);
const isAttached = () => /prog\/xdp/.test(network.left.ip('link show upper'));

/** Processes that wait to restore something of the network. */
function restorers(): number[] {
  const here = network.left.run(['readlink', '/proc/self/ns/net']).trim();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const { length } = 'quic-top-restor'; // what the kernel keeps of a name
        const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
        return name === 'quic-top-restore'.slice(0, length) && readlinkSync(`/proc/${pid}/ns/net`) === here;
      } catch {
        return false; // it has ended meanwhile
      }
    });
}

async function start(): Promise<Program> {
  expect(lro()).toBe('off [requested on]');
  const quicTop = await startQuicTop(network.left, 'upper', GENERIC);
  expect(lro()).toBe('off');
  expect(quicTop.stderr).toMatch(/^quic-top: rx-lro of upper is off while XDP runs, and on again when quic-top ends$/m);
  return quicTop;
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('after %s, before it has ended', async (signal) => {
  const quicTop = await start();
  expect(await quicTop.stop(signal)).toBe(0);
  expect(lro()).toBe('off [requested on]');
  expect(restorers()).toEqual([]);
  expect(jsonLines(quicTop.stdout).summary?.interface_changes).toEqual([]);
});

it('after kill -9, and on an interface that was renamed', async () => {
  for (const name of ['upper', 'renamed']) {
    if (name !== 'upper') network.left.ip(`link set upper name ${name}`);
    expect(lro(name)).toBe('off [requested on]');
    const quicTop = await startQuicTop(network.left, name, GENERIC);
    expect(lro(name)).toBe('off');
    process.kill(quicTop.child.pid as number, 'SIGKILL');
    await vi.waitFor(() => expect(lro(name)).toBe('off [requested on]'), 1000);
    await vi.waitFor(() => expect(restorers()).toEqual([]), 1000);
  }
});

it('after kill -9 of one whose restorer was asked to end before', async () => {
  const quicTop = await start();
  const [restorer] = restorers();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.kill(restorer as number, signal);
  await sleep(50);
  expect(restorers()).toEqual([restorer]);
  process.kill(quicTop.child.pid as number, 'SIGKILL');
  await vi.waitFor(() => expect(lro()).toBe('off [requested on]'), 1000);
});

it('by a process that may do nothing else', async () => {
  const quicTop = await start();
  const [restorer] = restorers();
  const status = readFileSync(`/proc/${restorer}/status`, 'utf8');
  const value = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1];
  expect(['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(value)).toEqual([
    '0'.repeat(16),
    NET_ADMIN,
    NET_ADMIN,
    '0'.repeat(16),
    '0'.repeat(16),
  ]);
  expect(value('Uid')).toBe('65534\t65534\t65534\t65534');
  expect(value('Groups')).toBe('');
  expect(value('NoNewPrivs')).toBe('1');
  const open = readdirSync(`/proc/${restorer}/fd`).map((fd) => readlinkSync(`/proc/${restorer}/fd/${fd}`));
  expect(open).toEqual([expect.stringMatching(/^socket:/)]);
  expect(readlinkSync(`/proc/${restorer}/cwd`)).toBe('/');
  const session = execFileSync('ps', ['-o', 'sid=', '-p', String(restorer)], { encoding: 'utf8' });
  expect(Number(session)).toBe(restorer);
  await quicTop.stop('SIGINT');
});

it('not when the process that was to do it was killed: the summary says what to type', async () => {
  const quicTop = await start();
  const [restorer] = restorers();
  process.kill(restorer as number, 'SIGKILL');
  expect(await quicTop.stop('SIGINT')).toBe(0);
  const changes = jsonLines(quicTop.stdout).summary?.interface_changes;
  const restore = 'sudo ethtool -K upper rx-lro on';
  expect(changes).toEqual([{ what: 'rx-lro', before: 'off [requested on]', after: 'off', restore }]);
  type(restore.replace('sudo ', ''));
  expect(lro()).toBe('off [requested on]');
});

it('not when somebody else has a program there by then', async () => {
  const quicTop = await start();
  network.left.run(['kill', '-STOP', String(restorers()[0])]);
  process.kill(quicTop.child.pid as number, 'SIGKILL');
  await vi.waitFor(() => expect(isAttached()).toBe(false), 1000);
  attachForeignProgram(network.left, 'upper', network.dir);
  network.left.run(['kill', '-CONT', String(restorers()[0])]);
  await vi.waitFor(() => expect(restorers()).toEqual([]), 1000);
  expect(lro()).toBe('off');
});

it('without such a process where nothing was switched off', async () => {
  const quicTop = await startQuicTop(network.left, 'left', ['--hook', 'xdp', '--mode', 'tap', '--json']);
  expect(restorers()).toEqual([]);
  await quicTop.stop('SIGINT');
  expect(jsonLines(quicTop.stdout).summary).toMatchObject({ xdp: 'native', interface_changes: [] });
});
