// The fields of the selected packet, as a tree.
import type { Field } from '../../../core/dissect/field.js';
import type { Inner } from '../../panes/framed-pane.js';
import type { Cursor } from '../../panes/pane.js';
import { cell, fill } from '../../terminal/text.js';
import type { Role } from '../../theme/palettes.js';
import { DetailsPane } from './details-pane.js';

const ROLES: Record<Field['role'], Role | null> = {
  plain: null,
  summary: 'strong',
  issue: 'warn',
  cidVersion: 'cidVersion',
  cidBackend: 'cidBackend',
};

export class TreePane extends DetailsPane implements Cursor {
  readonly name = 'tree';
  readonly cursor: Cursor = this;

  protected override fit({ height }: Inner): void {
    this.scroll.fit(this.details.rows.length, height);
    this.scroll.reveal(this.details.row);
  }

  get isEmpty(): boolean {
    return this.details.rows.length === 0;
  }

  get pageRows(): number {
    return this.scroll.pageRows;
  }

  move(rows: number): void {
    this.details.move(rows);
  }

  toStart(): void {
    this.details.selectRow(0);
  }

  toEnd(): void {
    this.details.selectRow(this.details.rows.length - 1);
  }

  /** Left closes, right opens. */
  moveSideways(step: -1 | 1): void {
    this.details.toggle(step > 0);
  }

  open(): string | null {
    return this.details.toggle() ? null : 'this field has no fields inside';
  }

  click(x: number, y: number): void {
    const row = this.scroll.lineAt(this.inside(x, y).y);
    if (row < 0) return;
    // A second click on a field opens or closes it.
    if (row === this.details.row) this.details.toggle();
    else this.details.selectRow(row);
  }

  protected title(): string {
    return 'Details';
  }

  protected content({ width }: Inner, focused: boolean): string[] {
    const { theme, details, scroll } = this;
    const { problem } = details;
    const lines = scroll.shown(details.rows).map(({ field, depth, path }, i) => {
      const mark = field.children.length === 0 ? ' ' : details.isOpen(field, path) ? '▾' : '▸';
      const text = cell(`${'  '.repeat(depth)}${mark} ${field.label}`, width);
      const role = ROLES[field.role];
      const line = role ? theme.paint(role, text) : text;
      return scroll.above + i === details.row ? theme.selected(fill(line, width), focused) : line;
    });
    return problem ? [...lines, theme.paint('dim', problem)] : lines;
  }
}
