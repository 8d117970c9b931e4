// Measures all that we promise about speed: `npm run bench`. Writes bench/RESULTS.md and the headlines in README.md.
//
//   npm run bench -- cpu program     some groups of rows, only printed
//   npm run bench -- --quick         one short round, only printed: for whoever changes the bench
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { cold } from './groups/cold.mjs';
import { cpu } from './groups/cpu.mjs';
import { files } from './groups/files.mjs';
import { host } from './groups/host.mjs';
import { initials } from './groups/initials.mjs';
import { program } from './groups/program.mjs';
import { rate } from './groups/rate.mjs';
import { screen } from './groups/screen.mjs';
import { isInstalled } from './lib/receivers.mjs';
import { conditions, detailsText, README, RESULTS, readText, targetTable, withHeadlines } from './lib/report.mjs';

/** @type {Record<string, import('./lib/report.mjs').Group>} */
const GROUPS = { rate, cold, cpu, host, program, files, initials, screen };
const NEEDED = ['tcpdump', 'dumpcap', 'tshark', 'tcpreplay', 'iperf3', 'python3', 'ethtool', 'taskset', 'sysctl'];

function fail(/** @type {string} */ what) {
  console.error(`bench: ${what}`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const { quick } = values;
const unknown = positionals.filter((name) => !(name in GROUPS));
if (unknown.length > 0) fail(`there is no ${unknown.join(', ')}; there are ${Object.keys(GROUPS).join(', ')}`);
const missing = NEEDED.filter((name) => !isInstalled(name));
if (missing.length > 0)
  fail(
    `not installed: ${missing.join(', ')} (Debian: tcpdump wireshark-common tshark tcpreplay iperf3 python3 ethtool util-linux procps)`,
  );
if (process.getuid?.() !== 0) fail('root is needed, for network namespaces and XDP');
if (os.cpus().length < 2) fail('two cores are needed: one for the generator, one for the receiver');

const rounds = quick ? 1 : 5;
const [load = 0] = os.loadavg();
const started = performance.now();
const chosen = positionals.length > 0 ? positionals : Object.keys(GROUPS);
const rows = [];
const details = [];
for (const name of chosen) {
  const group = /** @type {import('./lib/report.mjs').Group} */ (GROUPS[name]);
  const found = await group({ rounds, quick, say: (line) => console.error(`${name}: ${line}`) });
  rows.push(...found.rows);
  details.push(...[found.details].flat());
}

const words = process.argv.slice(2);
const minutes = (performance.now() - started) / 60_000;
const command = `npm run bench${words.length > 0 ? ` -- ${words.join(' ')}` : ''}`;
const text = [
  '# Results',
  'Written by `npm run bench`. Every value of the first table is the median of the ratios of five interleaved rounds.',
  conditions({ rounds, command, minutes, load }),
  targetTable(rows),
  ...details.map(detailsText),
].join('\n\n');
console.log(text);
if (words.length === 0) {
  writeFileSync(RESULTS, `${text}\n`);
  writeFileSync(README, withHeadlines(readText(README), text));
}
