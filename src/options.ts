// The command line: its options, their help, and what they may be. One table for yargs, one checked result.
import { existsSync } from 'node:fs';
import yargs, { type InferredOptionTypes } from 'yargs';
import { readingOf } from './core/cid/reading.js';
import { NAMED_SCHEMES, schemeNamed } from './core/cid/schemes.js';
import { nameServers } from './core/cid/server-names.js';
import type { Config } from './core/config/config.js';
import { formatOf, STDOUT } from './core/export/file-name.js';
import { compileFilter, type Filter, longOnly } from './core/filter/index.js';
import type { HookOptions } from './core/host/choose-hook.js';
import { LIMITS, RECORDER_LIMITS } from './core/native/abi.gen.js';
import { type Egress, SHORT_MODES, type ShortMode } from './core/native/addon.js';
import { UsageError } from './core/text/errors.js';
import {
  parseCount,
  parseCpus,
  parseDuration,
  parseNames,
  parsePorts,
  parseSize,
  parseSnaplen,
  type Snaplen,
} from './core/text/values.js';
import { VERSION } from './core/text/version.js';
import { COLUMN_IDS, DEFAULT_COLUMNS } from './ui/capture/table/packet-columns.js';
import { THEMES } from './ui/theme/theme.js';

/** Entries of cid_counter: a larger table would take gigabytes of kernel memory. */
const MAX_CID_TABLE = 2 ** 24;
const MAX_BUFFER = 2 ** 32;
const MAX_BUDGET = 10 ** 9;
const MAX_SAMPLE = 10 ** 9;
/** Where the configuration is when nobody says. */
const DEFAULT_CONFIG = '/etc/quic-top/quic-top.yaml';
/** Of the headers of most packets as much as tells where they go. */
const MIN_SNAPLEN = 64;
const MAX_SNAPLEN = RECORDER_LIMITS.FRAME_MAX;
const DEFAULT_BUFFER = '64M';
/** Values of the field `event` of JSON lines that can be asked for. */
const EVENTS = ['packet', 'connection'];

export interface Options {
  /** Empty when a capture file is read. */
  interface: string;
  /** The capture file to read instead of an interface, "-" for standard input, or null. */
  read: string | null;
  listInterfaces: boolean;
  /** To say whether quic-top can run here instead of running it. */
  doctor: boolean;
  /** Connection IDs to explain, and nothing else; empty: those of stdin. */
  cids: readonly string[] | null;
  /** A file of connection IDs whose scheme is to be guessed, and nothing else; "-" is standard input. */
  guess: string | null;
  /** Another software's text to make a configuration of, and nothing else. */
  importing: { kind: string; file: string } | null;
  ports: number[];
  mode: 'auto' | 'divert' | 'tap';
  hook: HookOptions['hook'];
  xdp: HookOptions['xdp'];
  egress: Egress;
  /** AF_XDP sockets of each RX queue. */
  sockets: number;
  zeroCopy: boolean;
  /** Of the threads that take packets from the kernel, in turn; none: where the kernel puts them. */
  cpus: readonly number[];
  /** Packets that each CPU may capture in a second, 0: as many as come; null: nobody said. */
  budget: number | null;
  /** Which packets with a short header become packets that are shown: of a file all or none. */
  short: ShortMode;
  /** One in so many short headers is captured besides, 0: none. */
  sample: number;
  divertShort: boolean;
  filter: Filter;
  /** Capture file to write, "-" for stdout, or empty. */
  write: string;
  json: boolean;
  /** What becomes a line of JSON. */
  events: readonly string[];
  /** The connections of a capture file instead of its packets. */
  connections: boolean;
  quiet: boolean;
  headless: boolean;
  /** Packets that match the filter after which to stop, or Infinity. */
  count: number;
  /** Milliseconds after which to stop, or null. */
  duration: number | null;
  bufferBytes: number;
  /** False: nobody said how large the buffer should be. */
  bufferGiven: boolean;
  cidTable: number;
  /** See CaptureOptions. Undefined: nobody said by what schemes connection IDs are read. */
  cidLayouts: Uint8Array | undefined;
  cidKeys: Uint8Array | undefined;
  snaplen: Snaplen;
  exportDir: string;
  /** Not to ask before a driver resets its port. */
  yes: boolean;
  /** Undefined: nobody said. */
  promiscuous: boolean | undefined;
  /** Ids of the packet list's columns, in order. */
  columns: readonly string[];
  theme: (typeof THEMES)[number];
  /** Whom to become after set-up, by name or number; empty: see userToBecome. */
  user: string;
  /** To confine itself once root is given up. */
  sandbox: boolean;
}

const TABLE = {
  interface: { alias: 'i', string: true, describe: 'the interface to watch (or as the first argument)' },
  'list-interfaces': { alias: 'D', boolean: true, describe: 'list the interfaces and exit' },
  read: { alias: 'r', string: true, describe: 'read a capture file instead: pcap or pcapng, also gzip; "-" is stdin' },
  config: {
    string: true,
    defaultDescription: `${DEFAULT_CONFIG}, if it is there`,
    describe: 'a file (YAML) with ports, connection ID schemes, keys and servers; none: without',
  },
  port: {
    string: true,
    defaultDescription: String(LIMITS.DEFAULT_PORT),
    describe: 'watched UDP ports: 443,4433 or 8000-8100',
  },
  mode: {
    choices: ['auto', 'divert', 'tap'],
    defaultDescription: 'auto',
    describe:
      'tap copies packets; divert takes those that name a backend from the host; auto diverts on a mirror port only',
  },
  hook: {
    choices: ['socket', 'tc', 'xdp'],
    defaultDescription: 'socket; xdp to divert',
    describe: 'what sees the packets that arrive: a socket filter, a tc program, or an XDP program',
  },
  xdp: {
    choices: ['native', 'generic'],
    defaultDescription: 'native',
    describe: 'the XDP program runs in the driver, or behind it, which is slower',
  },
  egress: {
    choices: ['auto', 'socket', 'none'],
    defaultDescription: 'auto',
    describe:
      'what sees the packets that leave: tcx where there is tcx, or the socket filter, which costs the sender more',
  },
  budget: {
    string: true,
    defaultDescription: '200000 in mode tap',
    describe:
      'packets that each CPU may capture in a second; what comes above is counted, and one in 1024 is captured; 0: all',
  },
  short: {
    choices: SHORT_MODES,
    default: 'events' as const,
    describe:
      'packets with a short header: none are looked at; count them; events: capture what is new, too; all: capture all, and show those of a file',
  },
  sample: {
    string: true,
    defaultDescription: 'none',
    describe: 'with --short events: capture one in N short headers besides',
  },
  'divert-short': {
    boolean: true,
    describe: 'with --mode divert and --short all: take short headers from the host, too',
  },
  sockets: {
    string: true,
    defaultDescription: '1',
    describe: 'AF_XDP sockets of each RX queue, in mode divert: 1 to 64',
  },
  'zero-copy': { boolean: true, describe: "diverted packets stay in the driver's buffers; for mirror ports" },
  cpu: {
    string: true,
    defaultDescription: 'where the kernel puts them',
    describe: 'CPUs of the threads that take packets from the kernel, in turn: 2 or 0,2-5',
  },
  cid: {
    choices: NAMED_SCHEMES.map(({ name }) => name),
    defaultDescription: 'cidv1 where servers are seen to use it',
    describe: `where servers put their id into connection IDs: ${NAMED_SCHEMES.map(({ name, help }) => `${name} (${help})`).join('; ')}; others in --config`,
  },
  filter: {
    alias: 'Y',
    string: true,
    default: '',
    describe: 'show only these: "backend == 17 and sni ~ example", or a CID in hex',
  },
  write: { alias: 'w', string: true, default: '', describe: 'also write them to a new .pcapng or .pcap; - is stdout' },
  json: { boolean: true, describe: 'one JSON object per packet and line, then a summary; no screen' },
  events: {
    string: true,
    defaultDescription: 'packet',
    describe: 'with --json: a line for each packet, for what happens to each connection, or both: packet,connection',
  },
  connections: { boolean: true, describe: 'with -r: the connections of the file instead of its packets (--json)' },
  quiet: { alias: 'q', boolean: true, describe: 'with --json: the summary only' },
  headless: { boolean: true, describe: 'no screen, no packets: run until stopped, print the summary' },
  snaplen: {
    alias: 's',
    string: true,
    defaultDescription: 'all',
    describe: 'bytes kept of each packet, 64 or more; other:240 keeps Initials whole',
  },
  count: { alias: 'c', string: true, describe: 'stop after N packets that match --filter' },
  duration: { string: true, describe: 'stop after a time: 10s, 500ms, 5m' },
  buffer: {
    string: true,
    defaultDescription: DEFAULT_BUFFER,
    describe: 'size of the flight recorder; more for a long file on the screen',
  },
  'cid-table': { string: true, default: '65536', describe: 'connection IDs that cid_counter holds' },
  'export-dir': { string: true, default: '.', describe: 'where exported captures go' },
  user: {
    string: true,
    default: '',
    defaultDescription: 'who called sudo, else nobody',
    describe: 'whom to become when it captures; root: stay root',
  },
  sandbox: {
    boolean: true,
    default: true,
    defaultDescription: 'on',
    describe: 'refuse itself what capturing does not take (--no-sandbox: to debug quic-top)',
  },
  columns: {
    string: true,
    default: DEFAULT_COLUMNS.join(','),
    defaultDescription: 'most of them',
    describe: `columns of the packet list: ${COLUMN_IDS.join(',')}`,
  },
  theme: { choices: THEMES, default: 'auto' as const, describe: 'colours: auto asks the terminal' },
  yes: { alias: 'y', boolean: true, describe: 'do not ask before a driver resets its port' },
  promiscuous: {
    boolean: true,
    defaultDescription: 'with XDP only',
    describe: 'have the interface receive what is not for this host too (--no-promiscuous)',
  },
} as const;

const DASH_TAKERS = /^--(read|write|guess)$/;

/** Joins `--read -`: yargs takes a value that is a dash only behind `=` or a short option. */
function joinDashes(argv: string[]): string[] {
  return argv.flatMap((word, i) => {
    if (word === '-' && DASH_TAKERS.test(argv[i - 1] ?? '')) return [];
    return argv[i + 1] === '-' && DASH_TAKERS.test(word) ? [`${word}=-`] : [word];
  });
}

/** Of an option that is given twice the last counts; but all connection IDs of `cid` do. */
function lastOfEach<T extends object>(parsed: T): T {
  const values = Object.entries(parsed).map(([name, value]) => {
    const isList = name === '_' || name === 'cids';
    return [name, Array.isArray(value) && !isList ? value.at(-1) : value];
  });
  return Object.fromEntries(values) as T;
}

/** What --config says, or the default one where there is one. @throws UsageError */
async function configOf(path = existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : 'none'): Promise<Config | null> {
  if (path === 'none') return null;
  if (path === '') throw new UsageError('--config: no file given', 'quic-top eth0 --config quic-top.yaml');
  // Only when it is needed: reading YAML takes half as long to load as all else.
  const { readConfig } = await import('./core/config/config.js');
  return readConfig(path);
}

/** Parses and checks the arguments. Prints --help and --version itself and then ends the process. @throws UsageError */
export async function parseOptions(argv: string[]): Promise<Options> {
  const given = yargs(joinDashes(argv))
    .scriptName('quic-top')
    .usage('$0 [interface] [options]\n\nLive QUIC long-header packets at XDP speed.')
    .command('$0 [interface]', false)
    .command('cid [cids..]', 'what connection IDs mean, in hex, or one on each line of stdin (--json)', (cid) =>
      cid.positional('cids', { type: 'string', array: true, describe: 'connection IDs in hex' }).option('guess', {
        string: true,
        describe: 'a file with one on each line, "-" is stdin: what their bytes show, and by what scheme they are made',
      }),
    )
    .command(
      'import <kind> <file>',
      'a configuration for --config, from that of envoy, katran, nghttpx, h2o or aws',
      (words) =>
        words
          .positional('kind', { type: 'string', describe: 'whose it is' })
          .positional('file', { type: 'string', describe: 'the text, "-" is stdin' }),
    )
    .command('doctor [interface]', 'can it run here, how, and what to change (--port, --json)')
    .options(TABLE)
    .strict()
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .parserConfiguration({ 'camel-case-expansion': false })
    .example('sudo $0 eth0', 'the live screen')
    .example('sudo $0 eth0 --json --duration 10s', 'ten seconds of packets for a script')
    .example('$0 -r capture.pcapng --json', 'the packets of a capture file')
    .example("$0 -r capture.pcapng -Y 'backend == 17' -w 17.pcapng", 'some of them to another file')
    .fail((message, error) => {
      throw error ?? new UsageError(message.replace(/\s+/g, ' '), 'see quic-top --help');
    })
    .parseSync() as InferredOptionTypes<typeof TABLE> & {
    _: unknown[];
    cids?: string[];
    guess?: string;
    kind?: string;
    file?: string;
  };
  const parsed = lastOfEach(given);

  const name = parsed.interface ?? '';
  const doctor = parsed._[0] === 'doctor';
  const cids = parsed._[0] === 'cid' ? (parsed.cids ?? []) : null;
  const guess = parsed.guess ?? null;
  if (guess !== null && cids && cids.length > 0) {
    throw new UsageError(
      '--guess takes connection IDs from a file',
      'quic-top cid --guess FILE; "-" is standard input',
    );
  }
  const importing = parsed._[0] === 'import' ? { kind: parsed.kind ?? '', file: parsed.file ?? '' } : null;
  const read = parsed.read ?? null;
  if (read !== null) {
    if (read === '') throw new UsageError('--read: no file given', 'quic-top -r capture.pcap; "-" is standard input');
    for (const option of [
      'interface',
      'mode',
      'hook',
      'xdp',
      'egress',
      'sockets',
      'zero-copy',
      'cpu',
      'budget',
      'sample',
      'divert-short',
      'snaplen',
    ] as const) {
      if (parsed[option] === undefined) continue;
      throw new UsageError(`--${option} does not go with --read`, `leave out --${option}: packets come from the file`);
    }
  }
  if (name === '' && read === null && !parsed['list-interfaces'] && !doctor && !cids && !importing) {
    throw new UsageError('no interface given', 'sudo quic-top eth0; quic-top --list-interfaces shows the names');
  }
  if (parsed.quiet && !parsed.json) throw new UsageError('--quiet goes with --json', 'add --json, or use --headless');
  if (parsed.sample !== undefined && parsed.short !== 'events')
    throw new UsageError('--sample goes with --short events', '--short all captures all; else leave out --sample');
  if (parsed['divert-short'] && !(parsed.mode === 'divert' && parsed.short === 'all'))
    throw new UsageError('--divert-short goes with --mode divert and --short all', 'add both, or leave it out');
  if (parsed.events !== undefined && !parsed.json) {
    throw new UsageError('--events goes with --json', 'quic-top eth0 --json --events packet,connection');
  }
  if (parsed.connections && (read === null || parsed.write !== '' || parsed.events !== undefined)) {
    throw new UsageError('--connections goes with --read alone', 'quic-top -r capture.pcapng --connections');
  }
  if (parsed.write !== '') formatOf(parsed.write);
  if (parsed.write === STDOUT && parsed.json) {
    throw new UsageError('--json and --write - both want stdout', 'write to a file: -w packets.pcapng');
  }
  const needsConfig = !importing && !parsed['list-interfaces'] && guess === null;
  const config = needsConfig ? await configOf(parsed.config) : null;
  const reading = parsed.cid === undefined ? config?.cids : readingOf([{ scheme: schemeNamed(parsed.cid), given: {} }]);
  nameServers(config?.servers ?? []);
  const filter = compileFilter(parsed.filter);
  const buffer = parseSize(parsed.buffer ?? DEFAULT_BUFFER, '--buffer');
  if (buffer > MAX_BUFFER) throw new UsageError(`--buffer: more than 4G`, 'write it like --buffer 64M');
  return {
    interface: name,
    read,
    listInterfaces: parsed['list-interfaces'] ?? false,
    doctor,
    cids,
    guess,
    importing,
    ports:
      parsed.port === undefined ? [...(config?.ports ?? [LIMITS.DEFAULT_PORT])] : parsePorts(parsed.port, '--port'),
    mode: parsed.mode ?? 'auto',
    hook: parsed.hook ?? null,
    xdp: parsed.xdp ?? null,
    egress: parsed.egress ?? 'auto',
    sockets: parseCount(parsed.sockets ?? '1', '--sockets', 1, LIMITS.QUEUES),
    zeroCopy: parsed['zero-copy'] ?? false,
    cpus: parsed.cpu === undefined ? [] : parseCpus(parsed.cpu, '--cpu'),
    budget: parsed.budget === undefined ? null : parseCount(parsed.budget, '--budget', 0, MAX_BUDGET),
    short: parsed.short,
    sample: parsed.sample === undefined ? 0 : parseCount(parsed.sample, '--sample', 1, MAX_SAMPLE),
    divertShort: parsed['divert-short'] ?? false,
    filter: read !== null && parsed.short !== 'all' ? longOnly(filter) : filter,
    write: parsed.write,
    json: parsed.json ?? false,
    events: parseNames(parsed.events ?? 'packet', '--events', EVENTS),
    connections: parsed.connections ?? false,
    quiet: parsed.quiet ?? false,
    headless: parsed.headless ?? false,
    count:
      parsed.count === undefined
        ? Number.POSITIVE_INFINITY
        : parseCount(parsed.count, '--count', 1, Number.MAX_SAFE_INTEGER),
    duration: parsed.duration === undefined ? null : parseDuration(parsed.duration, '--duration'),
    // The addon lays 64-bit counters into it.
    bufferBytes: Math.floor(buffer / 8) * 8,
    bufferGiven: parsed.buffer !== undefined,
    cidLayouts: reading?.layouts,
    cidKeys: reading?.keys,
    cidTable: parseCount(parsed['cid-table'], '--cid-table', 1, MAX_CID_TABLE),
    snaplen: parseSnaplen(parsed.snaplen ?? String(MAX_SNAPLEN), '--snaplen', MIN_SNAPLEN, MAX_SNAPLEN),
    exportDir: parsed['export-dir'],
    yes: parsed.yes ?? false,
    promiscuous: parsed.promiscuous,
    columns: parseNames(parsed.columns, '--columns', COLUMN_IDS),
    theme: parsed.theme,
    user: parsed.user,
    sandbox: parsed.sandbox,
  };
}
