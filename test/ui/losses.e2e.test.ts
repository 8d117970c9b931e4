// Frames that are really lost, because quic-top stood still while they came: the screen says so in red, how many they are
// and why, with the numbers of the summary.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GENERATOR } from '../../bench/lib/flood.mjs';
import { PairNetwork, Program } from '../support/lab.js';
import { openCapture } from '../support/screen.js';
import type { TestTerminal } from '../support/terminal.js';

/** Bold red in the dark theme. */
const RED = 203;
const GREEN = 114;
/** What the screen calls the causes of the summary. */
const CAUSES: Record<string, string> = {
  rx_ring_full: 'lost: RX ring full',
  fill_ring_empty: 'lost: FILL ring empty',
  tap_buffer_full: 'lost: tap buffer full',
};

let network: PairNetwork;
let terminal: TestTerminal;

beforeEach(() => {
  network = new PairNetwork();
  // Without an XDP program a veth's end takes the generator's frames only with GRO.
  network.left.run(['ethtool', '-K', 'left', 'gro', 'on']);
});
afterEach(() => {
  terminal.close();
  network.remove();
});

/** Frames that reached the interface while quic-top stood still: more than any buffer of the kernel holds. */
async function floodStopped(): Promise<number> {
  terminal.signal('SIGSTOP');
  const flood = ['--interface', 'right', '--rate', '50000', '--duration', '1'];
  const generator = new Program(network.right.command([GENERATOR, ...flood]));
  const status = await generator.ended.finally(() => terminal.signal('SIGCONT'));
  expect(status, generator.stderr).toBe(0);
  const { sent, dropped } = JSON.parse(generator.stdout);
  return sent - dropped;
}

const numbered = (pattern: RegExp) => Number(pattern.exec(terminal.text)?.[1]?.replaceAll(',', ''));

it.each(['divert', 'tap'])('%s: what is lost is red, in the header and by its cause', async (mode) => {
  terminal = await openCapture(network, ['--mode', mode]);
  expect(terminal.colorOf('lost 0')).toBe(GREEN);
  const arrived = await floodStopped();

  await terminal.until(/ lost [1-9][\d,]* {2}● live/);
  terminal.type('4');
  // The frames that the buffers held are read in a moment.
  const shown = () => numbered(/ lost ([\d,]+) /) + numbered(/ captured +([\d,]+) │/);
  await terminal.until(() => shown() === arrived, `${arrived} frames captured or lost`);
  const [, lost = ''] = / lost ([\d,]+) /.exec(terminal.line(0)) ?? [];
  expect(terminal.colorOf(`lost ${lost}`)).toBe(RED);
  expect(terminal.text).toContain(`─ ${lost} lost ─╮`);
  expect(terminal.colorOf(`${lost} lost`)).toBe(RED);
  const titles = Object.values(CAUSES);
  const counts = titles.map((title) => numbered(new RegExp(`${title} +([\\d,]+) │`)));
  const rows = titles.map((title) => terminal.lines.find((line) => line.includes(title))?.slice(0, -2) ?? title);
  const reds = rows.map((row) => terminal.colorOf(row, row.length - 1) === RED);
  expect(reds).toEqual(counts.map((count) => count > 0));

  terminal.type('q');
  await terminal.ended();
  const [, total, causes = ''] =
    /frames captured, (\d+) lost \(([^)]+)\)/.exec(terminal.text.replaceAll('\n', '')) ?? [];
  expect(Number(total)).toBe(Number(lost.replaceAll(',', '')));
  const summary = Object.fromEntries(causes.split(', ').map((cause) => cause.split(' ')));
  expect(counts).toEqual(Object.keys(CAUSES).map((cause) => Number(summary[cause] ?? 0)));
});
