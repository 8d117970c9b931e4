// Charts: rates over the last minutes or over a file's own time, packet types, QUIC versions, the balance of the queues.
import type { ReactNode } from 'react';
import { PACKET_TYPE } from '../../core/native/abi.gen.js';
import { SHORT_TYPE_TITLES } from '../../core/quic/packet-types.js';
import { FileHistory } from '../../core/stats/file-history.js';
import type { Past } from '../../core/stats/history.js';
import type { RateData } from '../../core/stats/rate-data.js';
import { explain } from '../../core/text/errors.js';
import { versionName } from '../../core/text/format.js';
import type { ChartData, Charts } from '../charts/index.js';
import { loadCharts } from '../charts/load.js';
import type { Model } from '../model/model.js';
import type { Pane, PaneSize } from '../panes/pane.js';
import { TYPE_ROLES } from '../table/packet-columns.js';
import type { Theme } from '../theme/theme.js';
import { type Place, REST, type View } from './view.js';

/** Backends with a line of their own. */
const SERIES = 4;

/** As in a connection's life; what is unknown comes last. */
const TYPE_ORDER = [
  PACKET_TYPE.TYPE_INITIAL,
  PACKET_TYPE.TYPE_0RTT,
  PACKET_TYPE.TYPE_HANDSHAKE,
  PACKET_TYPE.TYPE_RETRY,
  PACKET_TYPE.TYPE_VERSION_NEGOTIATION,
  PACKET_TYPE.TYPE_UNKNOWN,
];

/** Of all census versions those without a name of their own. */
const OTHERS = -1;

/** Milliseconds of a tick that counting the packets of a file may take. */
const COUNT_BUDGET = 8;

function liveRates({ series, total }: Past): RateData {
  const busiest = [...series].sort((a, b) => (b[1].at(-1) ?? 0) - (a[1].at(-1) ?? 0)).slice(0, SERIES);
  const backends = busiest.map(([backend, rates]) => ({ name: `backend ${backend}`, rates }));
  return { axis: 'age', period: 1, total, backends };
}

function chartData({ history, rates: { queues } }: Model, rates: ChartData['rates']): ChartData {
  const { census } = history.shown;
  return {
    rates,
    types: TYPE_ORDER.map((type) => ({
      name: SHORT_TYPE_TITLES[type] as string,
      packets: census.types[type] ?? 0,
      role: TYPE_ROLES[type] ?? 'bar',
    })).filter(({ packets }) => packets > 0),
    versions: census.versions.map(({ version, packets }) => ({
      name: version === OTHERS ? 'others' : versionName(version),
      packets,
    })),
    queues,
  };
}

class ChartsPane implements Pane {
  readonly name = 'charts';
  private charts: Charts | null = null;
  private loading: Promise<void> | null = null;
  private problem: string | null = null;
  private shown: { lines: string[]; size: string; past: Past | null; rates: ChartData['rates'] | null } = {
    lines: [],
    size: '',
    past: null,
    rates: null,
  };
  private readonly fileHistory: FileHistory | null;

  constructor(
    private readonly model: Model,
    private readonly theme: Theme,
  ) {
    const { source, analysis, now } = model;
    this.fileHistory = source.kind === 'file' ? new FileHistory(source, analysis, now) : null;
  }

  private async load(): Promise<void> {
    try {
      this.charts = new (await loadCharts())(this.theme);
    } catch (error) {
      this.problem = `the charts cannot be drawn: ${explain(error).failure}`;
    }
  }

  lines({ width, height }: PaneSize): string[] {
    if (!this.charts) {
      this.loading ??= this.load();
      return [` ${this.problem ? this.theme.paint('bad', this.problem) : this.theme.paint('dim', 'drawing ...')}`];
    }
    this.fileHistory?.tick(COUNT_BUDGET);
    // Drawn again only when there is another census, or another size.
    const past = this.model.history.shown;
    const size = `${width},${height}`;
    const rates = this.fileHistory?.rates ?? null;
    if (size !== this.shown.size || past !== this.shown.past || rates !== this.shown.rates) {
      const data = chartData(this.model, rates ?? liveRates(past));
      this.shown = { size, past, rates, lines: this.charts.lines(data, width, height) };
    }
    return this.shown.lines;
  }
}

export class ChartsView implements View {
  readonly id = 'charts';
  readonly title = 'Charts';
  private readonly pane: ChartsPane;

  constructor(model: Model, theme: Theme) {
    this.pane = new ChartsPane(model, theme);
  }

  panes(): readonly Pane[] {
    return [this.pane];
  }

  layout(place: Place): ReactNode {
    return place(this.pane, REST);
  }

  selection(): null {
    return null;
  }
}
