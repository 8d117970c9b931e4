// The packet list: a row for each matching packet, the newest at the bottom as tcpdump and Wireshark have it.

import type { RecordView } from '../../../core/recorder/record.js';
import { count } from '../../../core/text/format.js';
import { FramedPane, type Inner } from '../../panes/framed-pane.js';
import type { Cursor } from '../../panes/pane.js';
import {
  type Column,
  type ColumnLayout,
  columnAt,
  headLine,
  layOutColumns,
  rowLine,
  type Sort,
  sortBy,
} from '../../table/columns.js';
import { fill } from '../../terminal/text.js';
import type { Theme } from '../../theme/theme.js';
import type { CaptureModel } from '../model/capture-model.js';
import { NARROW, packetColumns, type Widths, widened } from '../table/packet-columns.js';

export interface PacketListOptions {
  /** Ids of the columns, in order. */
  columns: readonly string[];
  /** What stands in place of rows while nothing has come; printable. */
  waiting(): string;
  /** What Enter does. */
  open(): void;
}

export class PacketListPane extends FramedPane {
  readonly name = 'packets';
  readonly cursor: Cursor;
  /** What was shown once keeps its room, so that the list does not jump. */
  private widths: Widths = NARROW;
  private layout: ColumnLayout<RecordView> = { places: [], gap: ' ' };
  /** What `layout` was made for. */
  private laidOut: { width: number; widths: Widths } | null = null;
  /** How many packets are newer than the selected one; null: it is the newest, or gone. */
  private rank: number | null = null;

  constructor(
    private readonly capture: CaptureModel,
    theme: Theme,
    private readonly options: PacketListOptions,
  ) {
    super(theme);
    const { viewport } = capture;
    this.cursor = {
      move: (rows) => viewport.move(rows),
      toStart: () => viewport.toStart(),
      toEnd: () => viewport.toEnd(),
      get pageRows() {
        return viewport.pageRows;
      },
      get isEmpty() {
        return viewport.isEmpty;
      },
      sorting: {
        next: () => this.sortByNext(),
        reverse: () => this.reverse(),
      },
    };
  }

  open(): string | null {
    if (this.capture.viewport.isEmpty) return 'no packet is selected';
    this.options.open();
    return null;
  }

  click(x: number, y: number): void {
    const place = this.inside(x, y);
    if (place.y > 0) this.capture.viewport.selectRow(place.y - 1);
    const column = place.y === 0 ? columnAt(this.layout, place.x) : null;
    if (!column) return;
    this.capture.screen.clearMessage();
    if (column.id === 'time') this.capture.sortByTime();
    else this.sort(column, sortBy(column, this.capture.sort));
  }

  private sort(column: Column<RecordView>, sort: Sort): void {
    if (column.value) this.capture.sortPackets(sort, column.value);
  }

  /** By the next column that is shown; after the last one, by time again. */
  private sortByNext(): void {
    const columns = this.layout.places.map(({ column }) => column).filter(({ id, value }) => value && id !== 'time');
    const at = columns.findIndex(({ id }) => id === this.capture.sort?.column);
    const next = columns[at + 1];
    if (next) this.sort(next, sortBy(next, null));
    else this.capture.sortByTime();
  }

  private reverse(): void {
    const { sort } = this.capture;
    const column = this.layout.places.map((place) => place.column).find(({ id }) => id === sort?.column);
    if (column) this.sort(column, sortBy(column, sort));
    else this.capture.screen.say('refused', 'the packets are in order of time: s sorts them by a column');
  }

  protected override fit({ width, height }: Inner): void {
    const { capture } = this;
    const { viewport } = capture;
    if (viewport.resize(height - 1)) capture.refresh();
    this.layOut(width);
    this.rank = viewport.selected && !viewport.follow ? viewport.order.rank(viewport.selected) : null;
  }

  /** Gives the columns their places: others when the packets need more room than all before. */
  private layOut(width: number): void {
    const { clock, viewport } = this.capture;
    const { shown } = viewport;
    this.widths = widened(this.widths, this.layout, shown);
    while (this.laidOut?.width !== width || this.laidOut.widths !== this.widths) {
      this.laidOut = { width, widths: this.widths };
      const all = packetColumns(this.widths, { clock, decodedOf: (view) => viewport.decodedOf(view) });
      const chosen = this.options.columns.flatMap((id) => all.find((column) => column.id === id) ?? []);
      this.layout = layOutColumns(chosen, width);
      this.widths = widened(this.widths, this.layout, shown);
    }
  }

  protected title(): string {
    return 'Packets';
  }

  protected content({ width }: Inner, focused: boolean): string[] {
    const { theme, capture, layout } = this;
    const { viewport, list } = capture;
    const rows = viewport.shown.map((view, i) => {
      const line = rowLine(layout, view, theme);
      // Only a frozen view still shows what the recorder has overwritten.
      const shown = list.holds(view) ? line : theme.gone(line);
      return i === viewport.row ? theme.selected(fill(shown, width), focused) : shown;
    });
    if (rows.length === 0) rows.push('', theme.paint('dim', this.whyEmpty()));
    return [theme.paint('head', headLine(layout, capture.sort)), ...rows];
  }

  private whyEmpty(): string {
    const { filter, list, incomplete, paused } = this.capture;
    if (list.searching) return 'searching the recorder ...';
    if (filter.text !== '') return incomplete ?? 'No packet matches the filter. x clears it.';
    return paused ? 'What was here at the pause was overwritten: space goes on.' : this.options.waiting();
  }

  /** How many packets match, and which of them is selected. */
  protected override note(): string {
    const { list, viewport, filter, sort } = this.capture;
    const { theme, rank } = this;
    const total = sort ? viewport.order.count : list.count;
    const place = rank === null ? '' : `${theme.paint('dim', `${count(total - rank)} of`)} `;
    const noun = filter.text === '' ? 'packets' : 'match';
    const state = sort ? ' sorted, not live' : list.searching ? ' searching' : '';
    return `${place}${theme.paint('strong', count(total))} ${theme.paint('dim', noun + state)}`;
  }
}
