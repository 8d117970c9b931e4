// A part of the screen that draws itself and takes keys and clicks.

export interface PaneSize {
  width: number;
  height: number;
  /** With a box around it. */
  boxed: boolean;
}

export interface Pane {
  /** Unique among the panes of a view. */
  readonly name: string;
  /** Its lines, frame included: exactly `size.height` of them. */
  lines(size: PaneSize, focused: boolean): string[];
  /** What keys and the wheel do with it; a pane without has nothing to select. */
  readonly cursor?: Cursor;
  /** A click at a place of the pane, counted from its upper left corner. */
  click?(x: number, y: number): void;
  /** What Enter does; null when there is nothing it could open. */
  open?(): string | null;
}

/** Something selected in a list, and how to select something else. */
export interface Cursor {
  /** Rows down, or up when negative. */
  move(rows: number): void;
  toStart(): void;
  toEnd(): void;
  readonly pageRows: number;
  readonly isEmpty: boolean;
  /** There is nothing to scroll to. */
  readonly fits?: boolean;
  /** One step sideways, where that means something. */
  moveSideways?(step: -1 | 1): void;
  /** Sorting, where rows have an order of choice. */
  readonly sorting?: { next(): void; reverse(): void };
}
