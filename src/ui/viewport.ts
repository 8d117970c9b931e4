// The rows of the packet list that are on the screen, and the selected one.
import type { Position } from '../core/packet-list.js';
import type { RecordView } from '../core/record.js';
import type { Cursor } from './pane.js';
import type { PacketOrder } from './sorted-packets.js';

export class Viewport implements Cursor {
  /** Copies of the records on the screen, the newest at the bottom; the first `length` are valid. */
  readonly views: RecordView[] = [];
  length = 0;
  /** Index in `views` of the selected row. */
  row = 0;
  /** The newest packet stays selected. */
  follow = true;
  private height = 1;
  private selection: Position | null = null;
  private stale = true;

  constructor(private list: PacketOrder) {}

  get selected(): RecordView | null {
    return this.length > 0 ? (this.views[this.row] as RecordView) : null;
  }

  /** The rows of now. */
  get order(): PacketOrder {
    return this.list;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Takes in how many rows the screen has room for. True: that changed, and the rows must be read again. */
  resize(height: number): boolean {
    const rows = Math.max(1, height);
    if (rows === this.height) return false;
    this.height = rows;
    this.row = Math.min(this.row, rows - 1);
    this.stale = true;
    return true;
  }

  /**
   * Other rows, in another order or by another filter.
   * @param follow the last one is selected, and stays so; else the first
   */
  reset(order: PacketOrder, follow: boolean): void {
    this.list = order;
    this.selection = null;
    this.follow = follow;
    this.stale = true;
  }

  /** Selects a row of the screen. */
  selectRow(row: number): void {
    const view = this.views[row];
    if (!view || row >= this.length) return;
    this.follow = false;
    this.select({ lane: view.lane, sequence: view.sequence }, row);
  }

  /** Selects the packet `rows` rows further down (newer), or up when negative. */
  move(rows: number): void {
    this.follow = false;
    if (!this.selection) return;
    const target = this.list.step(this.selection, -rows);
    if (target) this.select(target, this.row + rows);
    else this.selectCopy(Math.max(0, Math.min(this.row + rows, this.length - 1)));
  }

  toEnd(): void {
    this.follow = false;
    this.select(this.list.newest(), this.height - 1);
  }

  toStart(): void {
    this.follow = false;
    this.select(this.list.oldest(), 0);
  }

  get pageRows(): number {
    return Math.max(1, this.height - 1);
  }

  /** The packets around the selected one were overwritten, but a frozen screen has copies. */
  private selectCopy(row: number): void {
    const view = this.views[row];
    if (!view) return;
    this.selection = { lane: view.lane, sequence: view.sequence };
    this.row = row;
  }

  private select(position: Position | null, row: number): void {
    this.selection = position;
    this.row = Math.min(Math.max(0, row), this.height - 1);
    this.stale = true;
  }

  /**
   * Reads the rows again. A frozen viewport that was not moved keeps its copies, so that its packets can be looked at
   * even after the recorder overwrote them. Returns false when the selected packet was overwritten and another took its
   * place.
   */
  refresh(frozen: boolean): boolean {
    const complete = this.length === this.height || !this.list.searching;
    if (frozen && !this.stale && complete) return true;
    this.stale = false;
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
    return !lost;
  }

  private read(): void {
    this.length = 0;
    if (!this.selection) return;
    const { sequence, lane } = this.selection;
    // The list is read from the newest back, so it begins with the bottom row.
    const bottom = this.list.step(this.selection, this.row + 1 - this.height) ?? this.selection;
    this.length = this.list.read(bottom, this.views, this.height);
    if (this.length < this.height && this.length > 0) {
      // The list begins below the top of the screen: fill up with newer rows.
      const lower = this.list.step(bottom, this.length - this.height) ?? bottom;
      this.length = this.list.read(lower, this.views, this.height);
    }
    reverse(this.views, this.length);
    const row = this.views.findIndex((view, i) => i < this.length && view.lane === lane && view.sequence === sequence);
    // Overwritten in this very moment: the next refresh says so.
    this.row = row >= 0 ? row : Math.max(0, Math.min(this.row, this.length - 1));
  }
}

/** Reverses the first `length` items in place. */
function reverse<T>(items: T[], length: number): void {
  for (let low = 0, high = length - 1; low < high; low++, high--) {
    [items[low], items[high]] = [items[high] as T, items[low] as T];
  }
}
