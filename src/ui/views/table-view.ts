// A view that is one table.
import type { ReactNode } from 'react';
import type { Pane } from '../panes/pane.js';
import type { TablePane } from '../panes/table.js';
import { type Place, REST, type View } from './view.js';

export class TableView<Row> implements View {
  constructor(
    readonly id: string,
    readonly title: string,
    protected readonly table: TablePane<Row>,
  ) {}

  panes(): readonly Pane[] {
    return [this.table];
  }

  layout(place: Place): ReactNode {
    return place(this.table, REST);
  }
}
