// A pane in a frame: it knows its room, and where in it the content is.
import type { Theme } from '../theme/theme.js';
import { contentOrigin, frame, innerSize } from './frame.js';
import type { Pane, PaneSize } from './pane.js';

/** The room for the content. */
export interface Inner {
  width: number;
  height: number;
}

export abstract class FramedPane implements Pane {
  abstract readonly name: string;
  /** Null until it is on the screen. */
  private size: PaneSize | null = null;

  constructor(protected readonly theme: Theme) {}

  resize(size: PaneSize): void {
    this.size = size;
    this.update();
  }

  update(): void {
    if (this.size) this.fit(innerSize(this.size));
  }

  lines(focused: boolean): readonly string[] {
    const { size, theme } = this;
    if (!size) return [];
    return frame(size, this.title(), this.note(), this.content(innerSize(size), focused), theme, focused);
  }

  /** Finds what is shown in the room that there is. Content() then only draws it. */
  protected fit(_inner: Inner): void {}

  /** Plain text in the upper edge. */
  protected abstract title(): string;

  /** At the right end of the upper edge, with colours. */
  protected note(): string {
    return '';
  }

  protected abstract content(inner: Inner, focused: boolean): readonly string[];

  /** A place of the pane, counted from where its content begins. */
  protected inside(x: number, y: number): { x: number; y: number } {
    const origin = contentOrigin(this.size?.boxed ?? false);
    return { x: x - origin.x, y: y - origin.y };
  }
}
