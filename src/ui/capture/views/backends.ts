// Backends: how the load spreads over the backends that connection IDs name.

import type { ScreenSource } from '../../../core/capture/source.js';
import { backendKey } from '../../../core/cid/layout.js';
import { serverIdText } from '../../../core/cid/server-id.js';
import type { BackendRate } from '../../../core/stats/history.js';
import { meanRate, skewOf } from '../../../core/stats/skew.js';
import { count } from '../../../core/text/format.js';
import { TablePane } from '../../panes/table.js';
import { type Column, UNKNOWN } from '../../table/columns.js';
import {
  backendColumn,
  barColumn,
  countColumn,
  queueColumn,
  rateColumn,
  shareColumn,
} from '../../table/table-columns.js';
import { shortEndpoint, sparkline } from '../../terminal/text.js';
import type { Theme } from '../../theme/theme.js';
import { TableView } from '../../views/table-view.js';
import type { CaptureModel } from '../model/capture-model.js';
import { ownerOfBackend } from '../model/owners.js';
import { undecodedText } from '../panes/undecoded.js';
import type { CaptureView, Selection } from './capture-view.js';

/** What the rows are compared with. */
interface Totals {
  rate: number;
  highest: number;
  /** See meanRate(). */
  mean: number;
  /** Columns of the longest text of a row's servers. */
  serverWidth: number;
}

const NO_TOTALS: Totals = { rate: 0, highest: 0, mean: 0, serverWidth: 0 };

function totalsOf(rows: readonly BackendRate[]): Totals {
  return {
    rate: rows.reduce((sum, { rate }) => sum + rate, 0),
    highest: rows.reduce((highest, { rate }) => Math.max(highest, rate), 0),
    mean: meanRate(rows),
    serverWidth: rows.reduce((width, row) => Math.max(width, row.servers.first.length + othersText(row).length), 0),
  };
}

/** Behind the first server: how many others there are, ` +4…` when there are at least so many. */
function othersText({ servers: { count, more } }: BackendRate): string {
  if (more) return ` +${count}…`;
  return count > 1 ? ` +${count - 1}` : '';
}

/** Where packets that name the backend go to. Several hosts of one backend are a warning. */
function serverColumn(priority: number, totals: () => Totals): Column<BackendRate> {
  const min = 16;
  return {
    id: 'server',
    title: 'SERVER',
    min,
    // As wide as what is in it.
    get max() {
      return Math.max(min, totals().serverWidth);
    },
    align: 'left',
    priority,
    text: (row, width) => {
      const { first } = row.servers;
      const others = othersText(row);
      return first === '' ? UNKNOWN : shortEndpoint(first, width - others.length) + others;
    },
    paint: (text, { servers, trusted }, theme) => {
      // Where a packet goes that names a backend by chance means nothing.
      if (trusted === 0) return theme.paint('dim', text);
      return servers.disagree ? theme.paint('warn', text) : text;
    },
    // What is a warning comes first, then what has several.
    value: ({ servers: { disagree, count, more, first } }) =>
      `${Number(disagree)} ${more ? count + 1 : count} ${first}`,
    descends: true,
  };
}

/** Whose socket on this host the backend is. One that nobody has any more is a warning. */
function ownerColumn(priority: number, source: ScreenSource): Column<BackendRate> {
  return {
    id: 'owner',
    title: 'OWNER',
    min: 14,
    max: 28,
    align: 'left',
    priority,
    text: (row) => ownerOfBackend(source, row)?.brief ?? UNKNOWN,
    paint: (text, row, theme) => (ownerOfBackend(source, row)?.isDead ? theme.paint('warn', text) : text),
    value: (row) => {
      const owner = ownerOfBackend(source, row);
      return owner ? `${Number(owner.isDead)} ${owner.brief}` : '';
    },
    descends: true,
  };
}

const dim = (text: string, _: BackendRate, theme: Theme) => theme.paint('dim', text);

function columns(capture: CaptureModel, totals: () => Totals): Column<BackendRate>[] {
  const skew = ({ rate }: BackendRate) => skewOf(rate, totals().mean);
  return [
    backendColumn(
      0,
      ({ backend }) => backend,
      ({ claimed }) => claimed,
    ),
    queueColumn(5, ({ backend }) => backend),
    serverColumn(2, totals),
    ...(capture.source.owners ? [ownerColumn(2, capture.source)] : []),
    rateColumn(1, ({ rate }) => rate),
    shareColumn(3, ({ rate }) => (totals().rate > 0 ? rate / totals().rate : 0)),
    // The last minute is worth more than a longer bar.
    { ...barColumn(9, ({ rate }: BackendRate) => (totals().highest > 0 ? rate / totals().highest : 0)), max: 16 },
    {
      id: 'skew',
      title: 'SKEW',
      min: 6,
      max: 6,
      align: 'right',
      priority: 6,
      text: (row) => (row.active && totals().mean > 0 ? `${skew(row).toFixed(2)}x` : UNKNOWN),
      paint: (text, row, theme) => (skew(row) >= 2 ? theme.paint('warn', text) : text),
      value: skew,
      descends: true,
    },
    countColumn('long', 'LONG', 4, ({ trusted }) => trusted),
    countColumn('short', 'SHORT', 5, ({ short }) => short),
    countColumn('untrusted', 'UNTRUSTED', 7, ({ packets, trusted }) => packets - trusted, dim),
    countColumn('cids', 'CIDS', 8, (row) => capture.cids.cidsOf(row)),
    {
      id: 'history',
      title: 'LAST MINUTE',
      min: 20,
      max: 60,
      align: 'right',
      priority: 10,
      text: (row, width) =>
        sparkline((capture.history.shown.series.get(backendKey(row)) ?? []).slice(-width)).padStart(width),
      paint: (text, _, theme) => theme.paint('bar', text),
    },
  ];
}

/** What has no meaning for a file. */
const LIVE_COLUMNS: readonly string[] = ['rate', 'history', 'short'];

/** @param drill shows the packets of a filter */
function backendTable(capture: CaptureModel, theme: Theme, drill: (filter: string) => void): TablePane<BackendRate> {
  const { history, source } = capture;
  const live = source.kind === 'live';
  let totals = NO_TOTALS;
  let totalsFrom: readonly BackendRate[] = [];
  return new TablePane<BackendRate>(
    {
      name: 'backends',
      title: 'Backends, by connection IDs that servers chose',
      columns: columns(capture, () => totals).filter(({ id }) => live || !LIVE_COLUMNS.includes(id)),
      sort: { column: live ? 'rate' : 'long', descending: true },
      rows: () => {
        const { backends } = history.shown;
        if (backends !== totalsFrom) {
          totalsFrom = backends;
          totals = totalsOf(backends);
        }
        return backends;
      },
      key: (row) => String(backendKey(row)),
      note: () => {
        const { census, backends } = history.shown;
        const undecoded = undecodedText(census, theme);
        const busy = backends.filter(({ claimed }) => claimed).length;
        return `${undecoded && `${undecoded}  `}${theme.paint('strong', count(busy))} ${theme.paint('dim', 'backends')}`;
      },
      empty: () => 'No packet named a backend so far.',
      open: ({ backend }) => {
        drill(`backend == ${serverIdText(backend)}`);
        return null;
      },
    },
    theme,
  );
}

export class BackendsView extends TableView<BackendRate> implements CaptureView {
  /** @param drill shows the packets of a filter */
  constructor(capture: CaptureModel, theme: Theme, drill: (filter: string) => void) {
    super('backends', 'Backends', backendTable(capture, theme, drill));
  }

  selection(): Selection | null {
    const { selected } = this.table;
    return selected && { dcid: null, backend: selected.backend };
  }
}
