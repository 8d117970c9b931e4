// quic-top import: a real text of each software, what is printed for it, and what cannot be imported.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runImport } from '../../../src/commands/import.js';
import { readConfig } from '../../../src/core/config/config.js';
import { configText, IMPORTERS } from '../../../src/core/config/import/index.js';
import { errorText, QuicTopError } from '../../../src/core/text/errors.js';

const fixture = (name: string) => join(import.meta.dirname, '../../fixtures/import', name);
const contents = (name: string) => readFileSync(fixture(name), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a text is printed as. */
function imported(kind: string, text: string, path = '/x/file'): string {
  const importer = IMPORTERS.find((each) => each.kind === kind);
  if (!importer) throw new Error(`no importer ${kind}`);
  return configText(importer.read(text, path));
}

/** What is said about a text that cannot be imported: safe to print, and in one line each. */
function refused(kind: string, text: string, path?: string): string {
  try {
    imported(kind, text, path);
  } catch (error) {
    expect(error).toBeInstanceOf(QuicTopError);
    const said = errorText(error);
    expect(said).toMatch(/^[\x20-\x7e]+\nNext: [\x20-\x7e]+$/);
    return said.slice(0, said.indexOf('\nNext: '));
  }
  throw new Error('it was imported');
}

const notesOf = (yaml: string) =>
  yaml
    .split('\n')
    .filter((line) => line.startsWith('# '))
    .map((line) => line.slice(2))
    .join(' ');

/** Part of a document, changed. */
const changed = (text: string, from: string, to: string) => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe('envoy', () => {
  const text = contents('envoy.yaml');

  it('reads a bootstrap with its secret', async () => {
    const yaml = await runImport('envoy', fixture('envoy.yaml'));
    expect(parse(yaml)).toEqual({
      ports: [443, 8443],
      schemes: [{ envoy: { config_id: 2, server_id_length: 3, nonce_length: 4, key_file: '/etc/quic-top/envoy.key' } }],
      servers: [{ id: '0x00311a', addresses: ['10.0.0.17', 'fd00::17'] }],
    });
    expect(yaml).toContain(
      '  - envoy: {config_id: 2, server_id_length: 3, nonce_length: 4, key_file: /etc/quic-top/envoy.key}\n',
    );
    expect(yaml).toContain('#   install -D -m 600 /dev/null /etc/quic-top/envoy.key\n');
    expect(yaml).toContain('#   head -c 16 | od -An -v -tx1 | tr -cd 0-9a-f > /etc/quic-top/envoy.key\n');
    expect(notesOf(yaml)).toContain('add here: "0x00311a"');
  });

  it('reads what the guide of AWS has, and the secret next to it', async () => {
    const yaml = await runImport('envoy', fixture('envoy-aws.yaml'));
    expect(parse(yaml)).toEqual({
      ports: [3000],
      schemes: [{ envoy: { config_id: 0, server_id_length: 8, nonce_length: 10 } }],
    });
    expect(notesOf(yaml)).toContain('the server id is in the variable AWS_LBC_QUIC_SERVER_ID of Envoy');
    expect(notesOf(yaml)).not.toContain('guess');
  });

  it('says what it guesses where the secret is not here', () => {
    const yaml = imported('envoy', contents('envoy-aws.yaml'), '-');
    expect(notesOf(yaml)).toContain('config_id 0 is a guess, the secret quic_lb is in envoy-secret.yaml, which cannot');
    const secret = changed(contents('envoy-secret.yaml'), 'AA==', 'Bg==');
    const both = imported('envoy', `${contents('envoy-aws.yaml')}---\n${secret}`, '-');
    expect(parse(both).schemes).toEqual([{ envoy: { config_id: 6, server_id_length: 8, nonce_length: 10 } }]);
  });

  it('reads a config_dump, whose secrets were taken out, and either spelling', () => {
    const generator = {
      '@type': 'type.googleapis.com/envoy.extensions.quic.connection_id_generator.quic_lb.v3.Config',
      serverId: { inlineString: 'LPBgd3GOCMo=' },
      serverIdBase64Encoded: true,
      nonceLengthBytes: 8,
      encryptionParameters: { name: 'lb' },
    };
    const listener = {
      address: { socketAddress: { address: '0.0.0.0', portValue: 4433 } },
      udpListenerConfig: { quicOptions: { connectionIdGeneratorConfig: { typedConfig: generator } } },
    };
    const redacted = { inline_bytes: Buffer.from('[redacted]').toString('base64') };
    const secret = {
      name: 'lb',
      generic_secret: { secrets: { encryption_key: redacted, configuration_version: redacted } },
    };
    const dump = {
      configs: [{ dynamic_listeners: [{ active_state: { listener } }] }, { static_secrets: [{ secret }] }],
    };
    const yaml = imported('envoy', JSON.stringify(dump));
    expect(parse(yaml)).toEqual({
      ports: [4433],
      schemes: [{ envoy: { config_id: 0, server_id_length: 8, nonce_length: 8, key_file: '/etc/quic-top/envoy.key' } }],
      servers: [{ id: '0x2cf06077718e08ca' }],
    });
    expect(notesOf(yaml)).toContain('config_id 0 is a guess, configuration_version is not in the text');
  });

  it('reads server id and version from files, and leaves the key there', () => {
    writeFileSync(join(folder, 'id'), Buffer.from('000102ff', 'hex'));
    writeFileSync(join(folder, 'key'), 'Zq4tVx9LmB2cKw7R');
    writeFileSync(join(folder, 'version'), Buffer.of(5));
    let there = changed(text, 'inline_bytes: ADEa', `filename: ${join(folder, 'id')}`);
    there = changed(there, 'expected_server_id_length: 3', 'expected_server_id_length: 4');
    there = changed(there, 'inline_string: "Zq4tVx9LmB2cKw7R"', `filename: ${join(folder, 'key')}`);
    there = changed(there, 'inline_bytes: Ag==', `filename: version`);
    const yaml = imported('envoy', there, join(folder, 'envoy.yaml'));
    expect(parse(yaml).schemes[0].envoy).toMatchObject({ config_id: 5, server_id_length: 4 });
    expect(parse(yaml).servers[0].id).toBe('0x000102ff');
    expect(yaml).toContain(`#   cat ${join(folder, 'key')} | od -An -v -tx1`);
    // A name that a shell would take for more than a name is in no command.
    expect(imported('envoy', changed(there, join(folder, 'key'), '"/k$(reboot)"'), '/x/y')).toContain(
      '#   cat FILE | od',
    );
  });

  it('needs the length of an id that is elsewhere', () => {
    const elsewhere = changed(text, 'inline_bytes: ADEa', 'environment_variable: ID');
    expect(parse(imported('envoy', elsewhere))).not.toHaveProperty('servers');
    const without = changed(elsewhere, '            expected_server_id_length: 3\n', '');
    expect(refused('envoy', without)).toContain('the server id is not in this text, nor its length');
  });

  it.each([
    ['ADEa', 'AD', 'line 38, static_resources.listeners[1].udp', '1 bytes instead of 3'],
    ['nonce_length_bytes: 4', 'nonce_length_bytes: 3', 'line 39', 'whole number from 4 to 16'],
    ['nonce_length_bytes: 4', 'nonce_length_bytes: 16', 'line 37', '3 bytes and 16 of the nonce are more than 18'],
    ['nonce_length_bytes: 4', 'nonce_length_bytes: [4]', 'line 39', 'must be a text'],
    ['expected_server_id_length: 3', 'expected_server_id_length: 4', 'line 38', '3 bytes instead of 4'],
    ['"Zq4tVx9LmB2cKw7R"', '"Zq4tVx9LmB2cKw7"', 'line 13', 'has 16 bytes, this has 15'],
    ['Ag==', 'Bw==', 'line 15', 'one byte below 7'],
    ['Ag==', '"%%"', 'line 15', 'must be base64'],
    ['- name: quic_lb', '- name: other', 'line 41', 'no static secret has this name'],
    ['quic_lb.v3.Config', 'other.v3.Config', '', 'no connection_id_generator_config of quic_lb'],
    ['udp_listener_config', 'no_config', '', 'no QUIC listener is in it'],
  ])('refuses %j as %j', (from, to, where, what) => {
    const said = refused('envoy', changed(text, from, to));
    expect(said).toContain('quic-top: cannot import /x/file');
    expect(said).toContain(where);
    expect(said).toContain(what);
    expect(said).not.toContain('Zq4tVx9');
  });
});

describe('katran', () => {
  it('reads what the client prints', async () => {
    const yaml = await runImport('katran', fixture('katran.txt'));
    expect(parse(yaml)).toEqual({
      schemes: ['mvfst'],
      servers: [
        { id: 17, addresses: ['10.0.0.17', 'fd00::17'] },
        { id: 18, addresses: ['10.0.0.18'] },
        { id: 16777214, addresses: ['10.0.0.19'] },
        { id: 0, addresses: ['10.0.0.20'] },
        { id: 4294967294, addresses: ['10.0.0.21'] },
      ],
    });
    expect(notesOf(yaml)).toMatch(/never routes these ids.*: 0, 4294967294 katran routes .* 0xfffffd: 16777214/);
  });

  it('reads what the client is given, with other blanks', () => {
    const text =
      '10.0.0.1=1\r\nkatran_goclient -quic_mapping "fd00::2=2"\n\treal:10.0.0.3=connection id:\t3 \nREAL = 4\na=b=c\n';
    expect(parse(imported('katran', text)).servers).toEqual([
      { id: 1, addresses: ['10.0.0.1'] },
      { id: 2, addresses: ['fd00::2'] },
      { id: 3, addresses: ['10.0.0.3'] },
    ]);
  });

  it.each([
    ['\n10.0.0.1=x', 'line 2: its connection id is no whole number of 32 bits'],
    ['10.0.0.1=4294967296', 'line 1'],
    ['real: 10.0.0.1 = connection id:', 'line 1'],
    ['', 'no line has an address'],
    ['exiting', 'no line has an address'],
  ])('refuses %j', (text, what) => {
    expect(refused('katran', text)).toContain(what);
  });

  it('takes so many servers and no more, however often they come', () => {
    const line = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}=1`;
    const most = Array.from({ length: 99_999 }, (_, i) => line(i));
    expect(IMPORTERS[1]?.read([...most, ...most].join('\n'), 'x').servers[0]?.addresses).toHaveLength(99_999);
    expect(refused('katran', [...most, line(100_000)].join('\n'))).toContain('more than 100000 servers');
  });
});

describe('nghttpx', () => {
  const text = contents('nghttpx-secret.txt');
  const secret = text.split('\n').find((line) => line.startsWith('4')) as string;

  it('refers to the file', async () => {
    const yaml = await runImport('nghttpx', fixture('nghttpx-secret.txt'));
    expect(parse(yaml)).toEqual({ schemes: [{ nghttpx: { secret_file: fixture('nghttpx-secret.txt') } }] });
    expect(notesOf(yaml)).toContain('--quic-server-id');
    expect(yaml).not.toMatch(/[0-9a-f]{9}/i);
  });

  it('does not look at what nghttpx does not look at', () => {
    expect(imported('nghttpx', `${`${secret}\n`.repeat(8)}rubbish`)).toContain('secret_file');
    expect(notesOf(imported('nghttpx', secret, '-'))).toContain('standard input has no name');
  });

  it.each([
    [`# a\n\n${secret.slice(1)}`, 'line 3 has 135 characters instead of 136'],
    [secret.replace('4', 'g'), 'line 1 has other characters'],
    [`${secret}\r\n`, 'line 1 has 137 characters'],
    ['# nothing\n', 'no line has a secret'],
  ])('refuses a line, and shows nothing of it (%#)', (bad, what) => {
    const said = refused('nghttpx', bad);
    expect(said).toContain(what);
    expect(said).not.toMatch(/[0-9a-f]{9}/i);
  });
});

describe('h2o', () => {
  const conf = contents('h2o.conf');
  const tickets = contents('h2o-tickets.yaml');

  it('reads a configuration', async () => {
    const yaml = await runImport('h2o', fixture('h2o.conf'));
    expect(parse(yaml)).toEqual({
      ports: [443],
      schemes: [{ h2o: { ticket_file: '/etc/h2o/tickets.yaml', clustered: true } }],
      servers: [
        { id: 1, addresses: ['10.0.0.1'] },
        { id: 2, addresses: ['10.0.0.2'] },
        { id: 3, addresses: ['fd00::3'] },
        { id: 4, name: 'edge-4.example.net' },
      ],
    });
    expect(notesOf(yaml)).toContain('this h2o is node 2');
  });

  it('takes self 0 for no cluster, and casts a node as h2o does', () => {
    const alone = parse(imported('h2o', changed(conf, 'self: 2', 'self: 0')));
    expect([alone.schemes[0].h2o.clustered, alone.servers]).toEqual([false, undefined]);
    const long = parse(imported('h2o', changed(conf, '    4:', '    4294967300:')));
    expect(long.servers[3].id).toBe(4);
  });

  it('reads a ticket file, and refers to it', async () => {
    const yaml = await runImport('h2o', fixture('h2o-tickets.yaml'));
    const ticketFile = fixture('h2o-tickets.yaml');
    expect(parse(yaml)).toEqual({ schemes: [{ h2o: { ticket_file: ticketFile, clustered: false } }] });
    expect(notesOf(yaml)).toContain('clustered: true');
    expect(yaml).not.toMatch(/[0-9a-f]{9}/i);
  });

  it('finds a relative ticket file next to the configuration', () => {
    const yaml = imported('h2o', changed(conf, '/etc/h2o/tickets.yaml', 't/../keys.yaml'), '/srv/h2o.conf');
    expect(parse(yaml).schemes).toEqual([{ h2o: { ticket_file: '/srv/keys.yaml', clustered: true } }]);
  });

  it.each([
    [
      conf,
      'ticket-store: file',
      'ticket-store: memcached',
      'line 8, ssl-session-resumption: h2o keeps its ticket keys',
    ],
    [conf, 'mode: ticket', 'mode: off', 'no session tickets'],
    [conf, 'ssl-session-resumption', 'other', 'ticket-store is internal'],
    [conf, '  ticket-file: /etc/h2o/tickets.yaml', '  ticket-file: {a: 1}', 'line 10'],
    [conf, 'self: 2', 'self: two', 'line 12, quic-nodes.self: the number of a node'],
    [conf, '    3:', '    three:', 'line 16, quic-nodes.mapping.three: the number of a node'],
    [conf, 'hosts:\n', 'hosts: []\nother:\n', 'line 18, hosts: this must be a mapping'],
    [tickets, '- name: a7', '- name: a', 'line 2, [0].name: a name is 32 hex digits'],
    [tickets, '  key: 0', '  key: x', 'line 5, [0].key: a key is hex digits'],
    [tickets, '  cipher: aes-128-cbc\n', '', 'line 8, [1].cipher: this is missing'],
  ])('refuses what is wrong (%#)', (text, from, to, what) => {
    const said = refused('h2o', changed(text, from, to));
    expect(said).toContain(what);
    expect(said).not.toMatch(/[0-9a-f]{9}/i);
  });

  it.each(['[]', 'text', '', '---\n- 1\n', 'a: "b'])('refuses %j', (text) => {
    refused('h2o', text);
  });
});

describe('aws', () => {
  it('reads target health', async () => {
    const yaml = await runImport('aws', fixture('aws-target-health.json'));
    expect(parse(yaml)).toEqual({
      ports: [3000],
      schemes: ['aws-nlb'],
      servers: [
        { id: '0x2cf06077718e08ca', addresses: ['10.0.1.23'] },
        { id: '0x2cf06077718e084b', name: 'i-0f76fade0f76fade0' },
      ],
    });
    expect(notesOf(yaml)).toBe('1 of 3 targets have no QuicServerId, and are left out');
  });

  const servers = [
    { id: '0x2cf06077718e08ca', name: 'envoy-6d5f7c9b8d-2xk4q', addresses: ['10.0.1.23', '2600:1f18::17'] },
    { id: '0x2d6575a16fa08ea4', name: 'envoy-6d5f7c9b8d-9wz7p' },
  ];

  it('reads pods, and a pod', async () => {
    const yaml = await runImport('aws', fixture('kubectl-pods.json'));
    expect(parse(yaml)).toEqual({ ports: [3000], schemes: ['aws-nlb'], servers });
    expect(notesOf(yaml)).toBe('1 of 3 pods have no AWS_LBC_QUIC_SERVER_ID, and are left out');
    const pod = JSON.stringify(JSON.parse(contents('kubectl-pods.json')).items[1]);
    expect(parse(imported('aws', pod)).servers).toEqual([servers[1]]);
  });

  it.each([
    ['"LPBgd3GOCMo="', '"2cf06077718e08ca"', 'items[0].spec.containers[0].env[1].value: ', 'this is 16 hex digits'],
    ['"LPBgd3GOCMo="', '"0x2CF06077718E08CA"', '', 'this is 16 hex digits'],
    ['"LPBgd3GOCMo="', '"LPBgd3GOCA=="', '', 'this is base64 of 7'],
    ['"LPBgd3GOCMo="', '"LPBg d3GOCMo"', '', 'this is not base64'],
    ['"LPBgd3GOCMo="', '["LPBgd3GOCMo="]', '', 'must be a text'],
    ['"value": "LPBgd3GOCMo="', '"valueFrom": {}', '', 'has no value of its own'],
    ['"10.0.1.23"', '"10.0.1.233.1"', 'items[0].status.podIP: ', 'not an IP address'],
    ['"envoy-6d5f7c9b8d-2xk4q"', '"a\\u001b[2J"', 'items[0].metadata.name: ', 'not the name of a target or pod'],
    ['"kind": "List"', '"kind": "Secret"', '', 'neither target health nor pods'],
    ['"phase": "Pending" }\n        },', '"phase": "Pending" }\n        }', 'line 53: ', 'this is not JSON'],
    ['"spec": {\n', '"spec": [], "x": {\n', 'items[0].spec: ', 'must be a mapping'],
  ])('refuses %j as %j', (from, to, where, what) => {
    const said = refused('aws', changed(contents('kubectl-pods.json'), from, to));
    expect(said).toContain(`/x/file, ${where}`.replace(/, $/, ''));
    expect(said).toContain(what);
  });

  it.each([
    ['0x2cf06077718e08ca', '2cf06077718e08ca', '[0].Target.QuicServerId: a QuicServerId is 0x and 16 hex digits'],
    ['"Port": 3000', '"Port": 70000', '[0].Target.Port: this must be a whole number from 1 to 65535'],
  ])('refuses %j as %j', (from, to, what) => {
    expect(refused('aws', changed(contents('aws-target-health.json'), from, to))).toContain(what);
  });

  it('refuses what has no id at all', () => {
    expect(refused('aws', '{"TargetHealthDescriptions": []}')).toContain('none of these targets has a QuicServerId');
    expect(refused('aws', '{"kind": "List", "items": [{"kind": "Service"}]}')).toContain('no container of these pods');
    expect(refused('aws', '{"__proto__": {"kind": "Pod"}}')).toContain('neither');
    expect(refused('aws', '')).toContain('nothing is in it');
  });

  it('joins what has one id', () => {
    const target = (Id: string) => ({ Target: { Id, QuicServerId: '0x0000000000000001' } });
    const yaml = imported(
      'aws',
      JSON.stringify({ TargetHealthDescriptions: [target('10.0.0.1'), target('10.0.0.2')] }),
    );
    expect(parse(yaml).servers).toEqual([{ id: '0x0000000000000001', addresses: ['10.0.0.1', '10.0.0.2'] }]);
    expect(notesOf(yaml)).toContain('several servers have the same id');
  });
});

describe('names', () => {
  it('are such as the configuration takes, and no two the same', () => {
    const names = ['a.b-c', 'A.b-c', 'a.b-c', '9x', 'arn:aws:x/1', `x${'y'.repeat(99)}-7`];
    const target = (Id: string, i: number) => ({ Target: { Id, QuicServerId: `0x000000000000000${i}` } });
    const yaml = imported('aws', JSON.stringify({ TargetHealthDescriptions: names.map(target) }));
    expect(parse(yaml).servers.map(({ name }: { name: string }) => name)).toEqual([
      'a.b-c',
      'A.b-c-2',
      'a.b-c-3',
      '_9x',
      'arn_aws_x_1',
      `${'y'.repeat(61)}-7`,
    ]);
  });
});

describe('what is printed', () => {
  it.each([
    ['envoy', 'envoy.yaml', 1],
    ['envoy', 'envoy-aws.yaml', 0],
    ['katran', 'katran.txt', 5],
    ['nghttpx', 'nghttpx-secret.txt', 0],
    ['h2o', 'h2o.conf', 4],
    ['h2o', 'h2o-tickets.yaml', 0],
    ['aws', 'aws-target-health.json', 2],
    ['aws', 'kubectl-pods.json', 2],
  ])('is read by --config: %s, %s', async (kind, name, servers) => {
    const secret = { envoy: '00112233445566778899aabbccddeeff\n', nghttpx: contents('nghttpx-secret.txt') }[kind];
    const key = join(folder, 'secret');
    rmSync(key, { force: true });
    writeFileSync(key, secret ?? contents('h2o-tickets.yaml'), { mode: 0o600 });
    const yaml = await runImport(kind, fixture(name));
    const path = join(folder, 'quic-top.yaml');
    writeFileSync(path, yaml.replace(/(_file: )[^,}]*/, `$1${key}`));
    expect(readConfig(path).servers).toHaveLength(servers);
  });
});

describe('hostile texts', () => {
  it.each([
    [
      'aliases that multiply',
      `a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
      'aliases',
    ],
    ['many aliases', Array.from({ length: 1001 }, (_, i) => `- &a${i} 1\n- *a${i}`).join('\n'), 'aliases'],
    ['an alias of nothing', 'a: *b', 'aliases'],
    ['depth', '['.repeat(20_000), 'not YAML'],
    ['length', `a: ${'x'.repeat(2 ** 21)}`, 'more than 2 MiB of YAML'],
    ['keys that objects have', '__proto__: {udp_listener_config: {quic_options: {}}}\nconstructor: 1', 'quic_lb'],
    [
      'a key that is shown',
      `hosts: {"a\u001b[31m${'b'.repeat(99)}": 1}\nudp_listener_config: {quic_options: {connection_id_generator_config: []}}`,
      'line 2',
    ],
  ])('%s', (_, text, what) => {
    expect(refused('envoy', text)).toContain(what);
  });

  it('prints nothing that a terminal would take for more than text', () => {
    const names = [
      'a\u001b[2Jb',
      'c\u009bd',
      'e\u2028f',
      'g\u202eh',
      'true',
      '0x10',
      '- x: #',
      'k\nl',
      'é',
      '"',
      '\u{e0001}',
    ];
    const config = {
      schemes: ['mvfst'],
      servers: names.map((name, id) => ({ id, name })),
      notes: ['n\u001b[2J\n  do this', 'x '.repeat(99)],
    };
    const yaml = configText(config);
    expect(parse(yaml).servers.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(yaml).toMatch(/^[\n\x20-\x7eé]*$/);
    expect(yaml.split('\n').slice(0, 4)).toEqual([
      '# n\\x1b[2J',
      '#   do this',
      `# ${'x '.repeat(50).trim()}`,
      `# ${'x '.repeat(49)}`,
    ]);
  });
});

describe('the command', () => {
  const said = async (kind: string, path: string) => errorText(await runImport(kind, path).catch((error) => error));

  it('names the kinds', async () => {
    expect(await said('ngin\u001b', 'x')).toContain('import: "ngin\\x1b" is none of envoy, katran, nghttpx, h2o, aws');
    expect(await said('aws', '')).toContain('import: no file given');
  });

  it('says why a file cannot be read', async () => {
    expect(await said('aws', join(folder, 'none'))).toContain('no such file or directory (ENOENT)');
    expect(await said('aws', folder)).toContain('EISDIR');
    expect(await said('aws', '/dev/zero')).toContain('longer than 16 MiB');
    writeFileSync(join(folder, 'binary'), Buffer.of(0xff, 0xfe, 0));
    expect(await said('aws', join(folder, 'binary'))).toContain('not text (UTF-8)');
  });

  it('prints no key', async () => {
    for (const [kind, name] of [
      ['envoy', 'envoy.yaml'],
      ['envoy', 'envoy-aws.yaml'],
      ['h2o', 'h2o-tickets.yaml'],
      ['nghttpx', 'nghttpx-secret.txt'],
    ] as const) {
      const yaml = await runImport(kind, fixture(name));
      for (const key of [
        'Zq4tVx9LmB2cKw7R',
        Buffer.from('Zq4tVx9LmB2cKw7R').toString('hex'),
        '0000000',
        '3030',
        '1112131415',
        '2222222',
      ])
        expect(yaml).not.toContain(key);
    }
  });
});
