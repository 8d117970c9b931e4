// The line chart: packets per second over the last minutes.
import Line from 'blessed-contrib/lib/widget/charts/line.js';
import type { Role, Theme } from '../theme.js';
import { attach, colour, linesOf, sized } from './off-screen.js';

/** The colour of each backend's line, in their order. */
export const SERIES = ['series1', 'series2', 'series3', 'series4'] as const satisfies readonly Role[];

/** What the time axis may show, and how far apart its marks are, in seconds. */
const SPANS = [
  { span: 60, mark: 10 },
  { span: 120, mark: 30 },
  { span: 300, mark: 60 },
  { span: 600, mark: 120 },
  { span: 1800, mark: 300 },
];
const LONGEST = { span: 3600, mark: 600 };
/** Columns that a mark of the time axis needs. */
const MARK_WIDTH = 7;

/** Rows between two marks of the y axis. */
const PITCHES = [3, 2, 4];

/** Columns of the numbers at the left, with the blank before the axis. */
const GUTTER = 6;
/** contrib puts the axis so many dots above the lower end of the canvas, and the lines two dots higher. */
const AXIS_DOTS = 11;
const LINE_DOTS = AXIS_DOTS + 2;

function age(seconds: number): string {
  return seconds % 60 === 0 ? `-${seconds / 60}m` : `-${seconds}s`;
}

/**
 * A scale for the y axis: marks at whole multiples of 1, 2 or 5 times a power of ten. contrib prints the number of a mark
 * as it is, so it gets it in thousands, millions and so on.
 * @param highest what has to be below the upper end
 * @param steps that the axis is long; not a whole number
 */
export function scaleOf(highest: number, steps: number): { step: number; unit: number; prefix: string } {
  const least = Math.max(1, highest / steps);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
  const thousands = Math.min(4, Math.floor(Math.log10(step) / 3));
  return { step, unit: 1000 ** thousands, prefix: ['', 'k', 'M', 'G', 'T'][thousands] as string };
}

export class RateChart {
  private readonly widget: Line;
  private prefix = '';

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.widget = attach(
      new Line({
        // Its canvas is two rows lower than the widget, and the last row of the canvas stays blank.
        ...sized(columns, rows + 3),
        style: { line: colour('strong'), text: colour('head'), baseline: colour('border') },
        xPadding: GUTTER * 2,
        xLabelPadding: GUTTER * 2,
      }),
    );
    const { ctx } = this.widget;
    const write = ctx.fillText.bind(ctx);
    // The numbers of the y axis come without unit.
    ctx.fillText = (text, x, y) => {
      const label = /^[\d.]+$/.test(text) ? this.mark(Number(text)).padStart(GUTTER - 1) : text;
      write(label, x, y);
    };
  }

  private mark(value: number): string {
    return value === 0 ? '0' : `${value}${this.prefix}`;
  }

  /**
   * @param period seconds between two samples
   * @param total packets per second, oldest first
   * @param backends the same of backends, drawn over it
   */
  lines(period: number, total: readonly number[], backends: readonly (readonly number[])[], theme: Theme): string[] {
    const { widget } = this;
    const { ctx, canvasSize } = widget;
    const height = canvasSize.height - AXIS_DOTS;
    const known = total.length * period;
    const { span, mark } = SPANS.find((each) => each.span >= known) ?? LONGEST;
    const samples = Math.round(span / period);
    const shown = [total, ...backends].map((rates) => rates.slice(-samples).map((rate) => Math.max(0, rate)));
    const highest = shown.flat().reduce((most, rate) => Math.max(most, rate), 0);

    // The lines end where the canvas does, a little below the end of the scale.
    const usable = 1 - (LINE_DOTS - AXIS_DOTS) / height;
    // Marks stand a whole number of rows apart: of those distances, the one that leaves the least room above the lines.
    const scales = PITCHES.map((rows) => {
      const steps = height / (4 * rows);
      return { steps, ...scaleOf(highest / usable, steps) };
    });
    const { steps, step, unit, prefix } = scales.reduce((best, each) =>
      each.step * each.steps < best.step * best.steps ? each : best,
    );
    const maxY = (step / unit) * steps;
    this.prefix = prefix;
    widget.options.numYLabels = steps;
    widget.options.maxY = maxY;

    const room = (this.columns - GUTTER) / MARK_WIDTH;
    const every = Math.max(1, Math.round((span / mark > room ? mark * 2 : mark) / period));
    widget.options.showNthLabel = every;
    // The last mark would run into the "now".
    const last = samples * (1 - 1 / room);
    const x = Array.from({ length: samples }, (_, i) =>
      i % every === 0 && i <= last ? age((samples - i) * period) : ' ',
    );
    // What is from before the first sample lies on the axis, which is drawn over it.
    const before = (-maxY * (LINE_DOTS - AXIS_DOTS + 0.5)) / height;
    widget.setData(
      shown.map((rates, i) => ({
        x,
        y: [...new Array(samples - rates.length).fill(before), ...rates.map((rate) => rate / unit)],
        style: { line: colour(i === 0 ? 'strong' : (SERIES[i - 1] as Role)) },
      })),
    );
    ctx.fillText('now', canvasSize.width - 'now'.length * 2, height + 3);
    return linesOf(widget, theme).slice(0, this.rows);
  }
}
