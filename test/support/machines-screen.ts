// A screen that is about no capture: one table of made-up machines whose rates grow.
import { performance } from 'node:perf_hooks';
import type { KeyBinding } from '../../src/ui/key-binding.js';
import { SCREEN_KEYS } from '../../src/ui/keys.js';
import { Model } from '../../src/ui/model/model.js';
import { TablePane } from '../../src/ui/panes/table.js';
import { runWorkspace } from '../../src/ui/run-workspace.js';
import type { Column } from '../../src/ui/table/columns.js';
import { rateColumn } from '../../src/ui/table/table-columns.js';
import { Theme } from '../../src/ui/theme/theme.js';
import { TableView } from '../../src/ui/views/table-view.js';
import { type Host, Workspace } from '../../src/ui/workspace.js';

interface Machine {
  name: string;
  rate: number;
}

const MACHINES = 12;
const PERIOD = 200;

const COLUMNS: Column<Machine>[] = [
  {
    id: 'name',
    title: 'MACHINE',
    min: 8,
    max: 20,
    align: 'left',
    priority: 0,
    text: ({ name }) => name,
    value: ({ name }) => name,
  },
  rateColumn(1, ({ rate }) => rate),
];

class MachinesWorkspace extends Workspace {
  readonly keys: readonly KeyBinding<Workspace>[] = Object.values(SCREEN_KEYS);
  readonly views = [new TableView('machines', 'Machines', this.table())];
  private machines: readonly Machine[] = [];
  private polls = 0;
  private due = 0;

  private table(): TablePane<Machine> {
    return new TablePane<Machine>(
      {
        name: 'machines',
        title: 'All machines',
        columns: COLUMNS,
        sort: { column: 'rate', descending: true },
        rows: () => this.machines,
        key: ({ name }) => name,
        note: () => `poll ${this.polls}`,
        empty: () => 'No machine answers.',
        open: ({ name }) => {
          this.model.say('done', `opened ${name}`);
          return null;
        },
      },
      this.theme,
    );
  }

  headerLine(width: number): string {
    return ' fleet'.padEnd(width);
  }

  summary(): string {
    return `${this.machines.length} answer`;
  }

  /** Polls: machine 7 has the highest rate, machine 6 the second. */
  override tick(): void {
    if (this.model.now() >= this.due) {
      this.due = this.model.now() + PERIOD;
      this.polls++;
      this.machines = Array.from({ length: MACHINES }, (_, i) => ({
        name: `host-${String(i).padStart(2, '0')}`,
        rate: this.polls + 10 * ((i + 4) % MACHINES),
      }));
    }
    super.tick();
  }
}

const model = new Model(Theme.of(process.env), () => performance.now());
await runWorkspace((host: Host) => new MachinesWorkspace(model, host), {
  keys: process.stdin,
  stop: new AbortController().signal,
});
