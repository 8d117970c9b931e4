// The packet list: a row for each matching packet, the newest at the bottom as tcpdump and Wireshark have it.

import { printable, versionName } from '../../core/format.js';
import type { Decoded } from '../../core/quic/decoder.js';

import type { RecordView } from '../../core/record.js';
import { type ColumnLayout, headLine, layOutColumns, packetColumns, rowLine, type Widths } from '../columns.js';
import type { Model } from '../model.js';
import { count } from '../text.js';
import type { Theme } from '../theme.js';
import { frame, innerSize, type PaneSize } from './frame.js';

/** What a ClientHello said, printable: `api.example h3`. */
function helloText({ sni, alpn }: Decoded): string {
  return [sni ?? '', ...(alpn ?? [])].join(' ').trim();
}

export class PacketsPane {
  /** What was shown once keeps its room, so that the list does not jump. */
  private readonly wide: Widths = { addresses: false, versions: false };
  private layout: ColumnLayout = { places: [], gap: ' ' };
  /** What `layout` was made for. */
  private layoutFor = '';

  constructor(
    private readonly model: Model,
    private readonly theme: Theme,
  ) {}

  /** Rows that fit: the pane less its frame and the line of column titles. */
  static rows(size: PaneSize): number {
    return innerSize(size).height - 1;
  }

  lines(size: PaneSize): string[] {
    const { theme } = this;
    const { width } = innerSize(size);
    const layout = this.layOut(width);
    const content = [theme.paint('head', headLine(layout)), ...this.rowLines(layout)];
    if (this.model.viewport.length === 0) content.push('', ...this.emptyLines());
    return frame(size, 'Packets', this.note(), content, theme);
  }

  private layOut(width: number): ColumnLayout {
    const { wide } = this;
    const { views, length } = this.model.viewport;
    for (let i = 0; i < length; i++) {
      const view = views[i] as RecordView;
      if (view.ipVersion === 6) wide.addresses = true;
      if (versionName(view.version).length > 3) wide.versions = true;
    }
    const layoutFor = [width, wide.addresses, wide.versions].join();
    if (layoutFor !== this.layoutFor) {
      this.layoutFor = layoutFor;
      this.layout = layOutColumns(
        packetColumns(wide, (view) => helloText(this.model.options.analysis.decodedOf(view))),
        width,
      );
    }
    return this.layout;
  }

  private rowLines(layout: ColumnLayout): string[] {
    const { viewport, list, clock } = this.model;
    const { theme } = this;
    return viewport.views.slice(0, viewport.length).map((view, i) => {
      const line = rowLine(layout, view, clock, theme);
      // Only a paused view still shows what the recorder has overwritten.
      const shown = list.holds(view) ? line : theme.gone(line);
      return i === viewport.row ? theme.selected(shown) : shown;
    });
  }

  private emptyLines(): string[] {
    const { filterText, list, options } = this.model;
    if (list.searching) return [this.theme.paint('dim', 'searching the recorder ...')];
    if (filterText !== '') return [this.theme.paint('dim', 'No packet matches the filter. x clears it.')];
    const ports = printable(options.ports.join(', '));
    return [this.theme.paint('dim', `Waiting for QUIC long header packets on UDP port ${ports} ...`)];
  }

  /** How many packets match, which is selected, and the filter. */
  private note(): string {
    const { list, viewport, filterText } = this.model;
    const { theme } = this;
    const rank = viewport.selected && !viewport.follow ? list.rank(viewport.selected) : null;
    const place = rank === null ? '' : `${theme.paint('dim', `${count(list.count - rank)} of`)} `;
    const noun = filterText === '' ? 'packets' : 'match';
    const filter = filterText === '' ? '' : `  ${theme.paint('warn', filterText)}`;
    const searching = list.searching ? theme.paint('dim', ' searching') : '';
    return `${place}${theme.paint('strong', count(list.count))} ${theme.paint('dim', noun)}${searching}${filter}`;
  }
}
