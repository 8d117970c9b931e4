// How the load spreads: a cell for each of the 64 logical queues, the busiest of them, and the RX queues with losses.
import { LIMITS } from '../../core/abi.gen.js';
import type { Model } from '../model.js';
import { bar, cell, count, short } from '../text.js';
import type { Theme } from '../theme.js';
import { frame, innerSize, type PaneSize } from './frame.js';

/** Columns of a line beside its bar: `q17 ` and ` 12.3k/s  34%`. */
const BESIDE_BAR = 18;

function heatLines(rates: Float64Array, highest: number, width: number, theme: Theme): string[] {
  // The square root: one hot queue must not make all others look alike.
  const cells = Array.from(rates, (rate) => theme.heat(Math.sqrt(rate / highest), rate > 0 ? '■' : '·'));
  const perLine = width >= LIMITS.QUEUES ? 64 : width >= 32 ? 32 : 16;
  return Array.from({ length: LIMITS.QUEUES / perLine }, (_, i) =>
    cells.slice(i * perLine, (i + 1) * perLine).join(''),
  );
}

function busiestLines(rates: Float64Array, highest: number, width: number, limit: number, theme: Theme): string[] {
  const total = rates.reduce((a, b) => a + b, 0);
  return Array.from(rates, (rate, queue) => ({ rate, queue }))
    .filter(({ rate }) => rate > 0)
    .sort((a, b) => b.rate - a.rate)
    .slice(0, Math.max(0, limit))
    .map(({ rate, queue }) => {
      const share = `${Math.round((100 * rate) / total)}%`;
      const filled = theme.paint('bar', bar(rate / highest, Math.max(0, width - BESIDE_BAR)));
      return `${cell(`q${queue}`, 4)}${filled} ${cell(`${short(rate)}/s`, 8, 'right')}${theme.paint('dim', cell(share, 5, 'right'))}`;
    });
}

function rxLines({ rates }: Model, limit: number, theme: Theme): string[] {
  return rates.rxQueues
    .map(({ packets, lost }, queue) => ({ packets, lost, queue }))
    .sort((a, b) => b.lost - a.lost || b.packets - a.packets || a.queue - b.queue)
    .slice(0, Math.max(0, limit))
    .map(({ packets, lost, queue }) => {
      const losses = theme.paint(lost > 0 ? 'bad' : 'dim', `lost ${count(lost)}`);
      return `${cell(`rx${queue}`, 5)}${cell(`${short(packets)}/s`, 9, 'right')}  ${losses}`;
    });
}

export function queuesPane(model: Model, size: PaneSize, theme: Theme): string[] {
  const { width, height } = innerSize(size);
  const { queues, rxQueues } = model.rates;
  const highest = Math.max(1, ...queues);
  const busy = queues.reduce((number, rate) => number + (rate > 0 ? 1 : 0), 0);
  const heat = heatLines(queues, highest, width, theme);
  const rx = rxLines(model, height > 12 ? Math.min(4, rxQueues.length) : 1, theme);
  const busiest = busiestLines(queues, highest, width, height - heat.length - rx.length, theme);
  // The RX queues stand at the bottom.
  const gap = Array.from({ length: Math.max(0, height - heat.length - rx.length - busiest.length) }, () => '');
  const note = `${theme.paint('strong', String(busy))} ${theme.paint('dim', `of ${LIMITS.QUEUES} busy`)}`;
  return frame(size, 'Queues', note, [...heat, ...busiest, ...gap, ...rx], theme);
}
