// An xterm buffer as SVG. Box, block and braille signs are drawn as shapes: fonts misplace them, and cells must join.

const CELL = { width: 8.4, height: 18.5, baseline: 14 };
const PADDING = 16;
const TITLE_BAR = 34;
const FONT = 'JetBrains Mono,DejaVu Sans Mono,Menlo,Consolas,monospace';
const BACKGROUND = '#10141b';
const FOREGROUND = '#c8d3e0';
const BAR = '#1a202a';
const BUTTONS = ['#ff5f57', '#febc2e', '#28c840'];
const PALETTE = [
  ['#1b212b', '#f0717a', '#7fd08a', '#e6c36a', '#6aa5f0', '#c48bf0', '#5fd0d6', '#c8d3e0'],
  ['#6b7789', '#ff8b92', '#9ae6a3', '#f5d98a', '#8bbcff', '#d9adff', '#85e6ea', '#f2f6fb'],
].flat();

const number = (value) => String(Number(value.toFixed(2)));
const hexColor = (value) => `#${value.toString(16).padStart(6, '0')}`;
const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);

/** A colour of the 256-colour palette. */
function paletteColor(index) {
  if (index < 16) return PALETTE[index];
  if (index >= 232) return hexColor((8 + (index - 232) * 10) * 0x010101);
  const level = (step) => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return hexColor((level(Math.floor(cube / 36)) << 16) | (level(Math.floor(cube / 6) % 6) << 8) | level(cube % 6));
}

function styleOf(cell) {
  let color = FOREGROUND;
  if (cell.isFgRGB()) color = hexColor(cell.getFgColor());
  else if (cell.isFgPalette()) color = paletteColor(cell.getFgColor());
  let background = null;
  if (cell.isBgRGB()) background = hexColor(cell.getBgColor());
  else if (cell.isBgPalette()) background = paletteColor(cell.getBgColor());
  if (cell.isInverse()) [color, background] = [background ?? BACKGROUND, color];
  return { color, background, bold: cell.isBold() !== 0, underline: cell.isUnderline() !== 0 };
}

function rect(x, y, width, height, color, opacity = 1) {
  const faint = opacity < 1 ? ` opacity="${opacity}"` : '';
  const place = `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`;
  return `<rect ${place} fill="${color}"${faint} shape-rendering="crispEdges"/>`;
}

const stroke = (path, color) => `<path d="${path}" stroke="${color}" stroke-width="1.2" fill="none"/>`;

/** The directions in which a box sign has arms. */
const ARMS = {
  '─': 'lr',
  '│': 'ud',
  '┌': 'rd',
  '┐': 'ld',
  '└': 'ru',
  '┘': 'lu',
  '├': 'udr',
  '┤': 'udl',
  '┬': 'lrd',
  '┴': 'lru',
  '┼': 'lrud',
};

/** The corners with a curve: where their two arms end. */
const CURVES = { '╭': ['r', 'd'], '╮': ['l', 'd'], '╰': ['r', 'u'], '╯': ['l', 'u'] };

function boxSign(sign, x, y, color) {
  const centre = [x + CELL.width / 2, y + CELL.height / 2].map(number).join(' ');
  const end = {
    l: `${number(x - 0.1)} ${number(y + CELL.height / 2)}`,
    r: `${number(x + CELL.width + 0.1)} ${number(y + CELL.height / 2)}`,
    u: `${number(x + CELL.width / 2)} ${number(y - 0.1)}`,
    d: `${number(x + CELL.width / 2)} ${number(y + CELL.height + 0.1)}`,
  };
  const curve = CURVES[sign];
  if (curve) return stroke(`M${end[curve[0]]}Q${centre} ${end[curve[1]]}`, color);
  const arms = ARMS[sign];
  return arms ? stroke([...arms].map((arm) => `M${centre}L${end[arm]}`).join(''), color) : null;
}

/** Where each bit of a braille sign has its dot: column, row. */
const DOTS = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3],
];

function brailleSign(bits, x, y, color) {
  const dots = DOTS.filter((_, bit) => bits & (1 << bit));
  return dots
    .map(([column, row]) => {
      const cx = number(x + CELL.width * (0.27 + 0.46 * column));
      const cy = number(y + CELL.height * (0.125 + 0.25 * row));
      return `<circle cx="${cx}" cy="${cy}" r="1.35" fill="${color}"/>`;
    })
    .join('');
}

/** Cells overlap by this, so that no seam shows between them. */
const OVERLAP = 0.3;

/** The sign as shapes, or null when the font shall draw it. */
function shape(sign, x, y, color) {
  const { width, height } = CELL;
  const code = sign.codePointAt(0);
  if (code >= 0x2800 && code <= 0x28ff) return brailleSign(code - 0x2800, x, y, color);
  if (code >= 0x2581 && code <= 0x2588) {
    const filled = (height * (code - 0x2580)) / 8;
    return rect(x, y + height - filled, width + OVERLAP, filled + OVERLAP, color);
  }
  if (code >= 0x2589 && code <= 0x258f) return rect(x, y, (width * (0x2590 - code)) / 8, height + OVERLAP, color);
  if (code >= 0x2591 && code <= 0x2593) return rect(x, y, width, height, color, [0.22, 0.45, 0.7][code - 0x2591]);
  if (sign === '■') return rect(x + 0.7, y + height / 2 - 3.5, width - 1.4, 7, color);
  if (sign === '●') {
    const centre = `cx="${number(x + width / 2)}" cy="${number(y + height / 2 + 0.5)}"`;
    return `<circle ${centre} r="3.4" fill="${color}"/>`;
  }
  return boxSign(sign, x, y, color);
}

/** One text element for each run of cells with the same style. */
function textRun({ x, y, text, style }) {
  if (text.trim() === '') return '';
  const weight = style.bold ? ' font-weight="700"' : '';
  const line = style.underline ? ' text-decoration="underline"' : '';
  const length = `textLength="${number(text.length * CELL.width)}" lengthAdjust="spacingAndGlyphs"`;
  const place = `x="${number(x)}" y="${number(y + CELL.baseline)}"`;
  return `<text ${place} ${length} fill="${style.color}"${weight}${line}>${escaped(text)}</text>`;
}

function drawLine(line, columns, y) {
  let backgrounds = '';
  let foregrounds = '';
  let run = null;
  const endRun = () => {
    if (run) foregrounds += textRun(run);
    run = null;
  };
  for (let column = 0; column < columns; column++) {
    const cell = line.getCell(column);
    if (cell.getWidth() === 0) continue;
    const sign = cell.getChars() || ' ';
    const style = styleOf(cell);
    const x = PADDING + column * CELL.width;
    if (style.background) {
      backgrounds += rect(x, y, CELL.width + OVERLAP, CELL.height + OVERLAP, style.background);
    }
    const drawn = shape(sign, x, y, style.color);
    if (drawn !== null) {
      endRun();
      foregrounds += drawn;
    } else if (run && JSON.stringify(run.style) === JSON.stringify(style)) {
      run.text += sign;
    } else {
      endRun();
      run = { x, y, text: sign, style };
    }
  }
  endRun();
  return { backgrounds, foregrounds };
}

export function drawScreen(buffer, columns, rows) {
  const lines = Array.from({ length: rows }, (_, row) =>
    drawLine(buffer.getLine(buffer.viewportY + row), columns, TITLE_BAR + row * CELL.height),
  );
  const width = number(columns * CELL.width + 2 * PADDING);
  const height = number(rows * CELL.height + TITLE_BAR + PADDING);
  const buttons = BUTTONS.map((color, i) => `<circle cx="${18 + 18 * i}" cy="13" r="5.5" fill="${color}"/>`).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<title>quic-top in a terminal</title>',
    `<rect width="100%" height="100%" rx="10" fill="${BACKGROUND}"/>`,
    `<path d="M0 26V10A10 10 0 0 1 10 0H${number(width - 10)}A10 10 0 0 1 ${width} 10V26Z" fill="${BAR}"/>${buttons}`,
    `<g font-family="${FONT}" font-size="14" xml:space="preserve">`,
    ...lines.map(({ backgrounds }) => backgrounds),
    ...lines.map(({ foregrounds }) => foregrounds),
    '</g></svg>',
    '',
  ]
    .filter((line, i, all) => line !== '' || i === all.length - 1)
    .join('\n');
}
