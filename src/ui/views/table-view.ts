// A view that is one table.
import type { ReactNode } from 'react';
import type { Pane } from '../panes/pane.js';
import type { TablePane } from '../panes/table.js';
import { type Place, REST, type Selection, type View } from './view.js';

export abstract class TableView<Row> implements View {
  abstract readonly id: string;
  abstract readonly title: string;
  protected abstract readonly table: TablePane<Row>;

  panes(): readonly Pane[] {
    return [this.table];
  }

  layout(place: Place): ReactNode {
    return place(this.table, REST);
  }

  selection(): Selection | null {
    const row = this.table.selected;
    return row === null ? null : this.selectionOf(row);
  }

  protected abstract selectionOf(row: Row): Selection;
}
