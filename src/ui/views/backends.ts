// Backends: how the load spreads over the backends that connection IDs name.
import { type Column, UNKNOWN } from '../columns.js';
import type { BackendRate } from '../history.js';
import type { Model } from '../model.js';
import { TablePane } from '../panes/table.js';
import { meanRate, skewOf } from '../skew.js';
import { backendColumn, barColumn, countColumn, queueColumn, rateColumn, shareColumn } from '../table-columns.js';
import { count, sparkline } from '../text.js';
import type { Theme } from '../theme.js';
import { TableView } from './table-view.js';
import type { Selection } from './view.js';

/** What the rows are compared with. */
interface Totals {
  rate: number;
  highest: number;
  /** See meanRate(). */
  mean: number;
}

function totalsOf(rows: readonly BackendRate[]): Totals {
  return {
    rate: rows.reduce((sum, { rate }) => sum + rate, 0),
    highest: rows.reduce((highest, { rate }) => Math.max(highest, rate), 0),
    mean: meanRate(rows),
  };
}

const dim = (text: string, _: BackendRate, theme: Theme) => theme.paint('dim', text);

function columns(model: Model, totals: () => Totals): Column<BackendRate>[] {
  const skew = ({ rate }: BackendRate) => skewOf(rate, totals().mean);
  return [
    backendColumn(0, ({ backend }) => backend),
    queueColumn(4, ({ backend }) => backend),
    rateColumn(1, ({ rate }) => rate),
    shareColumn(2, ({ rate }) => (totals().rate > 0 ? rate / totals().rate : 0)),
    barColumn(8, ({ rate }) => (totals().highest > 0 ? rate / totals().highest : 0)),
    {
      id: 'skew',
      title: 'SKEW',
      min: 6,
      max: 6,
      align: 'right',
      priority: 5,
      text: (row) => (row.active && totals().mean > 0 ? `${skew(row).toFixed(2)}x` : UNKNOWN),
      paint: (text, row, theme) => (skew(row) >= 2 ? theme.paint('warn', text) : text),
      value: skew,
      descends: true,
    },
    countColumn('packets', 'PACKETS', 3, ({ trusted }) => trusted),
    countColumn('untrusted', 'UNTRUSTED', 6, ({ packets, trusted }) => packets - trusted, dim),
    countColumn('cids', 'CIDS', 7, ({ backend }) => model.cids.cidsOf(backend)),
    {
      id: 'history',
      title: 'LAST MINUTE',
      min: 12,
      max: 60,
      align: 'right',
      priority: 9,
      text: ({ backend }, width) =>
        sparkline((model.history.shown.series.get(backend) ?? []).slice(-width)).padStart(width),
      paint: (text, _, theme) => theme.paint('bar', text),
    },
  ];
}

/** What has no meaning for a file. */
const LIVE_COLUMNS: readonly string[] = ['rate', 'history'];

export class BackendsView extends TableView<BackendRate> {
  readonly id = 'backends';
  readonly title = 'Backends';
  protected readonly table: TablePane<BackendRate>;
  private totals: Totals = { rate: 0, highest: 0, mean: 0 };
  private totalsFrom: readonly BackendRate[] = [];

  /** @param drill shows the packets of a filter */
  constructor(model: Model, theme: Theme, drill: (filter: string) => void) {
    super();
    const live = model.source.kind === 'live';
    this.table = new TablePane<BackendRate>(
      {
        name: 'backends',
        title: 'Backends, by connection IDs that servers chose',
        columns: columns(model, () => this.totals).filter(({ id }) => live || !LIVE_COLUMNS.includes(id)),
        sort: { column: live ? 'rate' : 'packets', descending: true },
        rows: () => {
          const { backends } = model.history.shown;
          if (backends !== this.totalsFrom) {
            this.totalsFrom = backends;
            this.totals = totalsOf(backends);
          }
          return backends;
        },
        key: ({ backend }) => String(backend),
        note: () => {
          const { census, backends } = model.history.shown;
          const missed = census.missed > 0 ? `${theme.paint('warn', `${count(census.missed)} not looked at`)}  ` : '';
          const busy = backends.filter(({ trusted }) => trusted > 0).length;
          return `${missed}${theme.paint('strong', count(busy))} ${theme.paint('dim', 'backends')}`;
        },
        empty: () => 'No packet named a backend so far.',
        open: ({ backend }) => {
          drill(`backend == ${backend}`);
          return null;
        },
      },
      theme,
    );
  }

  protected selectionOf({ backend }: BackendRate): Selection {
    return { dcid: null, backend };
  }
}
