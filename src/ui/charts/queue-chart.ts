// The histogram of the queues' rates: one bar a queue, as high as its rate.
import type Canvas from 'blessed-contrib/lib/widget/canvas.js';
import { type Load, meanRate, skewOf } from '../../core/stats/skew.js';
import { short } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';
import { blank, colour, linesOf } from './off-screen.js';

/** Columns of the numbers at the left, with the blank after them. */
const GUTTER = 6;

/** The queue of the highest rate, and how far that is from the mean. */
export function busiestOf(queues: readonly Load[]): { queue: number; highest: number; mean: number; skew: number } {
  const highest = queues.reduce((most, { rate }) => Math.max(most, rate), 0);
  const mean = meanRate(queues);
  return { queue: queues.findIndex(({ rate }) => rate === highest), highest, mean, skew: skewOf(highest, mean) };
}

export class QueueChart {
  private readonly canvas: Canvas;
  /** Dots of a bar: two make a column. */
  private readonly thickness: number;

  /** @param queues how many there are */
  constructor(
    readonly columns: number,
    readonly rows: number,
    private readonly queues: number,
  ) {
    this.thickness = Math.max(1, Math.floor(((columns - GUTTER) * 2) / queues));
    this.canvas = blank(GUTTER + Math.ceil((queues * this.thickness) / 2), rows);
  }

  /** @param loads of each queue */
  lines(loads: readonly Load[], theme: Theme): string[] {
    const { ctx, canvasSize } = this.canvas;
    const { queue: busiest, highest, mean } = busiestOf(loads);
    // Below the bars is a row of queue numbers.
    const height = canvasSize.height - 4;
    ctx.clearRect(0, 0, canvasSize.width, canvasSize.height);

    ctx.fillStyle = colour('head');
    const mark = (value: number, y: number) => ctx.fillText(short(value).padStart(GUTTER - 1), 0, y);
    if (highest > 0) {
      mark(highest, 0);
      const level = height - 1 - Math.floor((mean / highest) * (height - 1));
      if (level >= 4 && level < height - 4) mark(mean, level);
    }
    mark(0, height - 1);
    const left = GUTTER * 2;
    for (let i = 0; i < this.queues; i += 16) {
      ctx.fillText(String(i), left + i * this.thickness, height);
    }

    // Wide bars leave a gap.
    const width = this.thickness > 2 ? this.thickness - 1 : this.thickness;
    const bar = (queue: number, rate: number) => {
      const dots = Math.max(1, Math.round((rate / highest) * height));
      for (let x = left + queue * this.thickness, end = x + width; x < end; x++) {
        ctx.beginPath();
        ctx.lineTo(x, height - dots);
        ctx.lineTo(x, height - 1);
        ctx.stroke();
      }
    };
    ctx.strokeStyle = colour('bar');
    for (const [i, { rate }] of loads.entries()) if (rate > 0) bar(i, rate);
    // Two thin bars share cells, and a cell has the colour that it was given last.
    ctx.strokeStyle = colour('warn');
    if (highest > 0) bar(busiest, highest);
    return linesOf(this.canvas, theme);
  }
}
