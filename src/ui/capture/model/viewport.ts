// The rows of the packet list that are on the screen, and the selected one.

import { type Decoded, NOTHING_KNOWN } from '../../../core/quic/decoded.js';
import type { Position } from '../../../core/recorder/packet-list.js';
import type { RecordView } from '../../../core/recorder/record.js';
import type { Cursor } from '../../panes/pane.js';
import type { PacketOrder } from './sorted-packets.js';

export class Viewport implements Cursor {
  /** Copies of the records on the screen, the newest at the bottom; the first `length` are valid. */
  readonly views: RecordView[] = [];
  length = 0;
  /** Index in `views` of the selected row. */
  row = 0;
  /** The newest packet stays selected. */
  follow = true;
  /** Of each copy, what was known of its packet while the recorder had it. */
  private readonly decoded = new Map<RecordView, Decoded>();
  private height = 1;
  private selection: Position | null = null;
  /** Other rows than the copies are wanted. */
  private stale = true;
  /** There is room for more rows than were read. */
  private grown = false;
  /** The selected packet has been found among the rows: a search may not have come to it yet. */
  private found = true;
  /** It was told that the packet that was selected has been overwritten. */
  private told = false;

  constructor(
    private list: PacketOrder,
    private readonly askDecoded: (view: RecordView) => Decoded,
  ) {}

  get selected(): RecordView | null {
    return this.length > 0 ? (this.views[this.row] as RecordView) : null;
  }

  /** The rows of now. */
  get order(): PacketOrder {
    return this.list;
  }

  /** The copies of the rows on the screen, from top to bottom. */
  get shown(): RecordView[] {
    return this.views.slice(0, this.length);
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** What is known of a packet; of a copy also when its packet was overwritten. */
  decodedOf(view: RecordView): Decoded {
    return this.decoded.get(view) ?? this.askDecoded(view);
  }

  /** Takes in how many rows the screen has room for. True: that changed, and the rows must be read again. */
  resize(height: number): boolean {
    const rows = Math.max(1, height);
    if (rows === this.height) return false;
    this.grown = rows > this.height;
    this.height = rows;
    this.cut();
    return true;
  }

  /** Leaves out the copies that there is no room for: above the selected row only what must be. */
  private cut(): void {
    const above = Math.max(0, this.row - this.height + 1);
    this.views.push(...this.views.splice(0, above));
    this.row -= above;
    this.length = Math.min(this.length - above, this.height);
  }

  /**
   * Other rows, in another order or by another filter.
   * @param follow the last one is selected, and stays so
   * @param selected else this one, near the place on the screen where it is; else the first
   */
  reset(order: PacketOrder, follow: boolean, selected: Position | null = null): void {
    this.list = order;
    this.select(selected && { lane: selected.lane, sequence: selected.sequence }, this.row);
    this.follow = follow;
  }

  /** Selects a row of the screen. */
  selectRow(row: number): void {
    if (row < 0 || row >= this.length) return;
    const { lane, sequence } = this.views[row] as RecordView;
    this.follow = false;
    this.selection = { lane, sequence };
    this.row = row;
    this.told = false;
  }

  /** Selects the packet `rows` rows further down (newer), or up when negative. */
  move(rows: number): void {
    const { selected } = this;
    if (!selected) return;
    const row = this.row + rows;
    if (row >= 0 && row < this.length) this.selectRow(row);
    else this.show(this.list.step(selected, -rows), row);
  }

  toEnd(): void {
    this.show(this.list.newest(), this.height - 1);
  }

  toStart(): void {
    this.show(this.list.oldest(), 0);
  }

  get pageRows(): number {
    return Math.max(1, this.height - 1);
  }

  /** Selects a packet: in its row when it is on the screen, else in `row`. Null: only the copies are left. */
  private show(position: Position | null, row: number): void {
    const copy = position ? this.rowOf(position) : Math.max(0, Math.min(row, this.length - 1));
    if (copy >= 0) this.selectRow(copy);
    else this.select(position, row);
  }

  private rowOf({ lane, sequence }: Position): number {
    return this.views.findIndex((view, i) => i < this.length && view.lane === lane && view.sequence === sequence);
  }

  private select(position: Position | null, row: number): void {
    this.follow = false;
    this.selection = position;
    this.row = Math.min(Math.max(0, row), this.height - 1);
    this.stale = true;
    this.told = false;
  }

  /**
   * Reads the rows again. A frozen viewport that was not moved keeps its copies, so that its packets can be looked at
   * even after the recorder overwrote them. Returns false when the selected packet was overwritten and another took its
   * place; that is told once of a selection.
   */
  refresh(frozen: boolean): boolean {
    if (frozen && !this.stale && !this.lacksRows()) {
      this.learn();
      return true;
    }
    const lost = !this.follow && this.selection !== null && !this.list.holds(this.selection);
    if (this.follow) {
      this.selection = this.list.newest();
      this.row = this.height - 1;
    } else if (lost) {
      this.selection = this.list.oldest();
    } else if (!this.selection) {
      this.selection = this.list.oldest();
      this.row = 0;
    }
    this.read();
    const news = lost && !this.told;
    this.told ||= lost;
    return !news;
  }

  /** Whether reading again may bring rows that are missing, and takes none away: copies of what is gone stay. */
  private lacksRows(): boolean {
    const full = this.length === this.height && this.found;
    if (full || !(this.grown || this.list.searching)) return false;
    return this.views.every((view, i) => i >= this.length || this.list.holds(view));
  }

  private read(): void {
    this.stale = false;
    this.grown = false;
    this.length = 0;
    if (!this.selection) return;
    // The list is read from the newest back, so it begins with the bottom row.
    const bottom = this.list.step(this.selection, this.row + 1 - this.height) ?? this.selection;
    this.length = this.list.read(bottom, this.views, this.height);
    if (this.length < this.height && this.length > 0) {
      // The list begins below the top of the screen: fill up with newer rows.
      const lower = this.list.step(bottom, this.length - this.height) ?? bottom;
      this.length = this.list.read(lower, this.views, this.height);
    }
    reverse(this.views, this.length);
    this.decoded.clear();
    this.learn();
    const row = this.rowOf(this.selection);
    this.found = row >= 0;
    // Overwritten in this very moment, or not found yet: the next refresh sees to it.
    this.row = this.found ? row : Math.max(0, Math.min(this.row, this.length - 1));
  }

  /** Asks for what is not known of the packets on the screen. */
  private learn(): void {
    for (let i = 0; i < this.length; i++) {
      const view = this.views[i] as RecordView;
      const known = this.decoded.get(view) ?? NOTHING_KNOWN;
      if (known === NOTHING_KNOWN) this.decoded.set(view, this.askDecoded(view));
    }
  }
}

/** Reverses the first `length` items in place. */
function reverse<T>(items: T[], length: number): void {
  for (let low = 0, high = length - 1; low < high; low++, high--) {
    [items[low], items[high]] = [items[high] as T, items[low] as T];
  }
}
