// Whether a file has what quic-top --json prints of a capture that went well: packets, then a summary that balances.
// Other lines (npm's own) may be among them. node test/distributions/lines.mjs FILE
import { readFileSync } from 'node:fs';

const lines = readFileSync(process.argv[2] ?? '', 'utf8').split('\n');
const events = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
const packets = events.filter(({ event }) => event === 'packet');
const summaries = events.filter(({ event }) => event === 'summary');
const [summary] = summaries;
const isGood =
  packets.length > 0 &&
  summaries.length === 1 &&
  events.at(-1) === summary &&
  summary.balanced === true &&
  summary.captured >= new Set(packets.map(({ frame }) => frame)).size;
console.log(`${packets.length} packets, summaries: ${JSON.stringify(summaries)}`);
process.exitCode = isGood ? 0 : 1;
