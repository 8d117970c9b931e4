// Where the panes go, by the terminal's size.

export interface Layout {
  /** Panes have boxes around them. */
  boxed: boolean;
  /** Beside the packet list, below it, or nowhere. */
  side: 'right' | 'below' | 'none';
  /** Columns of the panes at the right, or rows of those below. */
  sideSize: number;
  /** Below: both panes, or the queues alone. */
  showsCids: boolean;
}

export function layOut(columns: number, rows: number): Layout {
  const boxed = columns >= 60 && rows >= 20;
  if (columns >= 150 && rows >= 20) {
    return { boxed, side: 'right', sideSize: Math.min(56, Math.floor(columns * 0.27)), showsCids: true };
  }
  if (rows >= 20 && columns >= 60) {
    return { boxed, side: 'below', sideSize: Math.min(14, Math.floor(rows / 3)), showsCids: columns >= 72 };
  }
  return { boxed, side: 'none', sideSize: 0, showsCids: false };
}
