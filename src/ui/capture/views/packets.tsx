// Packets: the list, and the selected packet as a tree of fields beside its bytes.
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { LIMITS } from '../../../core/native/abi.gen.js';
import type { RecordView } from '../../../core/recorder/record.js';
import { dcidText } from '../../../core/text/format.js';
import type { Pane } from '../../panes/pane.js';
import type { Theme } from '../../theme/theme.js';
import { type Place, REST } from '../../views/view.js';
import type { CaptureModel } from '../model/capture-model.js';
import { HexPane } from '../panes/hex.js';
import { type PacketListOptions, PacketListPane } from '../panes/packet-list.js';
import { TreePane } from '../panes/tree.js';
import type { CaptureView, Selection } from './capture-view.js';

/** From these on, the details are open from the start. */
const ROOMY = { columns: 100, rows: 30 };
/** From these on, there is room for tree and bytes side by side. */
const BESIDE = 100;
/** Columns of the hex pane with 16 bytes a line, its frame included; with 8 where that leaves the tree too little. */
const HEX_16 = 76;
const HEX_8 = 43;

/** Of a CID that the record holds cut, what it holds: bare digits mean "starts with". */
function dcidFilter(view: RecordView): string | null {
  if (view.dcidLength === 0) return null;
  return view.dcidLength > LIMITS.CID_MAX ? dcidText(view) : `dcid == ${dcidText(view)}`;
}

export class PacketsView implements CaptureView {
  readonly id = 'packets';
  readonly title = 'Packets';
  private readonly list: PacketListPane;
  private readonly tree: TreePane;
  private readonly hex: HexPane;
  /** Null: as the size of the terminal suggests. */
  private details: boolean | null = null;
  /** Of tree and bytes, where only one has room. */
  private shown: Pane;

  constructor(
    private readonly capture: CaptureModel,
    theme: Theme,
    options: Omit<PacketListOptions, 'open'> & { focus(pane: Pane): void },
  ) {
    this.tree = new TreePane(capture.details, theme);
    this.hex = new HexPane(capture.details, theme);
    this.shown = this.tree;
    this.list = new PacketListPane(capture, theme, {
      ...options,
      open: () => {
        this.details = true;
        options.focus(this.tree);
      },
    });
  }

  private isOpen(columns: number, rows: number): boolean {
    return this.details ?? (columns >= ROOMY.columns && rows >= ROOMY.rows);
  }

  panes(columns: number, rows: number): readonly Pane[] {
    return this.isOpen(columns, rows) ? [this.list, this.tree, this.hex] : [this.list];
  }

  /** Where only one of tree and bytes has room, the one with the keys is shown. */
  focused(pane: Pane): void {
    if (pane !== this.list) this.shown = pane;
  }

  layout(place: Place, columns: number, rows: number): ReactNode {
    if (!this.isOpen(columns, rows)) return place(this.list, REST);
    const height = Math.max(5, Math.floor(rows * 0.45));
    const hexWidth = columns - HEX_16 >= 60 ? HEX_16 : HEX_8;
    return (
      <Box flexDirection="column" {...REST}>
        {place(this.list, REST)}
        <Box height={height} flexShrink={0}>
          {columns < BESIDE
            ? place(this.shown, REST)
            : [place(this.tree, REST), place(this.hex, { width: hexWidth, flexShrink: 0 })]}
        </Box>
      </Box>
    );
  }

  /** Closes the details. */
  leave(): void {
    this.details = false;
  }

  selection(): Selection | null {
    const { selected } = this.capture.viewport;
    return selected && { dcid: dcidFilter(selected), backend: selected.backend };
  }
}
