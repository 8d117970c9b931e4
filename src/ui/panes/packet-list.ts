// The packet list: a row for each matching packet, the newest at the bottom as tcpdump and Wireshark have it.

import type { RecordView } from '../../core/recorder/record.js';
import { count, versionName } from '../../core/text/format.js';
import type { Model } from '../model/model.js';
import {
  type Column,
  type ColumnLayout,
  columnAt,
  headLine,
  layOutColumns,
  rowLine,
  type Sort,
  sortBy,
} from '../table/columns.js';
import { packetColumns, type Widths } from '../table/packet-columns.js';
import { fill } from '../terminal/text.js';
import type { Theme } from '../theme/theme.js';
import { contentOrigin, frame, innerSize } from './frame.js';
import type { Cursor, Pane, PaneSize } from './pane.js';

export interface PacketListOptions {
  /** Ids of the columns, in order. */
  columns: readonly string[];
  /** What stands in place of rows while nothing has come; printable. */
  waiting(): string;
  /** What Enter does. */
  open(): void;
}

export class PacketListPane implements Pane {
  readonly name = 'packets';
  readonly cursor: Cursor;
  /** What was shown once keeps its room, so that the list does not jump. */
  private readonly wide: Widths = { endpoint: 0, versions: false };
  private layout: ColumnLayout<RecordView> = { places: [], gap: ' ' };
  /** What `layout` was made for. */
  private layoutFor = '';
  private boxed = false;

  constructor(
    private readonly model: Model,
    private readonly theme: Theme,
    private readonly options: PacketListOptions,
  ) {
    const { viewport } = model;
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
    if (this.model.viewport.isEmpty) return 'no packet is selected';
    this.options.open();
    return null;
  }

  click(x: number, y: number): void {
    const origin = contentOrigin(this.boxed);
    const row = y - origin.y - 1;
    if (row >= 0) this.model.viewport.selectRow(row);
    const column = row === -1 ? columnAt(this.layout, x - origin.x) : null;
    if (!column) return;
    this.model.clearMessage();
    if (column.id === 'time') this.model.sortByTime();
    else this.sort(column, sortBy(column, this.model.sort));
  }

  private sort(column: Column<RecordView>, sort: Sort): void {
    if (column.value) this.model.sortPackets(sort, column.value);
  }

  /** By the next column that is shown; after the last one, by time again. */
  private sortByNext(): void {
    const columns = this.layout.places.map(({ column }) => column).filter(({ id, value }) => value && id !== 'time');
    const at = columns.findIndex(({ id }) => id === this.model.sort?.column);
    const next = columns[at + 1];
    if (next) this.sort(next, sortBy(next, null));
    else this.model.sortByTime();
  }

  private reverse(): void {
    const { sort } = this.model;
    const column = this.layout.places.map((place) => place.column).find(({ id }) => id === sort?.column);
    if (column) this.sort(column, sortBy(column, sort));
    else this.model.say('refused', 'the packets are in order of time: s sorts them by a column');
  }

  lines(size: PaneSize, focused: boolean): string[] {
    const { theme, model } = this;
    const { width, height } = innerSize(size);
    this.boxed = size.boxed;
    if (model.viewport.resize(height - 1)) model.refresh();
    this.layOut(width);
    let rows = this.rowLines(width, focused);
    // Again when an address was wider than all before.
    while (this.layOut(width)) rows = this.rowLines(width, focused);
    const content = [theme.paint('head', headLine(this.layout, model.sort)), ...rows];
    if (model.viewport.length === 0) content.push('', ...this.emptyLines());
    return frame(size, 'Packets', this.note(), content, theme, focused);
  }

  /** Returns whether the columns have other places than before. */
  private layOut(width: number): boolean {
    const { wide } = this;
    const { views, length } = this.model.viewport;
    for (let i = 0; i < length && !wide.versions; i++) {
      wide.versions = versionName((views[i] as RecordView).version).length > 3;
    }
    const layoutFor = [width, wide.endpoint, wide.versions].join();
    if (layoutFor === this.layoutFor) return false;
    this.layoutFor = layoutFor;
    const { clock, viewport } = this.model;
    const all = packetColumns(wide, { clock, decodedOf: (view) => viewport.decodedOf(view) });
    const chosen = this.options.columns.flatMap((id) => all.find((column) => column.id === id) ?? []);
    this.layout = layOutColumns(chosen, width);
    return true;
  }

  private rowLines(width: number, focused: boolean): string[] {
    const { viewport, list } = this.model;
    const { theme } = this;
    return viewport.views.slice(0, viewport.length).map((view, i) => {
      const line = rowLine(this.layout, view, theme);
      // Only a frozen view still shows what the recorder has overwritten.
      const shown = list.holds(view) ? line : theme.gone(line);
      return i === viewport.row ? theme.selected(fill(shown, width), focused) : shown;
    });
  }

  private emptyLines(): string[] {
    return [this.theme.paint('dim', this.whyEmpty())];
  }

  private whyEmpty(): string {
    const { filter, list, incomplete, paused } = this.model;
    if (list.searching) return 'searching the recorder ...';
    if (filter.text !== '') return incomplete ?? 'No packet matches the filter. x clears it.';
    return paused ? 'What was here at the pause was overwritten: space goes on.' : this.options.waiting();
  }

  /** How many packets match, and which of them is selected. */
  private note(): string {
    const { list, viewport, filter, sort } = this.model;
    const { theme } = this;
    const rank = viewport.selected && !viewport.follow ? viewport.order.rank(viewport.selected) : null;
    const total = sort ? viewport.order.count : list.count;
    const place = rank === null ? '' : `${theme.paint('dim', `${count(total - rank)} of`)} `;
    const noun = filter.text === '' ? 'packets' : 'match';
    const state = sort ? ' sorted, not live' : list.searching ? ' searching' : '';
    return `${place}${theme.paint('strong', count(total))} ${theme.paint('dim', noun + state)}`;
  }
}
