// Queues: the load and the losses of every logical queue and every RX queue.
import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { QueueRate } from '../../../core/stats/rates.js';
import { isBoxed } from '../../panes/frame.js';
import type { Pane } from '../../panes/pane.js';
import { TablePane } from '../../panes/table.js';
import type { Column } from '../../table/columns.js';
import { barColumn, countColumn, rateColumn, shareColumn } from '../../table/table-columns.js';
import { short } from '../../terminal/text.js';
import type { Theme } from '../../theme/theme.js';
import { type Place, REST } from '../../views/view.js';
import type { CaptureModel } from '../model/capture-model.js';
import { HeatPane } from '../panes/heat.js';
import { LedgerPane } from '../panes/ledger.js';
import type { CaptureView } from './capture-view.js';

const LEDGER_COLUMNS = 42;
/** From these columns on, there is room for table and ledger side by side. */
const BESIDE = 80;

function columns(capture: CaptureModel): Column<QueueRate>[] {
  const total = () => capture.rates.queueRows.reduce((sum, { kind, rate }) => sum + (kind === 'q' ? rate : 0), 0);
  // Every frame is in an RX queue, and only some are in a logical one: the two are not compared.
  const highest = (of: QueueRate['kind']) =>
    capture.rates.queueRows.reduce((most, { kind, rate }) => (kind === of ? Math.max(most, rate) : most), 0);
  return [
    {
      id: 'queue',
      title: 'QUEUE',
      min: 6,
      max: 6,
      align: 'left',
      priority: 0,
      text: ({ kind, queue, andHigher }) => `${kind} ${queue}${andHigher ? '+' : ''}`,
      paint: (text, { kind }, theme) => theme.paint(kind === 'q' ? 'cidBackend' : 'strong', text),
      // RX queues come last.
      value: ({ kind, queue }) => (kind === 'q' ? queue : 1000 + queue),
    },
    rateColumn(1, ({ rate }) => rate),
    shareColumn(4, ({ kind, rate }) => (kind === 'q' && total() > 0 ? rate / total() : null)),
    barColumn(5, ({ kind, rate }) => (rate > 0 ? rate / highest(kind) : 0)),
    countColumn('frames', 'FRAMES', 3, ({ frames }) => frames),
    {
      id: 'lost',
      title: 'LOST',
      min: 8,
      max: 8,
      align: 'right',
      priority: 2,
      text: ({ lost }) => (lost === null ? '' : short(lost)),
      paint: (text, { lost }, theme) => theme.paint(lost ? 'bad' : 'dim', text),
      value: ({ lost }) => lost ?? -1,
      descends: true,
    },
  ];
}

/** What has no meaning for a file. */
const LIVE_COLUMNS: readonly string[] = ['rate', 'lost'];

export class QueuesView implements CaptureView {
  readonly id = 'queues';
  readonly title = 'Queues';
  private readonly table: TablePane<QueueRate>;
  private readonly heat: HeatPane;
  private readonly ledger: LedgerPane;
  /** Of table and ledger the one with the keys, where only one has room. */
  private shown: Pane;

  /** @param drill shows the packets of a filter */
  constructor(capture: CaptureModel, theme: Theme, drill: (filter: string) => void) {
    const live = capture.source.kind === 'live';
    this.heat = new HeatPane(capture, theme);
    this.ledger = new LedgerPane(capture, theme);
    this.table = new TablePane<QueueRate>(
      {
        name: 'queues',
        title: live ? 'Queues and RX queues' : 'Queues',
        columns: columns(capture).filter(({ id }) => live || !LIVE_COLUMNS.includes(id)),
        sort: { column: live ? 'rate' : 'frames', descending: true },
        rows: () => capture.rates.queueRows,
        key: ({ kind, queue }) => `${kind}${queue}`,
        note: () => '',
        empty: () => 'No packet belongs to a queue so far.',
        open: ({ kind, queue, andHigher }) => {
          drill(kind === 'q' ? `queue == ${queue}` : `rx_queue ${andHigher ? '>=' : '=='} ${queue}`);
          return null;
        },
      },
      theme,
    );
    this.shown = this.table;
  }

  panes(): readonly Pane[] {
    return [this.table, this.ledger];
  }

  focused(pane: Pane): void {
    this.shown = pane;
  }

  layout(place: Place, columns: number, rows: number): ReactNode {
    const heatRows = HeatPane.rows(columns, isBoxed(columns, rows));
    return (
      <Box flexDirection="column" {...REST}>
        {rows >= 20 && place(this.heat, { height: heatRows, flexShrink: 0 })}
        <Box {...REST}>
          {columns < BESIDE
            ? place(this.shown, REST)
            : [
                place(this.table, REST),
                place(this.ledger, { width: Math.min(LEDGER_COLUMNS, columns / 2), flexShrink: 0 }),
              ]}
        </Box>
      </Box>
    );
  }

  selection(): null {
    return null;
  }
}
