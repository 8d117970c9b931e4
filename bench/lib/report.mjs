// What a bench found, as Markdown: bench/RESULTS.md, and the headline rows of README.md.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { median, medianRatio } from './statistics.mjs';

/**
 * @typedef {object} Row of the table of targets
 * @property {string} name
 * @property {number} value the median of the rounds
 * @property {{least: number} | {most: number}} [target] none: it is told, not promised
 * @property {string} [bound] what the value may say instead of what was to be measured
 *
 * @typedef {object} Details values that a row was made of
 * @property {string} title
 * @property {string} [note]
 * @property {string} unit
 * @property {number} digits behind the decimal point
 * @property {Record<string, number[]>} values by what was measured, then by round
 *
 * @typedef {object} Context
 * @property {number} rounds
 * @property {boolean} quick shorter runs, for whoever changes the bench
 * @property {(line: string) => void} say tells how it goes
 *
 * @typedef {(context: Context) => Promise<{rows: Row[], details: Details | Details[]}>} Group
 */

/** Makes rows out of what was measured in the same rounds. @param {Record<string, number[]>} values */
export function ratioRow(values) {
  /**
   * @param {string} name @param {string} subject @param {string} limit @param {Row['target']} [target]
   * @param {string} [bound] @returns {Row}
   */
  return (name, subject, limit, target, bound) => ({
    name,
    value: medianRatio(values[subject] ?? [], values[limit] ?? []),
    ...(target && { target }),
    ...(bound && { bound }),
  });
}

/** @param {Row} row */
export const isMet = ({ value, target }) =>
  target === undefined || ('least' in target ? value >= target.least : value <= target.most);

const number = (/** @type {number} */ value, /** @type {number} */ digits) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** @param {Row['target']} target */
function targetText(target) {
  if (target === undefined) return '-';
  return 'least' in target ? `>= ${target.least}` : `<= ${target.most}`;
}

/** @param {Row} row */
function verdict(row) {
  if (row.target === undefined) return '';
  return isMet(row) ? 'met' : `not met${row.bound ? `: ${row.bound}` : ''}`;
}

/** @param {Row} row */
const rowText = (row) => `| ${row.name} | ${targetText(row.target)} | ${number(row.value, 2)} | ${verdict(row)} |`;

/** @param {Row[]} rows */
export const targetTable = (rows) =>
  ['| Row | Target | Measured | |', '| --- | --- | --- | --- |', ...rows.map(rowText)].join('\n');

/** @param {Details} details */
export function detailsText({ title, note, unit, digits, values }) {
  const lines = Object.entries(values).map(([name, all]) => {
    const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)];
    return `| ${name} | ${[middle, least, most].map((value) => number(value, digits)).join(' | ')} |`;
  });
  const table = [`| ${unit} | Median | Least | Most |`, '| --- | ---: | ---: | ---: |', ...lines].join('\n');
  return [`## ${title}`, ...(note ? [note] : []), table].join('\n\n');
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const git = (/** @type {string[]} */ ...words) =>
  execFileSync('git', ['-c', `safe.directory=${root}`, ...words], { cwd: root, encoding: 'utf8' }).trim();

/** Where and how it was measured. @param {{rounds: number, command: string, minutes: number, load: number}} run */
export function conditions({ rounds, command, minutes, load }) {
  const [cpu] = os.cpus();
  // What a bench writes is no change of what it measured.
  const changed = git('status', '--porcelain', '--', '.', ':!bench/RESULTS.md', ':!README.md') !== '';
  return [
    `- Commit: ${git('rev-parse', '--short', 'HEAD')}${changed ? ', with changes' : ''}`,
    `- Machine: ${os.cpus().length} cores, ${cpu?.model.trim()}, Linux ${os.release()}, Node.js ${process.versions.node}`,
    `- Date: ${new Date().toISOString().slice(0, 10)}; it took ${minutes.toFixed(0)} minutes`,
    `- Command: \`${command}\`, ${rounds} rounds`,
    `- Load average: ${load.toFixed(2)} before it began, ${os.loadavg()[0]?.toFixed(2)} at its end (what others run beside it makes the numbers worthless)`,
  ].join('\n');
}

/** The rows of the table in RESULTS.md that README.md shows. */
const HEADLINES = [
  /^divert: loss-free/,
  /^tap: loss-free/,
  /^divert: whole-machine/,
  /^tap, .-s 240/,
  /^tap: what the host's kernel .* nobody/,
  /^tap, --egress auto: TCP/,
  /--json. \/ .*synthetic/,
];

/**
 * What stands in README.md between the markers.
 * @param {string} results RESULTS.md
 */
export function headlines(results) {
  const lines = results.split('\n');
  const rows = lines.filter(
    (line) => line.startsWith('| ') && HEADLINES.some((headline) => headline.test(line.slice(2))),
  );
  const [commit, machine, load] = ['Commit', 'Machine', 'Load average'].map((what) =>
    lines.find((line) => line.startsWith(`- ${what}: `))?.slice(what.length + 4),
  );
  return [
    '| | Target | Measured | |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    `Measured by \`npm run bench\` at commit ${commit} on ${machine}; load average ${load}.`,
  ].join('\n');
}

const BLOCK = /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/;

/** README.md with the headlines of RESULTS.md. @param {string} readme @param {string} results */
export const withHeadlines = (readme, results) =>
  readme.replace(BLOCK, (_, begin, end) => `${begin}${headlines(results)}\n${end}`);

export const RESULTS = `${root}bench/RESULTS.md`;
export const README = `${root}README.md`;
export const readText = (/** @type {string} */ path) => readFileSync(path, 'utf8');
