// What /proc tells about time and memory.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc (USER_HZ). */
const TICKS = 100;

/** Seconds of CPU in a stat file of /proc. @param {string} file */
function cpuSeconds(file) {
  const stat = readFileSync(file, 'utf8');
  // From the third field on: the second is a name, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** @param {number} pid */
export const mainThreadSeconds = (pid) => cpuSeconds(`/proc/${pid}/task/${pid}/stat`);
/** @param {number} pid */
export const processSeconds = (pid) => cpuSeconds(`/proc/${pid}/stat`);

/** Nanoseconds of CPU that the process's threads have used so far; those that have ended are missing. @param {number} pid */
export function threadNanoseconds(pid) {
  let total = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return total;
}

/** Seconds that each core has been idle. The kernel keeps this by the clock, other than its count of ticks in use. */
export function idleSeconds() {
  const lines = readFileSync('/proc/stat', 'utf8').match(/^cpu\d+ .*$/gm) ?? [];
  return lines.map((line) => {
    const fields = line.split(' ').map(Number);
    return /** @type {number} */ (fields[4] + /** @type {number} */ (fields[5])) / TICKS;
  });
}

/** @param {number} pid @param {'VmRSS' | 'VmHWM'} [what] VmHWM: the most there ever was */
export function residentMegabytes(pid, what = 'VmRSS') {
  const [, kilobytes] =
    new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
