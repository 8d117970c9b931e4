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
  /** Takes in the room that it has from now on. */
  resize(size: PaneSize): void;
  /** Takes in what a key, the mouse or a tick has changed. */
  update(): void;
  /** Its lines, frame included: as many as it has rows. Changes nothing: what is drawn twice looks the same. */
  lines(focused: boolean): readonly string[];
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
