// The configuration: what is read of it, and every way in which one can be wrong, with line and column.
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCid } from '../../../src/core/cid/read-cid.js';
import type { CidReading } from '../../../src/core/cid/reading.js';
import { type Config, idBytes, NO_CONFIG, readConfig } from '../../../src/core/config/config.js';
import { UsageError } from '../../../src/core/text/errors.js';
import { SECRETS } from '../../support/cid-encoders.js';
import { hex, unhex } from '../../support/packets.js';

const KEY = '8f95f09245765f80256934e50c66207f';
let folder: string;
const at = (name: string) => join(folder, name);
const write = (name: string, text: string, mode = 0o600) => {
  writeFileSync(at(name), text);
  chmodSync(at(name), mode);
  return at(name);
};
const read = (text: string): Config => readConfig(write('c.yaml', text));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
  write('lb.key', `${KEY}\n`);
  write('nghttpx', SECRETS.nghttpx);
  write('tickets', SECRETS.h2o);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Of the design: all schemes at once. */
const ALL = `
ports: [443, 4433, 443]
schemes:
  - cidv1
  - quic-lb: {config_id: 0, server_id_length: 3, nonce_length: 4, key_file: lb.key}
  - envoy: {config_id: 1, server_id_length: 3, nonce_length: 4, key_file: ./lb.key}
  - aws-nlb
  - mvfst
  - nginx
  - udpgrm: {max_apps: 1}
  - nghttpx: {secret_file: nghttpx}
  - h2o: {ticket_file: tickets, clustered: true}
  - msquic: {load_balancing_mode: 1, partitions: 16}
  - offset: {at: 2, length: 2, cid_length: 8, first_byte: {mask: 0xc0, value: 0x40}}
servers:
  - {id: 17, name: edge-17, addresses: [10.0.0.17, "FD00::0017"]}
  - {id: 0x2cf06077718e08cb, name: pod}
  - {id: "base64:LPBgd3GOCMo="}
here: 17
`;

describe('is read', () => {
  it('with everything in it', () => {
    const config = read(ALL);
    expect(config).toMatchObject({
      ports: [443, 4433],
      servers: [
        { id: 17, name: 'edge-17', addresses: ['10.0.0.17', 'fd00::17'] },
        { id: 0x2cf06077718e08cbn, name: 'pod', addresses: [] },
        { id: 0x2cf06077718e08can, name: null, addresses: [] },
      ],
      here: 17,
    });
    const meant = (cid: string) => {
      const found = readCid(config.cids as CidReading, unhex(cid));
      return found && [found.layout.scheme.name, found.serverId && hex(found.serverId), found.layout.isGiven];
    };
    expect(meant('01330011445566')).toEqual(['cidv1', '0011', true]);
    expect(meant('0720b1d07b359d3c')).toEqual(['quic-lb', 'ed793a', true]);
  });

  it.each(['', '# nothing\n', '---\n'])('with nothing in it: %j', (text) => expect(read(text)).toEqual(NO_CONFIG));

  it('where it is a link, and where its owner alone may write', () => {
    expect(readConfig(write('c.yaml', 'ports: [443]', 0o644)).ports).toEqual([443]);
  });
});

const wrong: [text: string, place: string, problem: RegExp][] = [
  ['port: [443]', '1:1', /"port" is not known here/],
  ['ports: 443', '1:8', /ports is not a list/],
  ['ports: []', '1:8', /ports is empty/],
  ['ports: [443, 70000]', '1:14', /"70000": it must be a UDP port/],
  ['ports: ["443"]', '1:9', /it must be a UDP port/],
  ['ports: [4.5]', '1:9', /"4.5": it must be/],
  ['- cidv1', '1:1', /is not a mapping/],
  ['schemes: [cidv2]', '1:11', /there is no scheme "cidv2"/],
  ['schemes: []', '1:10', /schemes is empty/],
  ['schemes:\n  - quic-lb', '2:5', /quic-lb needs server_id_length, nonce_length/],
  ['schemes:\n  - quic-lb: {server_id_length: 3}', '2:5', /quic-lb needs nonce_length/],
  [
    'schemes:\n  - quic-lb: {server_id_length: 16, nonce_length: 4}',
    '2:33',
    /"16": it must be a number of bytes from 1 to 15/,
  ],
  ['schemes:\n  - quic-lb: {server_id_length: 15, nonce_length: 5}', '2:14', /20 bytes together: at most 19 fit/],
  ['schemes:\n  - envoy: {server_id_length: 10, nonce_length: 9}', '2:12', /19 bytes together: at most 18 fit/],
  [
    'schemes:\n  - quic-lb: {server_id_length: 3, nonce_length: 4, config_id: 7}',
    '2:64',
    /"7": it must be a number from 0 to 6/,
  ],
  ['schemes:\n  - quic-lb: {server_id: 3}', '2:15', /"server_id" is not known of quic-lb/],
  ['schemes:\n  - cidv1: {at: 1}', '2:13', /"at" is not known of cidv1/],
  ['schemes:\n  - quic-lb: {__proto__: 3}', '2:15', /"__proto__" is not known/],
  ['schemes:\n  - msquic: {load_balancing_mode: 3}', '2:35', /"3": it must be 0 \(none\)/],
  ['schemes:\n  - udpgrm: {max_apps: 3}', '2:24', /"3": it must be 1, 2 or 4/],
  ['schemes:\n  - h2o: {ticket_file: tickets, clustered: 1}', '2:44', /it must be true/],
  ['schemes:\n  - offset: {at: 2}', '2:13', /either at and length/],
  ['schemes:\n  - offset: {at: 2, length: 2, bit: 1, bits: 2}', '2:13', /either at and length/],
  ['schemes:\n  - offset: {at: 19, length: 2}', '2:13', /the server id ends at byte 21: connection IDs have 20/],
  ['schemes:\n  - offset: {bit: 3, bits: 16, byte_order: little}', '2:13', /little is for whole bytes/],
  [
    'schemes:\n  - offset: {at: 2, length: 2, first_byte: {mask: 1, value: 2}}',
    '2:44',
    /value has bits that mask has not/,
  ],
  ['schemes: [mvfst: {}, mvfst: {}, {a: 1, b: 2}]', '1:40', /each scheme is an item of the list/],
  [`schemes:\n${'  - mvfst\n'.repeat(9)}`, '2:3', /27 layouts of connection IDs: 24 fit/],
  [
    'schemes:\n  - quic-lb: {server_id_length: 3, nonce_length: 4, key_file: no.key}',
    '2:63',
    /cannot read the key file .*no\.key \(ENOENT\)/,
  ],
  ['schemes:\n  - nghttpx: {secret_file: lb.key}', '2:14', /line 1 has 32 characters instead of 136 hex digits/],
  ['schemes:\n  - h2o: {ticket_file: lb.key}', '2:10', /not a list of session tickets/],
  ['servers: [17]', '1:11', /a server is not a mapping/],
  ['servers:\n  - {name: edge}', '2:5', /this server has no id/],
  ['servers:\n  - {id: edge}', '2:10', /"edge": it must be an id/],
  ['servers:\n  - {id: 0x11223344556677889900112233445566}', '2:10', /it must be an id of at most 15 bytes/],
  ['servers:\n  - {id: "base64:LPBgd3GOCMo"}\n  - {id: "base64:###"}', '3:10', /it must be an id/],
  ['servers:\n  - {id: 17}\n  - {id: 0x11}', '3:5', /another server has this id/],
  ['servers:\n  - {id: 17, name: a}\n  - {id: 18, name: a}', '3:5', /another server is called a already/],
  ['servers:\n  - {id: 17, name: Edge}\n  - {id: 18, name: edge}', '3:5', /is called edge already/],
  [`schemes:\n  - quic-lb: {server_id_length: 3, nonce_length: 4, key_file: ${KEY}}`, '2:63', /this is a key/],
  [`schemes: ${'['.repeat(100_000)}`, '1:1', /nested too deeply/],
  ['servers:\n  - {id: 17, name: "17"}', '2:20', /it must be a name/],
  ['servers:\n  - {id: 17, name: "a\\e[31m"}', '2:20', /it must be a name/],
  ['servers:\n  - {id: 17, addresses: [10.0.0]}', '2:26', /it must be an IPv4 or IPv6 address/],
  ['servers:\n  - {id: 17, adresses: []}', '2:14', /"adresses" is not known of a server/],
  ['here: [1]', '1:7', /it must be an id/],
  ['a: &x 1\nports: *x', '2:8', /aliases/],
  ['ports: &x [1]\nservers: *x', '2:10', /aliases/],
  ['ports: [1\nservers: 2', '2:1', /./],
  ['ports: [1]\nports: [2]', '2:1', /"ports" stands here twice/],
];

it.each(wrong)('%j is refused, with its place', (text, place, problem) => {
  const error = (() => {
    try {
      read(text);
    } catch (error) {
      return error as UsageError;
    }
  })();
  expect(error).toBeInstanceOf(UsageError);
  expect(error?.message.startsWith(`${at('c.yaml')}:${place}: `), error?.message).toBe(true);
  expect(error?.message).toMatch(problem);
  expect(`${error?.message} ${error?.hint}`).not.toContain(KEY.slice(0, 8));
});

describe('belongs to whom it should', () => {
  const refused = (path: string, what: RegExp, hint: RegExp) => {
    const error = (() => {
      try {
        readConfig(path);
      } catch (error) {
        return error as UsageError;
      }
    })();
    expect(error?.message).toMatch(what);
    expect(error?.hint).toMatch(hint);
  };

  it('a file that others may write is refused', () => {
    refused(write('g.yaml', 'ports: [1]', 0o620), /may be written by others/, /^chmod go-w .*g\.yaml$/);
    refused(write('o.yaml', 'ports: [1]', 0o606), /may be written by others/, /chmod go-w/);
  });

  it('and that of a stranger', () => {
    const path = write('s.yaml', 'ports: [1]');
    chownSync(path, 12345, 12345);
    refused(path, /belongs to uid 12345/, /^sudo chown root /);
  });

  it('and a key that others may read', () => {
    const text = 'schemes:\n  - quic-lb: {server_id_length: 3, nonce_length: 4, key_file: open.key}';
    write('open.key', KEY, 0o640);
    refused(write('c.yaml', text), /2:63: the key file .* may be read by others/, /^chmod 600 .*open\.key$/);
  });

  it.each([
    ['0'.repeat(32), /all zeros/],
    [`${KEY}00`, /32 hex digits/],
    ['', /32 hex digits/],
  ])('and a key that is none: %j', (key, problem) => {
    const text = 'schemes:\n  - quic-lb: {server_id_length: 3, nonce_length: 4, key_file: bad.key}';
    write('bad.key', key);
    refused(write('c.yaml', text), problem, /./);
  });

  it('and what is no file', () => {
    refused(folder, /is not a regular file|EISDIR/, /./);
    refused('/dev/zero', /is not a regular file/, /./);
    refused(at('nowhere.yaml'), /\(ENOENT\)/, /ls -l/);
  });
});

it.each([
  ['17', '11'],
  ['0x0011', '11'],
  ['0X2CF06077718E08CA', '2cf06077718e08ca'],
  ['base64:LPBgd3GOCMo=', '2cf06077718e08ca'],
  ['LPBgd3GOCMo=', null],
  ['-1', null],
  ['', null],
])('reads the id %j', (text, digits) => {
  const bytes = idBytes(text);
  expect(bytes && hex(bytes)).toBe(digits);
});
