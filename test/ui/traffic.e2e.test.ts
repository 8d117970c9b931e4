// The screen while packets keep coming: at any size, and frozen, in every view.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTraffic } from '../support/datagrams.js';
import { PairNetwork, type Program } from '../support/lab.js';
import { cidv1, filler, longHeader } from '../support/packets.js';
import { openCapture, untilWhole, VIEWS } from '../support/screen.js';
import type { TestTerminal } from '../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
// No Initials: what comes of opening them is shown when it is known, also on a screen that stands still.
const typeOf = (i: number) => (i % 3 === 0 ? 'handshake' : i % 3 === 1 ? '0rtt' : 'retry');
const packets = Array.from({ length: 400 }, (_, i) =>
  longHeader({ dcid: cidv1(i % 40), type: typeOf(i % 40), payload: filler(30 + i) }),
);

let network: PairNetwork;
let terminal: TestTerminal;
let traffic: Program;

beforeAll(() => {
  network = new PairNetwork();
  traffic = startTraffic(network.right, LEFT, packets, 1000, network.dir);
});
afterAll(async () => {
  await traffic.stop();
  network.remove();
});
afterEach(() => terminal.close());

const open = async (): Promise<void> => {
  terminal = await openCapture(network, [], { columns: 200, rows: 50 }, '● live');
};

/** Frames since the start, as the tabs have them. */
const captured = () => Number(/ ([\d,]+) packets$/.exec(terminal.line(1))?.[1]?.replaceAll(',', ''));

it.each(VIEWS.map(([id, title], i) => ({ id, title, digit: String(i + 1) })))(
  '$id is whole at every size',
  async ({ title, digit }) => {
    await open();
    terminal.type(digit);
    await terminal.until(title);
    for (const [columns, rows] of [
      [80, 24],
      [40, 10],
      [1, 1],
      [200, 50],
      [120, 12],
      [40, 50],
      [200, 50],
    ] as const) {
      terminal.resize(columns, rows);
      if (rows === 1) continue;
      await terminal.until(() => / q quit$/.test(terminal.line(rows - 1)));
      await untilWhole(terminal);
      await terminal.until(title);
      // Nothing of another size is left below or beside, also after the next changes.
      const before = terminal.output.length;
      await terminal.until(() => terminal.output.length > before);
      await untilWhole(terminal);
      expect(terminal.lines.slice(0, -1).filter((line) => line.includes('q quit'))).toEqual([]);
    }
  },
);

describe('paused', () => {
  it.each(VIEWS.map(([id, title], i) => ({ id, title, digit: String(i + 1) })))(
    '$id stands still, while the header counts, and then goes on',
    async ({ title, digit }) => {
      await open();
      terminal.type(digit);
      await terminal.until(title);
      // Rates come with the second look.
      await terminal.until(/[\d.]+ k?pps/);
      // What is known of a CID, or a packet, is no count: it may come late.
      if (digit === '2') await terminal.until(() => !/ \d+ {2,}· {2,}\d/.test(terminal.text));
      terminal.type(' ');
      await terminal.until(/‖ paused \+\d/);
      if (digit === '1') await terminal.until(/CIDv1\), trust: \w/);
      const body = () => terminal.lines.slice(1).join('\n');
      const frozen = body();
      const since = () => Number(/‖ paused \+([\d,]+)/.exec(terminal.line(0))?.[1]?.replaceAll(',', ''));
      const first = since();
      // Two more looks at the counters.
      await terminal.until(() => since() > first + 2200);
      expect(body()).toBe(frozen);
      // Another view of that moment, and back.
      terminal.type(`${digit === '2' ? '1' : '2'}${digit}`);
      await terminal.until(() => body() === frozen);
      terminal.type(' ');
      await terminal.until(() => terminal.text.includes('● live') && body() !== frozen);
      const live = captured();
      await terminal.until(() => captured() > live + 500);
    },
  );
});
