// The time axis of the rate chart: backwards from now, or forwards from a capture file's first packet.

/** Columns that a mark needs. */
const MARK_WIDTH = 7;
/** More marks say nothing more. */
const MOST_MARKS = 12;

export interface TimeAxis {
  /** Seconds from one end to the other. */
  span: number;
  /** `at`: how far it is along the axis, from 0 to 1. */
  marks: { at: number; text: string }[];
  /** What is written at its right end. */
  end: string;
}

/** The next of 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

/** How long an axis of ages may be, and how far apart its marks are, in seconds. */
const SPANS = [
  { span: 60, mark: 10 },
  { span: 120, mark: 30 },
  { span: 300, mark: 60 },
  { span: 600, mark: 120 },
  { span: 1800, mark: 300 },
];
const LONGEST = { span: 3600, mark: 600 };

function age(seconds: number): string {
  return seconds % 60 === 0 ? `-${seconds / 60}m` : `-${seconds}s`;
}

/** Ages: `-2m`, `-1m`, `now`. @param known seconds that there is something to show of */
export function ageAxis(known: number, columns: number): TimeAxis {
  const { span, mark } = SPANS.find((each) => each.span >= known) ?? LONGEST;
  const room = columns / MARK_WIDTH;
  const step = span / mark > room ? mark * 2 : mark;
  const marks: TimeAxis['marks'] = [];
  // The last mark would run into the "now".
  for (let at = 0; at <= span * (1 - 1 / room); at += step) marks.push({ at: at / span, text: age(span - at) });
  return { span, marks, end: 'now' };
}

const DAY = 86_400;
/** Where tens are no round numbers: steps between marks, in seconds. */
const STEPS = [20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY];
const UNITS = [
  { size: DAY, unit: 'd' },
  { size: 3600, unit: 'h' },
  { size: 60, unit: 'm' },
  { size: 1, unit: 's' },
  { size: 1e-3, unit: 'ms' },
  { size: 1e-6, unit: 'us' },
  { size: 1e-9, unit: 'ns' },
];

function offsetStep(least: number): number {
  if (least <= 10) return roundUp(least);
  return STEPS.find((step) => step >= least) ?? roundUp(least / DAY) * DAY;
}

/** Offsets from the start, in one unit: `0s`, `0.5s`, `1s`, and the whole span at the end. @param span seconds, not 0 */
export function offsetAxis(span: number, columns: number): TimeAxis {
  const step = offsetStep(span / Math.min(MOST_MARKS, columns / MARK_WIDTH));
  const { size, unit } = UNITS.find((each) => each.size <= Math.max(step, Math.min(1, span))) ?? {
    size: 1e-9,
    unit: 'ns',
  };
  const text = (seconds: number, digits: number) => `${Number((seconds / size).toPrecision(digits))}${unit}`;
  const end = text(span, span / size < 1000 ? 3 : 6);
  const marks: TimeAxis['marks'] = [];
  for (let i = 0; i * step < span; i++) {
    const mark = { at: (i * step) / span, text: text(i * step, 6) };
    if (mark.at * columns + mark.text.length + 1 <= columns - end.length) marks.push(mark);
  }
  return { span, marks, end };
}
