// The fields of the selected packet, as a tree.
import type { Field } from '../../core/dissect/field.js';
import type { Details } from '../model/details.js';
import { topFor } from '../model/scroll.js';
import { cell, fill } from '../terminal/text.js';
import type { Role } from '../theme/palettes.js';
import type { Theme } from '../theme/theme.js';
import { contentOrigin, frame, innerSize } from './frame.js';
import type { Cursor, Pane, PaneSize } from './pane.js';

const ROLES: Record<Field['role'], Role | null> = {
  plain: null,
  summary: 'strong',
  issue: 'warn',
  cidVersion: 'cidVersion',
  cidBackend: 'cidBackend',
};

export class TreePane implements Pane, Cursor {
  readonly name = 'tree';
  readonly cursor: Cursor = this;
  private top = 0;
  private height = 1;
  private boxed = false;

  constructor(
    private readonly details: Details,
    private readonly theme: Theme,
  ) {}

  get isEmpty(): boolean {
    return this.details.rows.length === 0;
  }

  get pageRows(): number {
    return Math.max(1, this.height - 1);
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

  click(_x: number, y: number): void {
    const line = y - contentOrigin(this.boxed).y;
    const row = this.top + line;
    if (line < 0 || line >= this.height || row >= this.details.rows.length) return;
    // A second click on a field opens or closes it.
    if (row === this.details.row) this.details.toggle();
    else this.details.selectRow(row);
  }

  lines(size: PaneSize, focused: boolean): string[] {
    const { theme, details } = this;
    details.update();
    const { width, height } = innerSize(size);
    this.boxed = size.boxed;
    this.height = Math.max(1, height);
    this.top = topFor(details.row, this.top, this.height, details.rows.length);
    const content = details.rows.slice(this.top, this.top + this.height).map(({ field, depth, path }, i) => {
      const mark = field.children.length === 0 ? ' ' : details.isOpen(field, path) ? '▾' : '▸';
      const text = cell(`${'  '.repeat(depth)}${mark} ${field.label}`, width);
      const role = ROLES[field.role];
      const line = role ? theme.paint(role, text) : text;
      return this.top + i === details.row ? theme.selected(fill(line, width), focused) : line;
    });
    const { problem } = details;
    if (problem) content.push(theme.paint('dim', problem));
    return frame(size, 'Details', '', content, theme, focused);
  }
}
