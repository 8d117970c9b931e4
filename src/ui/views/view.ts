// A view: the panes that fill the screen between the tabs and the footer. It owns the data that they show.
import type { BoxProps } from 'ink';
import type { ReactNode } from 'react';
import type { Pane } from '../panes/pane.js';

/** Gives a pane its box. */
export type Place = (pane: Pane, box: BoxProps) => ReactNode;

export interface View {
  readonly id: string;
  /** On its tab. */
  readonly title: string;
  /** The panes that are shown now, in the order of Tab; the first gets the keys at first. */
  panes(columns: number, rows: number): readonly Pane[];
  layout(place: Place, columns: number, rows: number): ReactNode;
  /** Keys go to this pane of the view now. */
  focused?(pane: Pane): void;
  /** What Esc closes. */
  leave?(): void;
}

/** All the room that others leave. */
export const REST: BoxProps = { flexGrow: 1, flexBasis: 0 };
