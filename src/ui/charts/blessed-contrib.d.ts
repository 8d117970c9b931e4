// The part of blessed-contrib that the charts use: it has no types of its own.

declare module 'blessed-contrib/lib/widget/canvas.js' {
  /** What a widget draws with: dots, two by four of them in a cell. A colour is a number of the 256-colour palette. */
  export interface Context {
    strokeStyle: number;
    fillStyle: number;
    clearRect(x: number, y: number, width: number, height: number): void;
    beginPath(): void;
    lineTo(x: number, y: number): void;
    stroke(): void;
    fillText(text: string, x: number, y: number): void;
    _canvas: {
      /** The dots of each cell, and the character that is there instead. */
      content: Uint8Array;
      chars: (string | null)[];
      /** The cells as lines of text, with SGR sequences. */
      frame(): string;
    };
  }

  export interface WidgetOptions {
    screen: object;
    width: number;
    height: number;
  }

  class Canvas {
    constructor(options: WidgetOptions);
    /** There once it is attached. */
    ctx: Context;
    /** In dots. */
    canvasSize: { width: number; height: number };
    emit(event: 'attach'): void;
  }
  export default Canvas;
}

declare module 'blessed-contrib/lib/widget/charts/line.js' {
  import Canvas, { type WidgetOptions } from 'blessed-contrib/lib/widget/canvas.js';

  export interface LineOptions extends WidgetOptions {
    style: { line: number; text: number; baseline: number };
    /** Dots left of the axis, and how many dots left of it the labels begin. */
    xPadding: number;
    xLabelPadding: number;
    numYLabels?: number;
    showNthLabel?: number;
    maxY?: number;
  }

  class Line extends Canvas {
    constructor(options: LineOptions);
    options: LineOptions;
    setData(series: { x: readonly string[]; y: readonly number[]; style: { line: number } }[]): void;
  }
  export default Line;
}
