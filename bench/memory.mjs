// Is the resident size flat while packets flow? Samples it once a second; ten minutes unless told otherwise.
import { readFileSync } from 'node:fs';
import { flood } from './lib/flood.mjs';
import { readSeconds } from './lib/options.mjs';

const seconds = readSeconds(600);
/** MB at each second from when it captured. @type {number[]} */
const samples = [];

function residentMegabytes(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** Megabytes a minute, by least squares. */
function slope(values) {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((total, value) => total + value, 0) / values.length;
  let [covariance, variance] = [0, 0];
  for (const [x, y] of values.entries()) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  return (covariance / variance) * 60;
}

let timer;
const { summary } = await flood({
  generator: { rate: 200_000, dcids: 100_000, 'other-share': 0.3, duration: seconds },
  onCapturing(pid) {
    samples.push(residentMegabytes(pid));
    timer = setInterval(() => samples.push(residentMegabytes(pid)), 1000);
    timer.unref();
  },
}).finally(() => clearInterval(timer));

// The recorder's memory becomes resident as it is first written: the first tenth says nothing about a leak.
const settled = samples.slice(Math.ceil(samples.length / 10));
const median = settled.toSorted((a, b) => a - b)[Math.floor(settled.length / 2)];
const megabytes = (value) => `${value.toFixed(1)} MB`;
console.log(`${samples.length} samples in ${seconds} s, ${summary.captured} packets captured`);
console.log(`  start ${megabytes(samples[0])}  median ${megabytes(median)}  max ${megabytes(Math.max(...samples))}`);
console.log(`  slope ${slope(settled).toFixed(3)} MB a minute`);
