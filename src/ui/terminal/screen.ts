// The one writer to the terminal while the screen is up: Ink's frames and the regions' lines go through it.
import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import type { MouseEvent } from './mouse.js';
import { Painter, type Rectangle } from './painter.js';

interface Region {
  rectangle: Rectangle;
  lines(): readonly string[];
  onMouse: ((event: MouseEvent) => void) | undefined;
}

export class Screen {
  private readonly painter: Painter;
  private readonly regions = new Map<string, Region>();

  constructor(private readonly output: WriteStream) {
    this.painter = new Painter(this.columns, this.rows);
  }

  get columns(): number {
    return this.output.columns || 80;
  }
  get rows(): number {
    return this.output.rows || 24;
  }

  /**
   * The stdout for Ink. With Ink's `debug` on, each write is one whole frame as plain lines: no cursor movement, no
   * throttling. It is no TTY, so Ink sends it nothing else.
   */
  inkOutput(): WriteStream {
    const stream = Object.assign(new EventEmitter(), {
      write: (frame: string) => {
        this.painter.setFrame(frame.split('\n'));
        return true;
      },
    });
    Object.defineProperties(stream, { columns: { get: () => this.columns }, rows: { get: () => this.rows } });
    return stream as unknown as WriteStream;
  }

  /** Gives a rectangle to `lines`, which is asked for them at each flush, and the mouse in it to `onMouse`. */
  setRegion(
    name: string,
    rectangle: Rectangle,
    lines: () => readonly string[],
    onMouse?: (event: MouseEvent) => void,
  ): void {
    this.painter.setRegion(name, rectangle);
    this.regions.set(name, { rectangle, lines, onMouse });
  }

  removeRegion(name: string): void {
    this.painter.removeRegion(name);
    this.regions.delete(name);
  }

  /** Takes the mouse to the region that it is on. */
  mouse({ kind, x, y }: MouseEvent): void {
    for (const { rectangle, onMouse } of this.regions.values()) {
      const [column, row] = [x - rectangle.x, y - rectangle.y];
      if (column < 0 || row < 0 || column >= rectangle.width || row >= rectangle.height) continue;
      onMouse?.({ kind, x: column, y: row });
      return;
    }
  }

  /** Call when the size changed, or when something else wrote to the terminal; then lay out, then flush. */
  reset(): void {
    this.painter.reset(this.columns, this.rows);
  }

  /** Brings the terminal up to date, in one write. */
  flush(): void {
    for (const [name, { lines }] of this.regions) this.painter.setLines(name, lines());
    const bytes = this.painter.paint();
    if (bytes) this.output.write(bytes);
  }
}
