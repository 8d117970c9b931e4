import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RateData } from '../../src/core/stats/rate-data.js';
import { barLines } from '../../src/ui/charts/bars.js';
import { type ChartData, Charts } from '../../src/ui/charts/index.js';
import { loadCharts } from '../../src/ui/charts/load.js';
import { busiestOf } from '../../src/ui/charts/queue-chart.js';
import { scaleOf } from '../../src/ui/charts/rate-chart.js';
import { ageAxis, offsetAxis } from '../../src/ui/charts/time-axis.js';
import { clip, columnsOf } from '../../src/ui/terminal/text.js';
import { Theme } from '../../src/ui/theme/theme.js';
import { TestTerminal } from '../support/terminal.js';

const COLOURED = Theme.of({ COLORTERM: 'truecolor' });
const MONOCHROME = Theme.of({ NO_COLOR: '1' });
// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
const SGR = /\x1b\[[\d;]*m/g;

/** Of each line, without attributes. */
function plain(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll(SGR, ''));
}

const ramp = (to: number, samples = 300) => Array.from({ length: samples }, (_, i) => (i * to) / (samples - 1));

const RATES: RateData = {
  axis: 'age',
  period: 1,
  total: ramp(12_000),
  backends: [
    { name: 'backend 17', rates: ramp(6000) },
    { name: 'backend 4', rates: ramp(3000).reverse() },
  ],
};
const DATA: ChartData = {
  rates: RATES,
  undecoded: '',
  types: [
    { name: 'Initial', packets: 750, role: 'initial' },
    { name: 'Handshake', packets: 250, role: 'handshake' },
  ],
  versions: [
    { name: 'v1', packets: 9999 },
    { name: 'v2', packets: 1 },
  ],
  queues: Array.from({ length: 64 }, (_, i) => ({ rate: i === 17 ? 250 : 50, active: true })),
};
const NO_RATES: RateData = { axis: 'age', period: 1, total: [], backends: [] };
const EMPTY: ChartData = {
  rates: NO_RATES,
  undecoded: '',
  types: [],
  versions: [],
  queues: new Array(64).fill({ rate: 0, active: false }),
};

/** The total alone. */
const withTotal = (total: number[], changes: Partial<RateData> = {}): ChartData => ({
  ...DATA,
  rates: { ...RATES, total, backends: [], ...changes },
});

/** Rows that hold braille in a column. */
function dotted(lines: readonly string[], column: number): number[] {
  return lines.flatMap((line, row) => (/[\u2801-\u28ff]/.test(line[column] ?? '') ? [row] : []));
}

/** The rate chart without the axis: between the legend and the row of the axis. */
function plot(lines: readonly string[]): string[] {
  const texts = plain(lines);
  return texts.slice(
    1,
    texts.findIndex((line) => line.trimEnd().endsWith('now')),
  );
}

describe('size', () => {
  it.each([
    [200, 50],
    [150, 40],
    [120, 26],
    [80, 20],
    [40, 10],
    [30, 6],
    [29, 6],
    [5, 2],
    [1, 1],
  ])('is exactly %i x %i, full or empty, with nothing that the painter would replace', (width, height) => {
    for (const theme of [COLOURED, MONOCHROME]) {
      const charts = new Charts(theme);
      for (const data of [
        DATA,
        EMPTY,
        { ...DATA, rates: NO_RATES, queues: EMPTY.queues },
        { ...DATA, rates: 'no times' },
      ]) {
        const lines = charts.lines(data, width, height);
        expect(lines.map(columnsOf)).toEqual(new Array(height).fill(width));
        expect(lines.map((line) => clip(line, width).text)).toEqual(lines);
        expect(lines.join('')).not.toContain('?');
        expect(lines.join('')).not.toContain('undefined');
      }
    }
  });

  it('follows a resize', () => {
    const charts = new Charts(COLOURED);
    const first = charts.lines(DATA, 200, 50);
    charts.lines(DATA, 40, 10);
    expect(charts.lines(DATA, 200, 50)).toEqual(first);
  });

  it('says so when there is no room', () => {
    expect(plain(new Charts(COLOURED).lines(DATA, 29, 5)).join('')).toContain('no room for charts');
  });

  it('shows what there is room for', () => {
    const titles = (width: number, height: number) => {
      const text = plain(new Charts(COLOURED).lines(DATA, width, height)).join('\n');
      return ['Packets/s', 'Packet types', 'QUIC versions', 'Queues'].filter((title) => text.includes(title));
    };
    expect(titles(120, 26)).toEqual(['Packets/s', 'Packet types', 'QUIC versions', 'Queues']);
    expect(titles(80, 20)).toEqual(['Packets/s', 'Packet types', 'Queues']);
    expect(titles(40, 10)).toEqual(['Packets/s']);
  });
});

describe('rates', () => {
  it('draws a ramp as a line that rises from the lower left to the upper right', () => {
    const lines = plot(new Charts(COLOURED).lines(withTotal(ramp(15_000)), 40, 10));
    const rows = Array.from({ length: 33 }, (_, i) => Math.min(...dotted(lines.slice(0, -1), 7 + i)));
    expect(rows).toEqual(rows.toSorted((a, b) => b - a));
    expect(rows.at(0)).toBe(lines.length - 2);
    expect(rows.at(-1)).toBeLessThanOrEqual(1);
  });

  it('draws a value beside its mark', () => {
    const lines = plot(new Charts(COLOURED).lines(withTotal(new Array(300).fill(10_000)), 80, 20));
    const row = lines.findIndex((line) => line.startsWith('  10k'));
    expect(dotted(lines.slice(0, -1), 40)).toEqual([row]);
  });

  it('labels the axes with units and times', () => {
    const text = plain(new Charts(COLOURED).lines(DATA, 120, 30));
    for (const mark of ['    0', '   2k', '  10k']) expect(text.some((line) => line.startsWith(`${mark} `))).toBe(true);
    expect(
      text
        .find((line) => line.includes('now'))
        ?.split(/\s+/)
        .filter(Boolean),
    ).toEqual([...['-5m', '-4m', '-3m', '-2m', '-1m', 'now']]);
  });

  it('has a time axis that fits what is known, and nothing where nothing is known', () => {
    const lines = new Charts(COLOURED).lines(withTotal(new Array(30).fill(100)), 120, 30);
    const times = plain(lines).find((line) => line.includes('now'));
    expect(times?.split(/\s+/).filter(Boolean)).toEqual(['-1m', '-50s', '-40s', '-30s', '-20s', '-10s', 'now']);
    const half = 6 + (120 - 6) / 2;
    for (let column = 7; column < half - 1; column++) expect(dotted(plot(lines).slice(0, -1), column)).toEqual([]);
    for (let column = half + 3; column < 119; column++) {
      expect(dotted(plot(lines).slice(0, -1), column)).toHaveLength(1);
    }
  });

  it('names each line in its colour with its newest value', () => {
    const [legend, ...lines] = new Charts(COLOURED).lines(DATA, 120, 30) as [string, ...string[]];
    expect(legend).toContain(`${COLOURED.paint('strong', '■ total')} 12.0k`);
    expect(legend).toContain(`${COLOURED.paint('series1', '■ backend 17')} 6.00k`);
    expect(legend).toContain(`${COLOURED.paint('series2', '■ backend 4')} 0`);
    for (const role of ['strong', 'series1', 'series2'] as const) {
      const [on] = COLOURED.paint(role, 'x').split('x') as [string];
      const runs = lines.join('').split(on).slice(1);
      expect(runs.filter((run) => /^[\u2801-\u28ff]/.test(run)).length, role).toBeGreaterThan(2);
    }
  });

  it('draws only lines that the legend has room to name', () => {
    const [on] = COLOURED.paint('series1', 'x').split('x') as [string];
    expect(new Charts(COLOURED).lines(DATA, 40, 10).join('')).not.toContain(on);
  });

  it('draws one line where lines have no colours, and no colour anywhere', () => {
    const lines = new Charts(MONOCHROME).lines(DATA, 120, 30);
    const codes = new Set(lines.join('').match(SGR));
    expect([...codes].toSorted()).toEqual(['\x1b[1m', '\x1b[22m']);
    expect(plot(lines)).toEqual(
      plot(new Charts(MONOCHROME).lines({ ...DATA, rates: { ...RATES, backends: [] } }, 120, 30)),
    );
    expect(plain(lines)[0]).toContain('backend 17 6.00k');
  });

  it.each([
    [0, 5, 1, '', 1],
    [7.9, 8, 1, '', 1],
    [45, 9, 5, '', 1],
    [46, 9, 10, '', 1],
    [9_300, 9.3, 1000, 'k', 1000],
    [9_400, 9.3, 2000, 'k', 1000],
    [11_000_000, 3.6, 5_000_000, 'M', 1e6],
  ])('has marks that are round numbers: %d over %d steps', (highest, steps, step, prefix, unit) => {
    expect(scaleOf(highest, steps)).toEqual({ step, prefix, unit });
  });
});

describe('the rates of a capture file', () => {
  const file = withTotal(ramp(12_000).reverse(), { axis: 'offset', period: 1.234 / 300 });
  const axisOf = (data: ChartData, width: number, height: number) =>
    plain(new Charts(COLOURED).lines(data, width, height))
      .findLast((line) => / 0(ns|us|ms|s|m|h|d) /.test(line))
      ?.trim();

  it('run from the first packet to the last', () => {
    expect(axisOf(file, 120, 30)).toMatch(/^0s +0\.2s +0\.4s +0\.6s +0\.8s +1s +1\.23s$/);
    const lines = new Charts(COLOURED).lines(file, 120, 30);
    expect(plain(lines).join()).not.toContain('now');
    const chart = plain(lines).slice(1, 17);
    expect(Math.min(...dotted(chart, 8))).toBeLessThan(2);
    expect(Math.min(...dotted(chart, 118))).toBeGreaterThan(10);
  });

  it('have marks where they belong', () => {
    const axis = `       ${axisOf(withTotal(ramp(10), { axis: 'offset', period: 10 / 300 }), 106, 30)}`;
    // The numbers and the axis, then 99 columns.
    expect(axis.indexOf('5s') - axis.indexOf('0s')).toBe(50);
    expect(axis.endsWith(' 10s')).toBe(true);
    expect(axis).toHaveLength(106);
  });

  it('are named with their highest value', () => {
    expect(plain(new Charts(COLOURED).lines(file, 120, 30))[0]).toMatch(/^Packets\/s {2}■ total max 12\.0k +$/);
  });

  it('give way to what is said in their place, beside all that is known', () => {
    const lines = plain(new Charts(COLOURED).lines({ ...DATA, rates: 'the packets have no times' }, 120, 30));
    expect(lines[0]?.trim()).toBe('Packets/s');
    expect(lines.slice(1, 17).join('').trim()).toBe('the packets have no times');
    expect(lines.join('\n')).toContain('Packet types');
    const alone = plain(new Charts(COLOURED).lines({ ...EMPTY, rates: 'the packets have no times' }, 80, 21));
    expect(alone.join('').trim()).toBe('the packets have no times');
  });
});

describe('the time axis', () => {
  const texts = ({ marks, end }: ReturnType<typeof offsetAxis>) => [...marks.map(({ text }) => text), end].join(' ');

  it.each([
    [100e-9, '0ns 10ns 20ns 30ns 40ns 50ns 60ns 70ns 80ns 90ns 100ns'],
    [0.0123, '0ms 2ms 4ms 6ms 8ms 10ms 12.3ms'],
    [0.0000045, '0us 0.5us 1us 1.5us 2us 2.5us 3us 3.5us 4us 4.5us'],
    [1.2, '0s 0.1s 0.2s 0.3s 0.4s 0.5s 0.6s 0.7s 0.8s 0.9s 1s 1.1s 1.2s'],
    [90, '0s 10s 20s 30s 40s 50s 60s 70s 80s 90s'],
    [200, '0s 20s 40s 60s 80s 100s 120s 140s 160s 180s 200s'],
    [3700, '0m 10m 20m 30m 40m 50m 61.7m'],
    [86_400 * 1.5, '0h 3h 6h 9h 12h 15h 18h 21h 24h 27h 30h 33h 36h'],
    [86_400 * 9.5, '0d 1d 2d 3d 4d 5d 6d 7d 8d 9.5d'],
    [2 ** 64 / 1e9, '0d 20000d 40000d 60000d 80000d 100000d 120000d 140000d 160000d 180000d 213504d'],
  ])('of %d seconds has round marks of one unit', (span, expected) => {
    expect(texts(offsetAxis(span, 120))).toBe(expected);
  });

  it('is as full as it may be and no fuller', () => {
    for (let columns = 24; columns < 400; columns += 7) {
      for (const span of [3e-9, 0.07, 1.234, 45, 119, 7199, 86_399, 1e7, 1.8e10]) {
        for (const { marks, end } of [offsetAxis(span, columns), ageAxis(span, columns)]) {
          const places = [
            ...marks.map(({ at, text }) => ({ from: at * columns, text })),
            { from: columns - end.length, text: end },
          ];
          expect(places.length).toBeGreaterThan(1);
          for (const [i, { from, text }] of places.slice(0, -1).entries()) {
            const next = places[i + 1]?.from as number;
            if (end !== 'now') expect(from + text.length, `${text} in ${columns}`).toBeLessThan(next);
          }
        }
      }
    }
  });
});

describe('shares', () => {
  it('shows each share as a bar in its colour, in per cent, and counted', () => {
    const lines = barLines(
      [
        { name: 'Initial', packets: 7500, role: 'initial' },
        { name: 'Retry', packets: 2499, role: 'retry' },
        { name: 'rare', packets: 1, role: 'bar' },
      ],
      42,
      5,
      COLOURED,
    );
    expect(plain(lines)).toEqual([
      'Initial ■■■■■■■■■■■■■■■■       75.0% 7.50k',
      'Retry   ■■■■■                  25.0% 2.50k',
      'rare    ■                      <0.1%     1',
    ]);
    expect(lines[0]).toContain(COLOURED.paint('initial', '■■■■■■■■■■■■■■■■'.padEnd(21)));
  });

  it('sums up what has no line', () => {
    const bars = Array.from({ length: 9 }, (_, i) => ({ name: `v${i}`, packets: 10 - i, role: 'bar' as const }));
    const lines = plain(barLines(bars, 40, 4, COLOURED));
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^others .* 50\.0% {4}27$/);
  });

  it('colours packet types as the list of packets does', () => {
    const text = new Charts(COLOURED).lines(DATA, 120, 30).join('\n');
    for (const role of ['initial', 'handshake'] as const) {
      expect(text).toContain(`${(COLOURED.paint(role, 'x').split('x') as [string])[0]}■`);
    }
  });
});

describe('queues', () => {
  it('knows the skew', () => {
    const loads = (rates: number[], active = true) => rates.map((rate) => ({ rate, active: active || rate > 0 }));
    expect(busiestOf(loads([1, 5, 2, 0]))).toEqual({ queue: 1, highest: 5, mean: 2, skew: 2.5 });
    // A queue that nobody uses is not in the mean.
    expect(busiestOf(loads([1, 5, 3, 0], false))).toMatchObject({ queue: 1, mean: 3 });
    expect(busiestOf(loads([0, 0]))).toMatchObject({ highest: 0, skew: 0 });
    expect(busiestOf(loads([0, 0], false))).toMatchObject({ highest: 0, skew: 0 });
  });

  it('draws every queue, as high as its rate, and the busiest in another colour', () => {
    const lines = new Charts(COLOURED).lines(DATA, 200, 50);
    const texts = plain(lines);
    const top = texts.findIndex((line) => line.includes('max/mean 4.71   busiest 17'));
    expect(top).toBeGreaterThan(0);
    const chart = texts.slice(top + 1, -1).map((line) => line.slice(130 + 6));
    const heights = Array.from({ length: 64 }, (_, queue) => dotted(chart, queue).length);
    expect(heights.filter((height) => height === chart.length)).toHaveLength(1);
    expect(heights[17]).toBe(chart.length);
    expect(new Set(heights.toSpliced(17, 1))).toEqual(new Set([Math.ceil(chart.length / 5)]));
    expect(texts.at(-1)).toMatch(/ 0 +16 +32 +48 *$/);
    expect(lines[top + 1]).toContain(COLOURED.paint('warn', '⣿').slice(0, -'\x1b[39m'.length));
  });

  it('says when no queue has packets', () => {
    expect(plain(new Charts(COLOURED).lines({ ...DATA, queues: EMPTY.queues }, 120, 30)).join()).toContain(
      'Queues   no packets',
    );
  });
});

it('is loaded when it is first asked for', async () => {
  expect(await loadCharts()).toBe(Charts);
});

it('says that there are no packets yet, in the middle', () => {
  const lines = plain(new Charts(COLOURED).lines(EMPTY, 80, 21));
  expect(lines[10]?.trim()).toBe('no packets yet');
  expect(lines[10]?.indexOf('no')).toBe(33);
  expect(lines.toSpliced(10, 1).join('').trim()).toBe('');
});

it('shows names as they are: tags mean nothing, and no control character gets through', () => {
  const name = '{red-fg}{bold}x{/}\\x1b[31m';
  const lines = new Charts(COLOURED).lines(
    { ...DATA, rates: { ...RATES, backends: [{ name, rates: ramp(10) }] }, types: [{ name, packets: 1, role: 'bar' }] },
    200,
    50,
  );
  expect(plain(lines)[0]).toContain(name);
  expect(plain(lines).join('\n')).toMatch(/\n\{red-fg\}\{bold\}x\{\/\}/);
  expect(lines.join('')).not.toContain('\x1b[31m');
});

describe('the process', () => {
  it('is left as it was: no listener, timer or write, however often it draws', () => {
    const listeners = () =>
      [process.stdin, process.stdout, process].map((each) =>
        each.eventNames().map((name) => [name, each.listenerCount(name)]),
      );
    const calls = [
      vi.spyOn(process.stdout, 'write'),
      ...(['setTimeout', 'setInterval', 'setImmediate'] as const).map((name) => vi.spyOn(globalThis, name)),
    ];
    const before = listeners();
    const charts = new Charts(COLOURED);
    for (let i = 0; i < 60; i++) charts.lines(DATA, 80 + (i % 3), 20);
    const made = calls.map((call) => call.mock.calls.length);
    for (const call of calls) call.mockRestore();
    expect(made).toEqual([0, 0, 0, 0]);
    expect(listeners()).toEqual(before);
  });

  it('is left as it was by the bundle too: a script complete by itself, in a terminal, ended by a signal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quic-top-charts-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = readFileSync(new URL('../../dist/charts.js', import.meta.url), 'base64');
    // Not before the module is evaluated: Node itself listens for 'exit' until then.
    const program = `import { setTimeout as sleep } from 'node:timers/promises';
      import { Charts } from 'data:text/javascript;base64,${script}';
      const listeners = () => JSON.stringify([process.stdin, process.stdout, process].map((each) =>
        each.eventNames().map((name) => [String(name), each.listenerCount(name)])));
      setTimeout(async () => {
        const before = listeners();
        const lines = new Charts({ paint: (role, text) => text }).lines(${JSON.stringify(DATA)}, 80, 20);
        await sleep(50);
        console.log(JSON.stringify({ before, after: listeners(), raw: process.stdin.isRaw, lines }));
        process.kill(process.pid, 'SIGTERM');
        await sleep(10_000);
      });`;
    writeFileSync(join(folder, 'draw.mjs'), program);

    const terminal = new TestTerminal([process.execPath, join(folder, 'draw.mjs')], 80, 24);
    await terminal.exited;
    const uncoloured = { paint: (_: string, text: string) => text } as unknown as Theme;
    const lines = new Charts(uncoloured).lines(DATA, 80, 20);
    const [written, ...rest] = terminal.output.split('\r\n');
    const { before, ...found } = JSON.parse(written as string);
    expect(found).toEqual({ after: before, raw: false, lines });
    expect(rest.join(' ')).toMatch(/^(Terminated )?settings kept, status 143 $/);
  });
});

it('says beside each number that comes from decoded packets how many were not', () => {
  const undecoded = MONOCHROME.paint('warn', '144,000 not decoded');
  const titles = (width: number, height: number) =>
    plain(new Charts(MONOCHROME).lines({ ...DATA, undecoded }, width, height)).join('\n');
  for (const title of ['Packet types', 'QUIC versions'])
    expect(titles(150, 40)).toContain(`${title}  144,000 not decoded`);
  expect(titles(150, 40)).toMatch(/Packets\/s {2}■ total .* {2}144,000 not decoded/);
  expect(titles(60, 10)).toMatch(/Packets\/s {2}■ total .* {2}144,000 not decoded/);
});
