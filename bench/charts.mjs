// What drawing the charts costs: time to load and to draw first, time of a draw, and is the heap flat over 20,000 of them?
import { setImmediate as turn } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

const DRAWS = 20_000;
const [WIDTH, HEIGHT] = [200, 46];

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

const wave = (height, shift) => Array.from({ length: 300 }, (_, i) => height * (1.2 + Math.sin((i + shift) / 20)));
const data = (shift) => ({
  period: 1,
  total: wave(10_000, shift),
  backends: [4000, 3000, 2000, 1000].map((height, i) => ({
    name: `backend ${i}`,
    rates: wave(height, shift * (i + 2)),
  })),
  types: ['Initial', '0-RTT', 'Handshake', 'Retry'].map((name, i) => ({ name, packets: 10 ** (i + 1) + shift })),
  versions: ['v1', 'v2', 'd29'].map((name, i) => ({ name, packets: 10 ** (5 - i) + shift })),
  queues: Array.from({ length: 64 }, (_, i) => 100 + ((i * 37 + shift) % 50)),
});
/** Colours as the screen's theme makes them. */
const theme = { paint: (_, text) => `\x1b[38;5;75m${text}\x1b[39m` };

collect();
const heap = process.memoryUsage().heapUsed;
const start = performance.now();
const { Charts } = await import('../dist/charts.js');
const loaded = performance.now();
const charts = new Charts(theme);
charts.lines(data(0), WIDTH, HEIGHT);
const drawn = performance.now();
collect();
console.log(`loaded in ${(loaded - start).toFixed(0)} ms, first drawn in ${(drawn - loaded).toFixed(0)} ms,`);
console.log(`  heap ${megabytes(process.memoryUsage().heapUsed - heap)} more`);

let spent = 0;
const after = [];
for (let i = 1; i <= DRAWS; i++) {
  const next = data(i);
  const from = performance.now();
  charts.lines(next, WIDTH, HEIGHT);
  spent += performance.now() - from;
  await turn();
  if (i % (DRAWS / 4) === 0) {
    collect();
    after.push(process.memoryUsage().heapUsed);
  }
}
console.log(`${DRAWS} draws at ${WIDTH}x${HEIGHT}: ${(spent / DRAWS).toFixed(2)} ms each`);
console.log(`  heap after each quarter: ${after.map(megabytes).join(', ')}`);
