// Import of h2o: its configuration, or the file with its session tickets, from whose keys it makes connection IDs.
import { dirname, isAbsolute, resolve } from 'node:path';
import { STDIN } from './import-error.js';
import { type ImportedConfig, isHostAddress, ServerList } from './imported-config.js';
import { readDocuments } from './read-source.js';
import type { SourceValue } from './source-value.js';

const NEXT = 'give it the file that ticket-file of ssl-session-resumption names, or h2o.conf itself';
const FILE_NEXT =
  'have h2o read its ticket keys from a file: ssl-session-resumption: {mode: ticket, ticket-store: file, ticket-file: FILE}';

/** For a text that came without a name. */
const SOME_FILE = '/etc/h2o/tickets.yaml';
/** h2o casts a node's number to 32 bits before it writes it into a connection ID (run_loop in src/main.c). */
const NODE_BITS = 32;
const MOST_NODE = 2n ** 64n;

/**
 * A session ticket file (a list) or h2o.conf (a mapping). Both are only referred to: no key is printed.
 *
 * @throws QuicTopError with its line
 */
export function readH2o(text: string, path: string): ImportedConfig {
  const [root] = readDocuments(text, path, NEXT) as [SourceValue];
  if (root.isMapping) return readConf(root, path);
  if (!root.isList) root.fail('this is neither a list of session tickets nor a configuration of h2o');
  const tickets = root.items();
  if (tickets.length === 0) root.fail('no session ticket is in it');
  for (const ticket of tickets) checkTicket(ticket);
  return {
    schemes: [{ h2o: { ticket_file: path === STDIN ? SOME_FILE : path, clustered: false } }],
    servers: [],
    notes: [
      'a ticket file does not tell whether h2o is clustered: where self of quic-nodes in h2o.conf is not 0, write clustered: true, or import h2o.conf',
      ...unnamed(path, 'ticket_file'),
    ],
  };
}

const unnamed = (path: string, field: string) =>
  path === STDIN ? [`standard input has no name: write that of the file into ${field}`] : [];

/** As parse_ticket_entry in src/ssl.c, as far as that needs no list of ciphers. */
function checkTicket(ticket: SourceValue): void {
  const name = ticket.at('name');
  if (!/^[0-9a-f]{32}$/i.test(name.text())) name.fail('a name is 32 hex digits');
  for (const key of ['cipher', 'hash', 'not_before', 'not_after']) ticket.at(key).text();
  const key = ticket.at('key');
  if (!/^([0-9a-f]{2})+$/i.test(key.text())) key.fail('a key is hex digits, two for each byte');
}

function readConf(root: SourceValue, path: string): ImportedConfig {
  const servers = new ServerList(path);
  const ticketFile = ticketFileOf(root.at('ssl-session-resumption'), path);
  const nodes = root.at('quic-nodes');
  const self = nodes.isAbsent ? 0 : nodeNumber(nodes.at('self'), nodes.at('self').text());
  const clustered = self !== 0;
  if (clustered) {
    for (const [node, value] of nodes.at('mapping').entries()) {
      const host = hostOf(value.text());
      const isAddress = isHostAddress(host);
      servers.add(nodeNumber(value, node), isAddress ? undefined : host, isAddress ? host : undefined);
    }
  }
  const ports = quicPorts(root);
  return {
    ...(ports.length > 0 ? { ports } : {}),
    schemes: [{ h2o: { ticket_file: ticketFile.path, clustered } }],
    servers: servers.all,
    notes: [
      ...(clustered
        ? [`this h2o is node ${self}: on its host, add here: ${self}`]
        : [
            'this h2o is not clustered (self of quic-nodes is 0 or missing): its connection IDs name a thread, and no server',
          ]),
      ...ticketFile.notes,
    ],
  };
}

/** ssl_session_resumption_on_config in src/ssl.c. */
function ticketFileOf(resumption: SourceValue, path: string): { path: string; notes: string[] } {
  const word = (key: string, absent: string) => {
    const value = resumption.at(key);
    return value.isAbsent ? absent : value.text().toLowerCase();
  };
  const mode = word('mode', 'all');
  if (mode !== 'all' && mode !== 'ticket') {
    resumption.fail('h2o has no session tickets, so the key of its connection IDs is random and in no file', FILE_NEXT);
  }
  const store = word('ticket-store', 'internal');
  if (store !== 'file') resumption.fail(`h2o keeps its ticket keys in no file (ticket-store is ${store})`, FILE_NEXT);
  const file = resumption.at('ticket-file').text();
  if (isAbsolute(file)) return { path: file, notes: [] };
  return {
    path: path === STDIN ? file : resolve(dirname(path), file),
    notes: ['ticket-file is relative to where h2o was started: check ticket_file'],
  };
}

/** As the connection IDs have it. @param text decimal, up to 64 bits */
function nodeNumber(place: SourceValue, text: string): number {
  const number = /^\d{1,20}$/.test(text) ? BigInt(text) : MOST_NODE;
  if (number >= MOST_NODE) place.fail('the number of a node is a whole number of 64 bits');
  return Number(BigInt.asUintN(NODE_BITS, number));
}

/** Of `host`, `host:port`, `[IPv6]:port` and, as there is no port to tell apart, a bare IPv6 address. */
function hostOf(text: string): string {
  const [, inBrackets] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  return inBrackets ?? (isHostAddress(text) ? text : text.replace(/:\d+$/, ''));
}

/** Ports of `listen`, everywhere and in hosts, that are of type quic. */
function quicPorts(root: SourceValue): number[] {
  const hosts = root.at('hosts').entries();
  const listens = [root, ...hosts.map(([, host]) => host)].flatMap((each) => {
    const listen = each.at('listen');
    return listen.isList ? listen.items() : [listen];
  });
  const quic = listens.filter((each) => each.isMapping && each.at('type').value === 'quic');
  return [...new Set(quic.map((each) => each.at('port').wholeNumber(1, 65535)))];
}
