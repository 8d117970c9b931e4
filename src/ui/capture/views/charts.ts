// Charts: rates over the last minutes or over a file's own time, packet types, QUIC versions, the balance of the queues.
import type { ReactNode } from 'react';
import { PACKET_TYPE } from '../../../core/native/abi.gen.js';
import { SHORT_TYPE_TITLES } from '../../../core/quic/packet-types.js';
import { FileHistory } from '../../../core/stats/file-history.js';
import type { Past } from '../../../core/stats/history.js';
import type { RateData } from '../../../core/stats/rate-data.js';
import { explain } from '../../../core/text/errors.js';
import { versionName } from '../../../core/text/format.js';
import type { ChartData, Charts } from '../../charts/index.js';
import { loadCharts } from '../../charts/load.js';
import type { Pane, PaneSize } from '../../panes/pane.js';
import type { Theme } from '../../theme/theme.js';
import { type Place, REST } from '../../views/view.js';
import type { CaptureModel } from '../model/capture-model.js';
import { undecodedText } from '../panes/undecoded.js';
import { TYPE_ROLES } from '../table/packet-columns.js';
import type { CaptureView } from './capture-view.js';

/** Backends with a line of their own. */
const SERIES = 4;

/** As in a connection's life; what is unknown comes last. */
const TYPE_ORDER = [
  PACKET_TYPE.TYPE_INITIAL,
  PACKET_TYPE.TYPE_0RTT,
  PACKET_TYPE.TYPE_HANDSHAKE,
  PACKET_TYPE.TYPE_RETRY,
  PACKET_TYPE.TYPE_VERSION_NEGOTIATION,
  PACKET_TYPE.TYPE_1RTT,
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

function chartData({ history, rates: { queues } }: CaptureModel, rates: ChartData['rates'], theme: Theme): ChartData {
  const { census } = history.shown;
  return {
    rates,
    undecoded: undecodedText(census, theme),
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

/** What was drawn, and of what. */
interface Drawing {
  size: PaneSize;
  past: Past;
  rates: ChartData['rates'] | null;
  lines: readonly string[];
}

class ChartsPane implements Pane {
  readonly name = 'charts';
  private charts: Charts | null = null;
  private loading: Promise<void> | null = null;
  /** Why there are no charts. */
  private problem: string | null = null;
  private size: PaneSize | null = null;
  private drawing: Drawing | null = null;
  private readonly fileHistory: FileHistory | null;

  constructor(
    private readonly capture: CaptureModel,
    private readonly theme: Theme,
  ) {
    const { source, analysis, screen } = capture;
    this.fileHistory = source.kind === 'file' ? new FileHistory(source, analysis, screen.now) : null;
  }

  private async load(): Promise<void> {
    try {
      this.charts = new (await loadCharts())(this.theme);
    } catch (error) {
      this.problem = `the charts cannot be drawn: ${explain(error).failure}`;
    }
  }

  resize(size: PaneSize): void {
    this.size = size;
    this.update();
  }

  /** Draws when there is another census, or another size. */
  update(): void {
    this.loading ??= this.load();
    const { size, charts, drawing } = this;
    if (!size || !charts) return;
    this.fileHistory?.tick(COUNT_BUDGET);
    const past = this.capture.history.shown;
    const rates = this.fileHistory?.rates ?? null;
    if (drawing && size === drawing.size && past === drawing.past && rates === drawing.rates) return;
    const data = chartData(this.capture, rates ?? liveRates(past), this.theme);
    this.drawing = { size, past, rates, lines: charts.lines(data, size.width, size.height) };
  }

  lines(): readonly string[] {
    const { drawing, problem, theme } = this;
    if (drawing) return drawing.lines;
    return [` ${problem === null ? theme.paint('dim', 'drawing ...') : theme.paint('bad', problem)}`];
  }
}

export class ChartsView implements CaptureView {
  readonly id = 'charts';
  readonly title = 'Charts';
  private readonly pane: ChartsPane;

  constructor(capture: CaptureModel, theme: Theme) {
    this.pane = new ChartsPane(capture, theme);
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
