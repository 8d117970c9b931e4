// Backends: how the load spreads over the backends that connection IDs name.
import type { ReactNode } from 'react';
import { queueOf } from '../../core/capture.js';
import { type Column, UNKNOWN } from '../columns.js';
import type { BackendRate } from '../history.js';
import type { Model } from '../model.js';
import type { Pane } from '../pane.js';
import { TablePane } from '../panes/table.js';
import { bar, count, short, sparkline } from '../text.js';
import type { Theme } from '../theme.js';
import { type Place, REST, type Selection, type View } from './view.js';

/** What the rows are compared with. */
interface Totals {
  rate: number;
  highest: number;
  /** Mean rate of the backends with packets. */
  mean: number;
}

function totalsOf(rows: readonly BackendRate[]): Totals {
  const busy = rows.filter((row) => row.rate > 0);
  const rate = busy.reduce((sum, row) => sum + row.rate, 0);
  return {
    rate,
    highest: busy.reduce((highest, row) => Math.max(highest, row.rate), 0),
    mean: busy.length > 0 ? rate / busy.length : 0,
  };
}

function columns(model: Model, totals: () => Totals): Column<BackendRate>[] {
  const share = ({ rate }: BackendRate) => (totals().rate > 0 ? rate / totals().rate : 0);
  const skew = ({ rate }: BackendRate) => (totals().mean > 0 ? rate / totals().mean : 0);
  return [
    {
      id: 'backend',
      title: 'BACKEND',
      min: 8,
      max: 8,
      align: 'right',
      priority: 0,
      text: ({ backend }) => String(backend),
      paint: (text, _, theme) => theme.paint('cidBackend', text),
      value: ({ backend }) => backend,
    },
    {
      id: 'queue',
      title: 'Q',
      min: 3,
      max: 3,
      align: 'right',
      priority: 4,
      text: ({ backend }) => String(queueOf(backend)),
      value: ({ backend }) => queueOf(backend) as number,
    },
    {
      id: 'rate',
      title: 'RATE',
      min: 9,
      max: 9,
      align: 'right',
      priority: 1,
      text: ({ rate }) => `${short(rate)}/s`,
      paint: (text, { rate }, theme) => theme.paint(rate > 0 ? 'strong' : 'dim', text),
      value: ({ rate }) => rate,
      descends: true,
    },
    {
      id: 'share',
      title: 'SHARE',
      min: 6,
      max: 6,
      align: 'right',
      priority: 2,
      text: (row) => `${(100 * share(row)).toFixed(1)}%`,
      value: share,
      descends: true,
    },
    {
      id: 'bar',
      title: '',
      min: 8,
      max: 40,
      align: 'left',
      priority: 8,
      text: ({ rate }, width) => bar(totals().highest > 0 ? rate / totals().highest : 0, width),
      paint: (text, _, theme) => theme.paint('bar', text),
    },
    {
      id: 'skew',
      title: 'SKEW',
      min: 6,
      max: 6,
      align: 'right',
      priority: 5,
      text: (row) => (skew(row) > 0 ? `${skew(row).toFixed(2)}x` : UNKNOWN),
      paint: (text, row, theme) => (skew(row) >= 2 ? theme.paint('warn', text) : text),
      value: skew,
      descends: true,
    },
    {
      id: 'packets',
      title: 'PACKETS',
      min: 10,
      max: 12,
      align: 'right',
      priority: 3,
      text: ({ trusted }) => (trusted < 1e9 ? count(trusted) : short(trusted)),
      value: ({ trusted }) => trusted,
      descends: true,
    },
    {
      id: 'untrusted',
      title: 'UNTRUSTED',
      min: 10,
      max: 10,
      align: 'right',
      priority: 6,
      text: ({ packets, trusted }) => (packets > trusted ? short(packets - trusted) : UNKNOWN),
      paint: (text, _, theme) => theme.paint('dim', text),
      value: ({ packets, trusted }) => packets - trusted,
      descends: true,
    },
    {
      id: 'cids',
      title: 'CIDS',
      min: 6,
      max: 6,
      align: 'right',
      priority: 7,
      text: ({ backend }) => short(model.cids.cidsOf(backend)),
      value: ({ backend }) => model.cids.cidsOf(backend),
      descends: true,
    },
    {
      id: 'history',
      title: 'LAST MINUTE',
      min: 12,
      max: 60,
      align: 'right',
      priority: 9,
      text: ({ backend }, width) => sparkline((model.history.series.get(backend) ?? []).slice(-width)).padStart(width),
      paint: (text, _, theme) => theme.paint('bar', text),
    },
  ];
}

/** What has no meaning for a file. */
const LIVE_COLUMNS: readonly string[] = ['rate', 'history'];

export class BackendsView implements View {
  readonly id = 'backends';
  readonly title = 'Backends';
  private readonly table: TablePane<BackendRate>;
  private totals: Totals = { rate: 0, highest: 0, mean: 0 };
  private totalsFrom: readonly BackendRate[] = [];

  /** @param drill shows the packets of a filter */
  constructor(model: Model, theme: Theme, drill: (filter: string) => void) {
    const live = model.source.kind === 'live';
    this.table = new TablePane<BackendRate>(
      {
        name: 'backends',
        title: 'Backends, by connection IDs that servers chose',
        columns: columns(model, () => this.totals).filter(({ id }) => live || !LIVE_COLUMNS.includes(id)),
        sort: { column: live ? 'rate' : 'packets', descending: true },
        rows: () => {
          const { backends } = model.history;
          if (backends !== this.totalsFrom) {
            this.totalsFrom = backends;
            this.totals = totalsOf(backends);
          }
          return backends;
        },
        key: ({ backend }) => String(backend),
        note: () => {
          const { census } = model.analysis;
          const missed = census.missed > 0 ? `${theme.paint('warn', `${count(census.missed)} not looked at`)}  ` : '';
          const busy = model.history.backends.filter(({ trusted }) => trusted > 0).length;
          return `${missed}${theme.paint('strong', count(busy))} ${theme.paint('dim', 'backends')}`;
        },
        empty: () => 'No packet named a backend yet.',
        open: ({ backend }) => {
          drill(`backend == ${backend}`);
          return null;
        },
      },
      theme,
    );
  }

  panes(): readonly Pane[] {
    return [this.table];
  }

  layout(place: Place): ReactNode {
    return place(this.table, REST);
  }

  selection(): Selection | null {
    const row = this.table.selected;
    return row && { dcid: null, backend: row.backend };
  }
}
