// A cell for each of the 64 logical queues (backend % 64), the hotter the busier.
import { LIMITS } from '../../../core/native/abi.gen.js';
import { innerSize } from '../../panes/frame.js';
import { FramedPane, type Inner } from '../../panes/framed-pane.js';
import { cell, short } from '../../terminal/text.js';
import type { Theme } from '../../theme/theme.js';
import type { CaptureModel } from '../model/capture-model.js';

/** Columns of a cell with its number and rate, and of the smallest. */
const FULL_CELL = 12;
const SMALL_CELL = 4;

/** Cells in a row of the map: so that all 64 make whole rows. */
function heatColumns(width: number): number {
  if (width >= 16 * FULL_CELL) return 16;
  if (width >= 8 * 9) return 8;
  return width >= 16 * SMALL_CELL ? 16 : 8;
}

export class HeatPane extends FramedPane {
  readonly name = 'heat';

  constructor(
    private readonly capture: Pick<CaptureModel, 'rates'>,
    theme: Theme,
  ) {
    super(theme);
  }

  /** Rows of the whole pane for a width. */
  static rows(width: number, boxed: boolean): number {
    const inner = innerSize({ width, height: 0, boxed });
    return LIMITS.QUEUES / heatColumns(inner.width) - inner.height;
  }

  /** Of each queue. */
  private rates(): number[] {
    const rates = new Array<number>(LIMITS.QUEUES).fill(0);
    for (const { kind, queue, rate } of this.capture.rates.queueRows) if (kind === 'q') rates[queue] = rate;
    return rates;
  }

  protected title(): string {
    return 'Queues (backend % 64)';
  }

  protected override note(): string {
    const { theme } = this;
    const busy = this.rates().filter((rate) => rate > 0).length;
    return `${theme.paint('strong', String(busy))} ${theme.paint('dim', `of ${LIMITS.QUEUES} busy`)}`;
  }

  protected content({ width }: Inner): string[] {
    const rates = this.rates();
    const highest = Math.max(...rates);
    const perRow = heatColumns(width);
    const cellWidth = Math.floor(width / perRow);
    const cells = rates.map((rate, queue) => this.cell(queue, rate, highest, cellWidth));
    return Array.from({ length: LIMITS.QUEUES / perRow }, (_, i) => cells.slice(i * perRow, (i + 1) * perRow).join(''));
  }

  private cell(queue: number, rate: number, highest: number, width: number): string {
    const { theme } = this;
    // The square root: one hot queue must not make all others look alike.
    const share = highest > 0 ? Math.sqrt(rate / highest) : 0;
    const number = String(queue).padStart(2);
    if (width < 9) return `${theme.paint('dim', number)}${theme.heat(share, 1)}${' '.repeat(Math.max(0, width - 3))}`;
    const blocks = Math.min(6, width - 8);
    const text = cell(rate > 0 ? short(rate) : '·', width - blocks - 4);
    return `${theme.paint('dim', number)} ${theme.heat(share, blocks)} ${rate > 0 ? text : theme.paint('dim', text)}`;
  }
}
