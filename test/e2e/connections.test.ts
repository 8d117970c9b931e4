// The connections of a capture file, as a table and as lines.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CLI } from '../support/quic-top.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

const run = (name: string, ...args: string[]) =>
  execFileSync(process.execPath, [CLI, '-r', fixture(name), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

const lines = (name: string, ...args: string[]) =>
  run(name, '--json', ...args)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('are a table', () => {
  const [titles = '', ...rows] = run('ngtcp2-vn.pcap', '--connections').trimEnd().split('\n');
  expect(titles.split(/ +/).slice(0, 5)).toEqual(['CONNECTION', 'TIME', 'STATE', 'CLIENT', 'SERVER']);
  expect(rows.map((row) => row.trim().split(/ +/).slice(0, 6))).toEqual([
    ['1', '12:15:21.111', 'closed', '10.77.0.2:33408', '10.77.0.1:4433', '1a2a3a4a'],
    ['2', '12:15:21.111', 'established', '10.77.0.2:55535', '10.77.0.1:4433', 'v1'],
  ]);
  // Each column begins, or ends, below its title.
  expect(rows[1]?.indexOf('established')).toBe(titles.indexOf('STATE'));
});

it('are objects with --json: those that have a packet which the filter chooses', () => {
  const totals = lines('quiche-cidv1.pcap', '--connections', '-Y', 'sni ~ cdn');
  expect(totals.pop()).toMatchObject({ event: 'summary', connection_events_lost: 0 });
  expect(totals.map(({ connection }) => connection)).toEqual([3, 6, 9, 12]);
  expect(totals[3]).toMatchObject({
    event: 'connection',
    what: 'total',
    state: 'established',
    client: '10.77.0.2:60160',
    version: '0x00000001',
    backend: 4660,
    sni: 'cdn.corp.test',
    server_answer_ms: 1.618,
    client_answer_ms: 0.506,
    handshake_ms: 2.124,
    error: null,
    guess: false,
  });
});

it('tell what happens to them beside the packets, when that is asked for', () => {
  const whats = (...args: string[]) =>
    lines('ngtcp2-retry.pcap', ...args)
      .filter(({ event, connection }) => event === 'connection' && connection === 1)
      .map(({ what }) => what);
  const expected = ['opened', 'retry', 'server_hello', 'handshake', 'established'];
  expect(whats('--events', 'packet,connection')).toEqual(expected);
  expect(whats()).toEqual([]);
  const events = lines('ngtcp2-retry.pcap', '--events', 'connection').map(({ event }) => event);
  expect(new Set(events)).toEqual(new Set(['connection', 'summary']));
});

it('say why they failed', () => {
  const failed = lines('crafted-hello.pcap', '--connections').find(({ error }) => error);
  expect(failed).toMatchObject({ state: 'closed', error: 'CRYPTO_ERROR 0x128', reason: 'nope!', closed_by: 'client' });
});
