// CIDs: the cid_counter table, the connection IDs of most packets.
import type { ReactNode } from 'react';
import { queueOf } from '../../core/capture.js';
import type { CidRate } from '../cid-table.js';
import { type Column, UNKNOWN } from '../columns.js';
import type { Model } from '../model.js';
import { paintCid, spacedCid } from '../packet-columns.js';
import type { Pane } from '../pane.js';
import { TablePane } from '../panes/table.js';
import { count, short } from '../text.js';
import type { Theme } from '../theme.js';
import { type Place, REST, type Selection, type View } from './view.js';

function columns({ clock, analysis }: Model): Column<CidRate>[] {
  const time = (nanoseconds: number) => clock.clock(nanoseconds).slice(0, 8);
  return [
    {
      id: 'cid',
      title: 'CID',
      min: 15,
      max: 43,
      align: 'left',
      priority: 0,
      growth: -1,
      text: ({ cid, backend }) => (cid === '' ? '(empty)' : backend === null ? cid : spacedCid(cid)),
      paint: (text, { backend }, theme) => (backend === null ? text : paintCid(text, theme)),
      value: ({ cid }) => cid,
    },
    {
      id: 'backend',
      title: 'BACKEND',
      min: 8,
      max: 8,
      align: 'right',
      priority: 1,
      text: ({ backend }) => String(backend ?? UNKNOWN),
      paint: (text, { backend }, theme) => theme.paint(backend === null ? 'dim' : 'cidBackend', text),
      value: ({ backend }) => backend ?? -1,
    },
    {
      id: 'queue',
      title: 'Q',
      min: 3,
      max: 3,
      align: 'right',
      priority: 5,
      text: ({ backend }) => String(queueOf(backend) ?? UNKNOWN),
      value: ({ backend }) => queueOf(backend) ?? -1,
    },
    {
      id: 'trust',
      title: 'TRUST',
      min: 7,
      max: 7,
      align: 'left',
      priority: 4,
      text: ({ cid }) => analysis.trustOf(cid) ?? UNKNOWN,
      paint: (text, { cid }, theme) => theme.paint(analysis.trustOf(cid) === 'server' ? 'good' : 'dim', text),
    },
    {
      id: 'packets',
      title: 'PACKETS',
      min: 10,
      max: 12,
      align: 'right',
      priority: 2,
      text: ({ packets }) => (packets < 1e9 ? count(packets) : short(packets)),
      value: ({ packets }) => packets,
      descends: true,
    },
    {
      id: 'rate',
      title: 'RATE',
      min: 9,
      max: 9,
      align: 'right',
      priority: 3,
      text: ({ rate }) => (rate === null ? UNKNOWN : `${short(rate)}/s`),
      paint: (text, { rate }, theme) => theme.paint(rate ? 'strong' : 'dim', text),
      value: ({ rate }) => rate ?? -1,
      descends: true,
    },
    {
      id: 'bytes',
      title: 'BYTES',
      min: 7,
      max: 7,
      align: 'right',
      priority: 6,
      text: ({ bytes }) => short(bytes),
      value: ({ bytes }) => bytes,
      descends: true,
    },
    {
      id: 'first',
      title: 'FIRST',
      min: 8,
      max: 8,
      align: 'left',
      priority: 8,
      text: ({ firstSeen }) => time(firstSeen),
      paint: (text, _, theme) => theme.paint('dim', text),
      value: ({ firstSeen }) => firstSeen,
      descends: true,
    },
    {
      id: 'last',
      title: 'LAST',
      min: 8,
      max: 8,
      align: 'left',
      priority: 7,
      text: ({ lastSeen }) => time(lastSeen),
      paint: (text, _, theme) => theme.paint('dim', text),
      value: ({ lastSeen }) => lastSeen,
      descends: true,
    },
  ];
}

export class CidsView implements View {
  readonly id = 'cids';
  readonly title = 'CIDs';
  private readonly table: TablePane<CidRate>;

  /** @param drill shows the packets of a filter */
  constructor(model: Model, theme: Theme, drill: (filter: string) => void) {
    this.table = new TablePane<CidRate>(
      {
        name: 'cids',
        title: 'Connection IDs',
        columns: columns(model).filter(({ id }) => model.source.kind === 'live' || id !== 'rate'),
        sort: { column: 'packets', descending: true },
        rows: () => model.cids.rows,
        key: ({ cid }) => cid,
        note: () => {
          const { rows, total } = model.cids;
          const shown = rows.length < total ? theme.paint('dim', `${count(rows.length)} of most packets, of `) : '';
          return `${shown}${theme.paint('strong', count(total))} ${theme.paint('dim', 'CIDs')}`;
        },
        empty: () => 'No connection ID was counted yet.',
        open: ({ cid }) => {
          if (cid === '') return 'an empty CID is no filter';
          drill(`dcid == ${cid}`);
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
    return row && { dcid: row.cid ? `dcid == ${row.cid}` : null, backend: row.backend };
  }
}
