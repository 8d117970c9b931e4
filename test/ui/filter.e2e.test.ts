// A filter on the real command: typed, completed, wrong, corrected, erased and recalled, its matches counted.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork, QuicHosts } from '../support/lab.js';
import { cidv1, filler, longHeader } from '../support/packets.js';
import { bytesOf, openCapture, untilWhole } from '../support/screen.js';
import type { TestTerminal } from '../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
/** Of 100 packets, how many are of which kind. */
const PACKETS = 100;
const sent = Array.from({ length: PACKETS }, (_, i) => ({
  backend: i % 10,
  type: i % 4 === 0 ? ('handshake' as const) : ('0rtt' as const),
  payload: filler(100 + i),
}));

let network: PairNetwork;
let terminal: TestTerminal;
/** Packets of the handshakes, besides those that were sent. */
let others: number;

const press = (...keys: string[]) => terminal.type(keys.map(bytesOf).join(''));
const footer = () => terminal.lines.slice(-2);
/** What the tabs' line says of the filter. */
const matches = () => Number(/ ([\d,]+) (?:match|packets)$/.exec(terminal.line(1))?.[1]?.replaceAll(',', ''));
async function applied(text: string, count: number): Promise<void> {
  await terminal.until(
    () => terminal.line(1).includes(`filter: ${text}  `) && matches() === count,
    `${text}: ${count}`,
  );
}

beforeAll(async () => {
  network = new PairNetwork();
  terminal = await openCapture(network, ['--mode', 'tap', '--cid', 'cidv1'], { columns: 160, rows: 40 });
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  await hosts.cidv1Server(LEFT, [500]);
  await hosts.cidv1Connections(LEFT, 2);
  await terminal.until(/ quic\.example /);
  const packets = sent.map(({ backend, type, payload }) => longHeader({ dcid: cidv1(backend), type, payload }));
  sendDatagrams(network.right, LEFT, packets);
  // When the last of these is shown, all that came before it is counted.
  await terminal.until(/ 01 33 0009 44454647 .* 220 /);
  others = matches() - PACKETS;
});
afterAll(() => {
  terminal.close();
  network.remove();
});
beforeEach(async () => {
  press('esc', '?');
  await terminal.until('this list of keys');
  press('x', '1');
  await terminal.until(() => /SOURCE/.test(terminal.text) && matches() === others + PACKETS);
});

it('counts what matches', async () => {
  for (const [filter, count] of [
    ['backend == 3', 10],
    ['backend < 5', 50],
    [
      'backend < 5 and type == handshake',
      sent.filter(({ backend, type }) => backend < 5 && type === 'handshake').length,
    ],
    ['not backend in {0, 1} and backend < 10', 80],
    ['01330007', 10],
  ] as const) {
    terminal.type(`/\x15${filter}\r`);
    await applied(filter, count);
    await untilWhole(terminal);
  }
});

it('completes what is begun, field and operator', async () => {
  press('/', ...'backe');
  await terminal.until(/^ \/ backe/m);
  await terminal.until(() => footer()[1]?.includes('backend') ?? false);
  press('tab');
  // With its blank, after which operators are offered.
  await terminal.until(() => footer()[1]?.trim().startsWith('==') ?? false);
  press('tab');
  await terminal.until(/^ \/ backend ==/m);
  terminal.type(' 7\r');
  await applied('backend == 7', 10);
});

it('says what is wrong with one below its column, and takes it when it is corrected', async () => {
  terminal.type('/backend == 7 and nothing == 1\r');
  await terminal.until('^^^^^^^');
  const [typed = '', mistake = ''] = footer();
  expect(mistake.indexOf('^')).toBe(typed.indexOf('nothing'));
  expect(/\^+/.exec(mistake)?.[0]).toHaveLength('nothing'.length);
  expect(terminal.colorOf('^^^^^^^')).toBe(203);
  expect(matches()).toBe(others + PACKETS);
  // Back to the word, and another in its place.
  press('left', 'left', 'left', 'left', 'left', 'ctrl+w', ...'type');
  await terminal.until(/^ \/ backend == 7 and type == 1/m);
  await terminal.until(() => !terminal.text.includes('^^^'));
  press('end', 'backspace');
  terminal.type('handshake\r');
  const count = sent.filter(({ backend, type }) => backend === 7 && type === 'handshake').length;
  await applied('backend == 7 and type == handshake', count);
});

it('is erased, by the line and for good', async () => {
  terminal.type('/backend == 1\r');
  await applied('backend == 1', 10);
  press('/');
  await terminal.until(/^ \/ backend == 1/m);
  for (const _ of 'backend == 1') press('backspace');
  await terminal.until(() => footer()[0] === ' /');
  press('enter');
  await terminal.until(() => matches() === others + PACKETS && !terminal.text.includes('filter:'));
  // Esc leaves the one that is.
  terminal.type('/backend == 1\r');
  await applied('backend == 1', 10);
  press('/', 'ctrl+u', ...'cid', 'esc');
  await terminal.until(() => footer()[1]?.includes('q quit') ?? false);
  await applied('backend == 1', 10);
});

it('recalls those of before', async () => {
  for (const backend of [4, 5]) {
    terminal.type(`/\x15backend == ${backend}\r`);
    await applied(`backend == ${backend}`, 10);
  }
  press('x', '/', 'up', 'up');
  await terminal.until(/^ \/ backend == 4/m);
  press('down');
  await terminal.until(/^ \/ backend == 5/m);
  press('up', 'enter');
  await applied('backend == 4', 10);
});

it('finds names and trust of real handshakes', async () => {
  terminal.type('/sni == quic.example\r');
  await terminal.until(/filter: sni == quic\.example {2}[1-9]\d* match/);
  // Two connections; a client may repeat what was lost.
  expect(matches()).toBeGreaterThanOrEqual(2);
  for (const row of terminal.lines.filter((line) => /^│ \d\d:/.test(line))) expect(row).toMatch(/ quic\.example /);
  terminal.type('/\x15backend == 500\r');
  await terminal.until(/filter: backend == 500 {2}[1-9]\d* match/);
  const named = matches();
  // A CID that names a backend is one that the server chose.
  terminal.type('/\x15backend == 500 and trust == server\r');
  await applied('backend == 500 and trust == server', named);
  terminal.type('/\x15trust == client and backend == 500\r');
  await applied('trust == client and backend == 500', 0);
  await terminal.until('No packet matches the filter');
});
