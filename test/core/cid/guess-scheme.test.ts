// Which scheme connection IDs are made by, told by their bytes alone; and that nothing is said of random ones.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { distinctCids } from '../../../src/core/cid/byte-evidence.js';
import { guessScheme } from '../../../src/core/cid/guess-scheme.js';
import { readCid } from '../../../src/core/cid/read-cid.js';
import { readingOf } from '../../../src/core/cid/reading.js';
import { ALL_SCHEMES, type CidScheme, type Given } from '../../../src/core/cid/schemes.js';
import { readConfig } from '../../../src/core/config/config.js';
import { ENCODERS, type Meaning } from '../../support/cid-encoders.js';
import { type Bytes, concat, hex, u8, u16 } from '../../support/packets.js';
import { random } from '../../support/random.js';

const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Next = (limit: number) => number;

const bytes = (length: number, next: Next): Bytes => Uint8Array.from({ length }, () => next(256));
const many = (count: number, make: (i: number) => Bytes) =>
  distinctCids(Array.from({ length: count }, (_, i) => make(i)));
const schemeNamed = (name: string) => ALL_SCHEMES.find((scheme) => scheme.name === name) as CidScheme;

/** Of few servers: the first numbers that an encoder draws, which make the server id, are those of one of them. */
function ofServers(
  make: (next: Next) => [Bytes, Meaning],
  draws: number,
  servers: number,
  count: number,
  seed: number,
) {
  const rest = random(seed);
  return Array.from({ length: count }, () => {
    const own = random(1000 * seed + rest(servers));
    let drawn = 0;
    return make((limit) => (drawn++ < draws ? own(limit) : rest(limit)));
  });
}

/** The numbers behind the server id that have few values, too: Envoy's worker. */
const fewWorkers = (draw: number, next: Next): Next => {
  let drawn = 0;
  return (limit) => (drawn++ === draw ? next(8) : next(limit));
};

const meaningsOf = (name: string, given: Given, cids: readonly Bytes[]) => {
  const reading = readingOf([{ scheme: schemeNamed(name), given }]);
  return cids.map((cid) => {
    const found = readCid(reading, cid);
    return found && { id: found.serverId && hex(found.serverId), worker: found.worker, process: found.process };
  });
};

describe.each([4, 5, 6, 7, 8])('of %i servers', (servers) => {
  it.each([
    ['cidv1', 2, 1],
    ['mvfst', 4, 3],
    ['mvfst', 5, 1],
    ['mvfst', 6, 2],
    ['nginx', 2, 1],
    ['aws-nlb', 8, 1],
    ['udpgrm', 2, 1],
  ])('%s is told (its encoder draws %i numbers for a server, seed %i)', (name, draws, seed) => {
    const part = (ENCODERS[name] as (typeof ENCODERS)[string]).part(random(seed));
    const make =
      name === 'mvfst'
        ? // One version for all servers.
          (next: Next) =>
            part.make(
              (
                (drawn) => (limit: number) =>
                  drawn++ === 0 ? seed % 3 : next(limit)
              )(0),
            )
        : part.make;
    const made = ofServers(make, draws, servers, 200, seed + servers);
    const cids = made.map(([cid]) => cid);
    const { kind, guesses } = guessScheme(distinctCids(cids));
    expect({ kind, scheme: guesses[0]?.scheme }).toEqual({ kind: 'guess', scheme: name });
    expect(guesses[0]?.chance).toBeLessThan(1e-6);
    const ids = made.map(([, { server_id }]) => server_id);
    expect(meaningsOf(name, guesses[0]?.parameters ?? {}, cids).map((found) => found?.id ?? null)).toEqual(ids);
  });

  it.each(['quic-lb', 'envoy'])('%s in the plain is told, with its parameters', (name) => {
    let tried = 0;
    for (let seed = 1; tried < 12; seed++) {
      const { given, make } = (ENCODERS[name] as (typeof ENCODERS)[string]).part(random(seed));
      if (given.key_file) continue;
      tried++;
      const { config_id, server_id_length: s, nonce_length: n } = given;
      const made = ofServers((next) => make(name === 'envoy' ? fewWorkers(s + n, next) : next), s, servers, 300, seed);
      const cids = made.map(([cid]) => cid);
      const { guesses } = guessScheme(distinctCids(cids));
      const guess = guesses.find(({ scheme }) => scheme === name);
      // A server id of eight bytes under configuration 0 is what AWS has.
      const best = name === 'quic-lb' && config_id === 0 && s === 8 ? 'aws-nlb' : name;
      expect(guesses[0]?.scheme, `seed ${seed}: ${JSON.stringify(given)}`).toBe(best);
      expect(guess?.parameters).toMatchObject({ config_id, server_id_length: s });
      expect(meaningsOf(name, guess?.parameters ?? {}, cids).map((found) => found?.id)).toEqual(
        made.map(([, { server_id }]) => server_id),
      );
    }
  });
});

it('quic-lb that tells its own length is told, and the nonce is what remains', () => {
  const next = random(3);
  const cids = many(200, () => concat(u8(0x40 | 7), u8(9, 9, next(6)), bytes(4, next)));
  expect(guessScheme(cids).guesses[0]).toMatchObject({
    yaml: '- quic-lb: {config_id: 2, server_id_length: 3, nonce_length: 4}',
    cids: 200,
    why: 'the first three bits are 2, the other five tell the length, and bytes 1-3 have 6 values',
  });
});

it.each([
  ['addresses', (server: number) => u8(10, 0, 0, 17 + server), 1],
  ['numbers', (server: number) => u8(17 + server, 0, 0, 0), 2],
])('MsQuic with %s is told', (_, idOf, load_balancing_mode) => {
  const next = random(5);
  const cids = many(200, () => concat(bytes(1, next), idOf(next(6)), bytes(9, next)));
  expect(guessScheme(cids).guesses[0]).toMatchObject({ scheme: 'msquic', parameters: { load_balancing_mode } });
});

it.each([
  ['bytes 2-3', 0, '- offset: {at: 2, length: 2, cid_length: 10}'],
  [
    'them and a constant byte 0',
    1,
    '- offset: {at: 2, length: 2, cid_length: 10, first_byte: {mask: 0xff, value: 0x5a}}',
  ],
])('what no scheme has is told by where it is: %s', (_, constant, yaml) => {
  const next = random(7);
  const servers = [0x1234, 0x5678, 0x9abc, 0xdef0, 0x0f1e];
  const cids = many(200, () =>
    concat(constant ? u8(0x5a) : bytes(1, next), bytes(1, next), u16(servers[next(5)] as number), bytes(6, next)),
  );
  expect(guessScheme(cids)).toMatchObject({ kind: 'guess', guesses: [{ scheme: 'offset', yaml }] });
});

it('what is ready to paste is taken by the configuration', () => {
  const next = random(11);
  const samples = [
    many(200, () => concat(u8(0x5a, next(256), 1, next(5)), bytes(6, next))),
    many(200, () => concat(u8(0x40 | 7), u8(9, 9, next(6)), bytes(4, next))),
    many(200, () => concat(u8(1, next(256), 0, next(6)), bytes(4, next))),
  ];
  for (const cids of samples) {
    const { guesses } = guessScheme(cids);
    expect(guesses.length).toBeGreaterThan(0);
    for (const { yaml } of guesses) {
      const path = join(folder, 'quic-top.yaml');
      writeFileSync(path, `schemes:\n  ${yaml}\n`);
      expect(readConfig(path).cids?.layouts.length).toBeGreaterThan(0);
    }
  }
});

describe('nothing is guessed', () => {
  it.each([1, 4, 8, 9, 14, 16, 17, 20])('of random connection IDs of %i bytes', (length) => {
    for (let seed = 1; seed <= 100; seed++) {
      const next = random(seed);
      const cids = many(200, () => bytes(length, next));
      const { kind, text } = guessScheme(cids);
      if (length === 1) expect(kind).not.toBe('guess');
      else
        expect([kind, text]).toEqual([
          'random',
          `random, nothing encoded (${cids.length} connection IDs of ${length} bytes); encrypted ones look the same`,
        ]);
    }
  });

  it('of random ones of many lengths', () => {
    const next = random(2);
    expect(guessScheme(many(200, () => bytes(8 + next(13), next)))).toMatchObject({ kind: 'random' });
  });

  it.each(['nghttpx', 'h2o', 'quic-lb'])('of those that %s encrypts', (name) => {
    for (let seed = 1; seed < 20; seed++) {
      const { given, make } = (ENCODERS[name] as (typeof ENCODERS)[string]).part(random(seed));
      if (name === 'quic-lb' && !given.key_file) continue;
      const next = random(seed);
      const verdict = guessScheme(many(200, () => make(next)[0]));
      expect(verdict).toMatchObject({ kind: 'other', guesses: [] });
      expect(verdict.text).toMatch(/^byte 0 is not random, the others are: nothing is encoded, or it is encrypted/);
    }
  });

  it('of too few, of none, and of one again and again', () => {
    const next = random(1);
    expect(guessScheme(many(5, () => bytes(8, next))).text).toBe('too few connection IDs to tell (5; 32 are needed)');
    expect(guessScheme([]).kind).toBe('too-few');
    expect(guessScheme(many(500, () => u8(1, 2, 3, 4))).text).toBe('too few connection IDs to tell (1; 32 are needed)');
  });

  it('of texts, of numbers that count, and of all but one byte the same', () => {
    const next = random(1);
    const digits = many(200, () => Buffer.from(hex(bytes(5, next))));
    const counting = many(3000, (i) => concat(u8(9, 0, 0, 0), u16(i)));
    const same = many(200, (i) => u8(1, 2, 3, 4, 5, 6, 7, 8, i));
    for (const cids of [digits, counting, same]) expect(guessScheme(cids).kind).toBe('other');
  });
});

it('a tenth of others does not hide what the rest is', () => {
  const next = random(9);
  const cids = many(400, (i) => (i % 20 === 0 ? bytes(8, next) : concat(u8(1, next(256), 0, next(6)), bytes(4, next))));
  expect(guessScheme(cids).guesses[0]).toMatchObject({ scheme: 'cidv1' });
});
