// CIDs: the cid_counter table, the connection IDs of most packets.

import type { ReactNode } from 'react';
import type { Trust } from '../../../core/cid/trust.js';
import type { CidRate } from '../../../core/stats/cid-table.js';
import { count } from '../../../core/text/format.js';
import type { Pane } from '../../panes/pane.js';
import { TablePane } from '../../panes/table.js';
import { type Column, UNKNOWN } from '../../table/columns.js';
import { backendColumn, countColumn, queueColumn, rateColumn } from '../../table/table-columns.js';
import { short } from '../../terminal/text.js';
import type { Theme } from '../../theme/theme.js';
import { TableView } from '../../views/table-view.js';
import { type Place, REST } from '../../views/view.js';
import type { CaptureModel } from '../model/capture-model.js';
import { EvidencePane } from '../panes/evidence.js';
import { undecodedText } from '../panes/undecoded.js';
import { paintCid, spacedCid } from '../table/cid-text.js';
import type { CaptureView, Selection } from './capture-view.js';

/** Columns of a time's title, which `11:53:13` needs less than, and of one with its date: `11-23 11:53:13`. */
const TIME = 9;
const DATED_TIME = 14;

/** @param trustOf a CID that is shown */
function columns({ clock, source }: CaptureModel, trustOf: (cid: string) => Trust | null): Column<CidRate>[] {
  const layoutOf = ({ backend, cidLayout }: CidRate) =>
    backend === null ? null : (source.recorder.serverIds.layouts[cidLayout - 1] ?? null);
  // A file may be of any day, and of many. The time of a packet without one is not a number, which has no order.
  const timeWidth = source.kind === 'live' ? TIME : DATED_TIME;
  const time = (nanoseconds: number, width: number) => {
    if (Number.isNaN(nanoseconds)) return UNKNOWN;
    return clock
      .iso(nanoseconds)
      .slice(width < DATED_TIME ? 11 : 5, 19)
      .replace('T', ' ');
  };
  return [
    {
      id: 'cid',
      title: 'CID',
      min: 15,
      max: 43,
      align: 'left',
      priority: 0,
      growth: -1,
      text: (row) => {
        const layout = layoutOf(row);
        return row.cid === '' ? '(empty)' : layout ? spacedCid(row.cid, layout) : row.cid;
      },
      paint: (text, row, theme) => {
        const layout = layoutOf(row);
        return layout ? paintCid(text, layout, theme) : text;
      },
      value: ({ cid }) => cid,
    },
    backendColumn(
      1,
      ({ backend }) => backend,
      ({ cid }) => trustOf(cid) === 'server',
    ),
    queueColumn(5, ({ backend }) => backend),
    {
      id: 'trust',
      title: 'TRUST',
      min: 7,
      max: 7,
      align: 'left',
      priority: 4,
      text: ({ cid }) => trustOf(cid) ?? UNKNOWN,
      paint: (text, { cid }, theme) => theme.paint(trustOf(cid) === 'server' ? 'good' : 'dim', text),
    },
    countColumn('packets', 'PACKETS', 2, ({ packets }) => packets),
    ...(source.kind === 'live' ? [countColumn('short', 'SHORT', 6, ({ shortPackets }: CidRate) => shortPackets)] : []),
    rateColumn(3, ({ rate }) => rate),
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
      title: 'FIRST UTC',
      min: TIME,
      max: timeWidth,
      align: 'left',
      priority: 8,
      text: ({ firstSeen }, width) => time(firstSeen, width),
      paint: (text, _, theme) => theme.paint('dim', text),
      value: ({ firstSeen }) => firstSeen || -1,
      descends: true,
    },
    {
      id: 'last',
      title: 'LAST UTC',
      min: TIME,
      max: timeWidth,
      align: 'left',
      priority: 7,
      text: ({ lastSeen }, width) => time(lastSeen, width),
      paint: (text, _, theme) => theme.paint('dim', text),
      value: ({ lastSeen }) => lastSeen || -1,
      descends: true,
    },
  ];
}

/** @param drill shows the packets of a filter */
function cidTable(capture: CaptureModel, theme: Theme, drill: (filter: string) => void): TablePane<CidRate> {
  const { cids, analysis, source, history } = capture;
  /** Of the CIDs on the screen: to ask for one tells the analysis that it is wanted. */
  let trusts = new Map<string, Trust | null>();
  return new TablePane<CidRate>(
    {
      name: 'cids',
      title: 'Connection IDs',
      columns: columns(capture, (cid) => trusts.get(cid) ?? null).filter(
        ({ id }) => source.kind === 'live' || id !== 'rate',
      ),
      sort: { column: 'packets', descending: true },
      rows: () => cids.rows,
      key: ({ cid }) => cid,
      note: () => {
        const { rows, total } = cids;
        const shown = rows.length < total ? theme.paint('dim', `${count(rows.length)} of most packets, of `) : '';
        // Who chose a CID is known of decoded packets only.
        const undecoded = undecodedText(history.shown.census, theme);
        return `${undecoded && `${undecoded}  `}${shown}${theme.paint('strong', count(total))} ${theme.paint('dim', 'CIDs')}`;
      },
      empty: () => 'No connection ID was counted so far.',
      open: ({ cid }) => {
        if (cid === '') return 'an empty CID is no filter';
        drill(`dcid == ${cid}`);
        return null;
      },
      onShown: (rows) => {
        trusts = new Map(rows.map(({ cid }) => [cid, analysis.trustOf(cid)]));
      },
    },
    theme,
  );
}

export class CidsView extends TableView<CidRate> implements CaptureView {
  private readonly evidence: EvidencePane;
  private showsEvidence = false;

  /** @param drill shows the packets of a filter */
  constructor(capture: CaptureModel, theme: Theme, drill: (filter: string) => void) {
    super('cids', 'CIDs', cidTable(capture, theme, drill));
    this.evidence = new EvidencePane(() => capture.analysis.evidence(), theme);
  }

  /** What the bytes of the CIDs show, in the place of the table, and back. */
  toggleEvidence(): void {
    this.showsEvidence = !this.showsEvidence;
  }

  override panes(): readonly Pane[] {
    return this.showsEvidence ? [this.evidence] : super.panes();
  }

  override layout(place: Place): ReactNode {
    return this.showsEvidence ? place(this.evidence, REST) : super.layout(place);
  }

  leave(): void {
    this.showsEvidence = false;
  }

  selection(): Selection | null {
    const { selected } = this.table;
    return selected && { dcid: selected.cid === '' ? null : `dcid == ${selected.cid}`, backend: selected.backend };
  }
}
