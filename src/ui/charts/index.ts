// The Charts view's drawing: what is counted, as lines of text for the painter. Loaded when the view is first opened.

import type { RateData } from '../../core/stats/rate-data.js';
import type { Load } from '../../core/stats/skew.js';
import { columnsOf, fill, short } from '../terminal/text.js';
import type { Role, Theme } from '../theme/theme.js';
import { type Bar, barLines } from './bars.js';
import { busiestOf, QueueChart } from './queue-chart.js';
import { RateChart, SERIES } from './rate-chart.js';

/** All names are printable. */
export interface ChartData {
  /** What is said in their place where there are none. */
  rates: RateData | string;
  /** How many packets types, versions and backends do not know of, painted; empty: none. */
  undecoded: string;
  types: readonly Bar[];
  versions: readonly { name: string; packets: number }[];
  /** Frames per second of each of the 64 logical queues; of a capture file, its frames. */
  queues: readonly Load[];
}

/** Less than this has no room for a chart. */
const LEAST = { width: 30, height: 6 };
const GAP = 3;

/** A part of the view: a headline and what is below it. */
interface Panel {
  width: number;
  draw(width: number, rows: number): string[];
}

/** Keeps its widgets as long as the size stays. */
export class Charts {
  private rateChart: RateChart | undefined;
  private queueChart: QueueChart | undefined;
  /** Without colours only one line can be told from the axes. */
  private readonly coloured: boolean;

  constructor(private readonly theme: Theme) {
    this.coloured = theme.paint(SERIES[0], 'x') !== 'x';
  }

  /** Exactly `height` lines of exactly `width` columns. */
  lines(data: ChartData, width: number, height: number): string[] {
    const drawn = this.draw(data, width, height);
    return Array.from({ length: height }, (_, i) => fill(drawn[i] ?? '', width));
  }

  private draw(data: ChartData, width: number, height: number): string[] {
    if (width < LEAST.width || height < LEAST.height) return this.message('no room for charts', width, height);
    const { rates } = data;
    if (
      !data.types.some(({ packets }) => packets > 0) &&
      !(typeof rates === 'object' && rates.total.some((rate) => rate > 0))
    ) {
      return this.message(typeof rates === 'string' ? rates : 'no packets yet', width, height);
    }
    const panels = this.panels(data, width, height);
    const lower = panels.length > 0 ? Math.min(16, Math.floor(height * 0.4)) : 0;
    const upper = height - lower - (lower > 0 ? 1 : 0);
    const lines = this.rates(rates, data.undecoded, width, upper);
    if (lower === 0) return lines;
    const columns = panels.map((panel) => panel.draw(panel.width, lower));
    for (let row = 0; row < lower; row++) {
      lines[upper + 1 + row] = panels
        .map((panel, i) => fill(columns[i]?.[row] ?? '', panel.width))
        .join(' '.repeat(GAP));
    }
    return lines;
  }

  private message(text: string, width: number, height: number): string[] {
    const lines = new Array<string>(height).fill('');
    const left = ' '.repeat(Math.max(0, Math.floor((width - text.length) / 2)));
    lines[Math.floor((height - 1) / 2)] = left + this.theme.paint('dim', text);
    return lines;
  }

  private rates(rates: RateData | string, undecoded: string, width: number, rows: number): string[] {
    const title = this.theme.paint('title', 'Packets/s');
    const last = undecoded === '' ? [] : [undecoded];
    if (typeof rates === 'string') return [title, ...this.message(rates, width, rows - 1)];
    const legend = this.legend(rates, width - columnsOf([title, ...last].join('  ')));
    if (this.rateChart?.columns !== width || this.rateChart.rows !== rows - 1) {
      this.rateChart = new RateChart(width, rows - 1);
    }
    // A line without a name would say nothing.
    const backends = this.coloured ? rates.backends.slice(0, Math.max(0, legend.length - 1)) : [];
    return [[title, ...legend, ...last].join('  '), ...this.rateChart.lines({ ...rates, backends }, this.theme)];
  }

  /** The name of each line of the rate chart in its colour: as many as fit. With its newest value; of a file, its highest. */
  private legend({ axis, total, backends }: RateData, width: number): string[] {
    const { theme } = this;
    const parts = [{ role: 'strong' as Role, name: 'total', rates: total }];
    for (const [i, role] of SERIES.entries()) {
      const backend = backends[i];
      if (backend) parts.push({ role, name: backend.name, rates: backend.rates });
    }
    const entries: string[] = [];
    let left = width;
    for (const { role, name, rates } of parts) {
      const value = axis === 'age' ? short(rates.at(-1) ?? 0) : `max ${short(Math.max(0, ...rates))}`;
      left -= '  ■  '.length + name.length + value.length;
      if (left < 0) break;
      const sign = this.coloured || role === 'strong' ? '■ ' : '';
      entries.push(`${theme.paint(role, sign + name)} ${value}`);
    }
    return entries;
  }

  /** What there is room for below the rates. */
  private panels(data: ChartData, width: number, height: number): Panel[] {
    if (width < 72 || height < 16) return [];
    const queues = {
      width: width >= 180 ? 70 : 38,
      draw: (...size: [number, number]) => this.queues(data.queues, ...size),
    };
    const types: Panel['draw'] = (...size) =>
      this.shares(this.title('Packet types', data.undecoded), data.types, ...size);
    const versionBars = data.versions.map((version, i) => ({ ...version, role: SERIES[i] ?? ('bar' as const) }));
    const versions: Panel['draw'] = (...size) =>
      this.shares(this.title('QUIC versions', data.undecoded), versionBars, ...size);
    if (width < 110) return [{ width: width - queues.width - GAP, draw: types }, queues];
    const rest = width - queues.width - 2 * GAP;
    const left = Math.ceil(rest / 2);
    return [{ width: left, draw: types }, { width: rest - left, draw: versions }, queues];
  }

  /** A headline, and what is not in the numbers below it. */
  private title(text: string, undecoded: string): string {
    const title = this.theme.paint('title', text);
    return undecoded === '' ? title : `${title}  ${undecoded}`;
  }

  private shares(title: string, bars: readonly Bar[], width: number, rows: number): string[] {
    return [title, ...barLines(bars, width, rows - 1, this.theme)];
  }

  private queues(loads: readonly Load[], width: number, rows: number): string[] {
    const { theme } = this;
    if (this.queueChart?.columns !== width || this.queueChart.rows !== rows - 1) {
      this.queueChart = new QueueChart(width, rows - 1, loads.length);
    }
    const { queue, highest, skew } = busiestOf(loads);
    const busiest = highest > 0 ? `max/mean ${skew.toFixed(2)}   busiest ${queue}` : 'no packets';
    return [`${theme.paint('title', 'Queues')}   ${busiest}`, ...this.queueChart.lines(loads, theme)];
  }
}
