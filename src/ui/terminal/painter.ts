// What to send to the terminal so that it shows what it should: only the lines that changed. Pure: no terminal here.
//
// The screen has two layers. The frame is what Ink laid out, whole lines that change rarely. Regions are rectangles on
// top of it whose lines change all the time.
import { clip, fill } from './text.js';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Region {
  rectangle: Rectangle;
  lines: readonly string[];
  /** What the terminal shows of it; undefined where that is not known. */
  shown: (string | undefined)[];
}

const SYNCHRONIZED_ON = '\x1b[?2026h';
const SYNCHRONIZED_OFF = '\x1b[?2026l';
const PLAIN = '\x1b[0m';
const ERASE_LINE = '\x1b[K';
const ERASE_SCREEN = '\x1b[2J';

const moveTo = (x: number, y: number) => `\x1b[${y + 1};${x + 1}H`;

export class Painter {
  private frame: readonly string[] = [];
  private shownFrame: (string | undefined)[] = [];
  private readonly regions = new Map<string, Region>();
  private erase = true;

  constructor(
    private columns: number,
    private rows: number,
  ) {}

  /** The terminal has another size, or somebody else wrote on it: nothing it shows can be relied on. */
  reset(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.erase = true;
    this.forget();
  }

  setFrame(lines: readonly string[]): void {
    this.frame = lines;
  }

  /** A region that comes, moves or goes uncovers what was below it, so everything is painted again. */
  setRegion(name: string, rectangle: Rectangle): void {
    const old = this.regions.get(name);
    if (old && sameRectangle(old.rectangle, rectangle)) return;
    this.regions.set(name, { rectangle, lines: old?.lines ?? [], shown: [] });
    this.forget();
  }

  removeRegion(name: string): void {
    if (this.regions.delete(name)) this.forget();
  }

  setLines(name: string, lines: readonly string[]): void {
    const region = this.regions.get(name);
    if (region) region.lines = lines;
  }

  /** The bytes that bring the terminal up to date; empty when it is. */
  paint(): string {
    const output = (this.erase ? PLAIN + ERASE_SCREEN : '') + this.paintFrame() + this.paintRegions();
    this.erase = false;
    return output && SYNCHRONIZED_ON + output + PLAIN + SYNCHRONIZED_OFF;
  }

  private forget(): void {
    this.shownFrame = [];
    for (const region of this.regions.values()) region.shown = [];
  }

  private paintFrame(): string {
    let output = '';
    for (let y = 0; y < this.rows; y++) {
      const line = clip(this.frame[y] ?? '', this.columns).text;
      if (line === this.shownFrame[y]) continue;
      // Erasing comes first: after a full line the cursor still stands on its last column.
      output += moveTo(0, y) + PLAIN + ERASE_LINE + line;
      this.shownFrame[y] = line;
      for (const { rectangle, shown } of this.regions.values()) {
        if (y >= rectangle.y) shown[y - rectangle.y] = undefined;
      }
    }
    return output;
  }

  private paintRegions(): string {
    let output = '';
    for (const { rectangle, lines, shown } of this.regions.values()) {
      const width = Math.min(rectangle.width, this.columns - rectangle.x);
      const height = Math.min(rectangle.height, this.rows - rectangle.y);
      if (width <= 0) continue;
      for (let i = 0; i < height; i++) {
        const line = fill(lines[i] ?? '', width);
        if (line === shown[i]) continue;
        output += moveTo(rectangle.x, rectangle.y + i) + PLAIN + line;
        shown[i] = line;
      }
    }
    return output;
  }
}

function sameRectangle(a: Rectangle, b: Rectangle): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
