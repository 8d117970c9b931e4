// Text as the terminal shows it. Every character is one column wide: ASCII, and the few signs of SAFE_SIGNS.

const ESCAPE = 27;

/** ASCII and the signs the screen is drawn with; nothing else may reach the terminal. */
function isSafe(code: number): boolean {
  return (
    (code >= 0x20 && code < 0x7f) ||
    code === 0xb7 || // middle dot
    (code >= 0x2010 && code <= 0x2027) || // dashes, double bar, ellipsis
    (code >= 0x2190 && code <= 0x21ff) || // arrows
    (code >= 0x2500 && code <= 0x25ff) || // box drawing, blocks, geometric shapes
    (code >= 0x2800 && code <= 0x28ff) // braille
  );
}

/** Index just after the SGR sequence (`ESC [ ... m`) that starts at `at`, or -1 when there is none. */
function sgrEnd(line: string, at: number): number {
  if (line[at + 1] !== '[') return -1;
  let end = at + 2;
  while (end < line.length && /[0-9;:]/.test(line[end] as string)) end++;
  return line[end] === 'm' ? end + 1 : -1;
}

/**
 * The first `width` columns of a line that may hold SGR sequences. The last barrier before the terminal: whatever is
 * neither a safe character nor an SGR sequence becomes `?`.
 */
export function clip(line: string, width: number): { text: string; columns: number } {
  let text = '';
  let columns = 0;
  let at = 0;
  let start = 0;
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (code === ESCAPE) {
      const end = sgrEnd(line, at);
      if (end > 0) {
        at = end;
        continue;
      }
    }
    if (columns === width) break;
    columns++;
    if (isSafe(code)) {
      at++;
      continue;
    }
    const length = (line.codePointAt(at) as number) > 0xffff ? 2 : 1;
    text += `${line.slice(start, at)}?`;
    at += length;
    start = at;
  }
  return { text: text + line.slice(start, at), columns };
}

/** Columns that a line takes on the screen. */
export function columnsOf(line: string): number {
  return clip(line, Number.POSITIVE_INFINITY).columns;
}

/** The line cut or filled up to exactly `width` columns. */
export function fill(line: string, width: number): string {
  const { text, columns } = clip(line, width);
  return columns < width ? text + ' '.repeat(width - columns) : text;
}

/** Plain text cut to `width`, the cut shown by an ellipsis, and aligned. */
export function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (text.length > width) return width > 0 ? `${text.slice(0, width - 1)}…` : '';
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}

/** `10.0.0.1:4433` or `[fd77::1]:4433` where it does not fit: the port is left out, then the address is cut. */
export function shortEndpoint(endpoint: string, width: number): string {
  if (endpoint.length <= width) return endpoint;
  const address = endpoint.slice(0, endpoint.lastIndexOf(':')).replaceAll(/[[\]]/g, '');
  return cell(address, Math.min(address.length, width));
}

const UNITS = ['', 'k', 'M', 'G', 'T'];

/** Three digits and a unit prefix. */
export function scaled(value: number): { digits: string; prefix: string } {
  let unit = 0;
  let rest = value;
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  const places = unit > 0 ? (rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0) : rest < 9.95 && !Number.isInteger(rest) ? 1 : 0;
  return { digits: rest.toFixed(places), prefix: UNITS[unit] as string };
}

/** The same as one text: `7`, `950`, `12.3k`, `1.20M`. */
export function short(value: number): string {
  const { digits, prefix } = scaled(value);
  return digits + prefix;
}

/** A horizontal bar of `width` columns, `share` (0 to 1) of it filled: at least one column when it is not nothing. */
export function bar(share: number, width: number): string {
  const filled = Math.min(width, Math.max(share > 0 ? 1 : 0, Math.round(share * width)));
  return '■'.repeat(filled).padEnd(width);
}

const LEVELS = '▁▂▃▄▅▆▇█';

/** One column for each value, scaled to the highest. */
export function sparkline(values: readonly number[]): string {
  const highest = Math.max(1, ...values);
  return values.map((value) => LEVELS[Math.min(7, Math.floor((value / highest) * 7.999))]).join('');
}
