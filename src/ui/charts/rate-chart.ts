// The line chart: packets per second over the last minutes, or over a capture file's own time.
import Line from 'blessed-contrib/lib/widget/charts/line.js';
import type { RateData } from '../../core/stats/rate-data.js';
import type { Role, Theme } from '../theme/theme.js';
import { attach, colour, linesOf, sized } from './off-screen.js';
import { ageAxis, offsetAxis, roundUp } from './time-axis.js';

/** The colour of each backend's line, in their order. */
export const SERIES = ['series1', 'series2', 'series3', 'series4'] as const satisfies readonly Role[];

/** Rows between two marks of the y axis. */
const PITCHES = [3, 2, 4];

/** Columns of the numbers at the left, with the blank before the axis. */
const GUTTER = 6;
/** contrib puts the axis so many dots above the lower end of the canvas, and the lines two dots higher. */
const AXIS_DOTS = 11;
const LINE_DOTS = AXIS_DOTS + 2;

/**
 * A scale for the y axis: marks at whole multiples of 1, 2 or 5 times a power of ten. contrib prints the number of a mark
 * as it is, so it gets it in thousands, millions and so on.
 * @param highest what has to be below the upper end
 * @param steps that the axis is long; not a whole number
 */
export function scaleOf(highest: number, steps: number): { step: number; unit: number; prefix: string } {
  const step = roundUp(Math.max(1, highest / steps));
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
    // The numbers of the y axis come without unit; nothing as a text would draw something.
    ctx.fillText = (text, x, y) => {
      if (text === '') return;
      const label = /^[\d.]+$/.test(text) ? this.mark(Number(text)).padStart(GUTTER - 1) : text;
      write(label, x, y);
    };
  }

  private mark(value: number): string {
    return value === 0 ? '0' : `${value}${this.prefix}`;
  }

  /** The total, and the backends over it. */
  lines({ axis, period, total, backends }: RateData, theme: Theme): string[] {
    const { widget } = this;
    const { ctx, canvasSize } = widget;
    const height = canvasSize.height - AXIS_DOTS;
    const timeAxis = axis === 'age' ? ageAxis : offsetAxis;
    const { span, marks, end } = timeAxis(total.length * period, this.columns - GUTTER);
    const samples = Math.round(span / period);
    const shown = [total, ...backends.map(({ rates }) => rates)].map((rates) =>
      rates.slice(-samples).map((rate) => Math.max(0, rate)),
    );
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

    // The marks are written below: contrib has room only for some of its own.
    const x = new Array<string>(samples).fill('');
    // What is from before the first sample lies on the axis, which is drawn over it.
    const before = (-maxY * (LINE_DOTS - AXIS_DOTS + 0.5)) / height;
    widget.setData(
      shown.map((rates, i) => ({
        x,
        y: [...new Array(samples - rates.length).fill(before), ...rates.map((rate) => rate / unit)],
        style: { line: colour(i === 0 ? 'strong' : (SERIES[i - 1] as Role)) },
      })),
    );
    const left = GUTTER * 2;
    for (const { at, text } of marks) ctx.fillText(text, left + at * (canvasSize.width - left) + 2, height + 3);
    ctx.fillText(end, canvasSize.width - end.length * 2, height + 3);
    return linesOf(widget, theme).slice(0, this.rows);
  }
}
