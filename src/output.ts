// What goes to stdout without a screen: packets as lines, and the summary.
import { Clock } from './core/format.js';
import { packetJson } from './core/packet-json.js';
import { packetText } from './core/packet-text.js';
import type { RecordView } from './core/record.js';
import type { Recorder } from './core/recorder.js';
import { type Summary, summaryText } from './core/summary.js';
import type { Options } from './options.js';

/** A packet as a line; null when the packets are not asked for. `interfaceName` is null for a capture file. */
export function lineFormat(
  options: Options,
  recorder: Recorder,
  interfaceName: string | null,
): ((view: RecordView) => string) | null {
  const clock = new Clock(recorder.epoch);
  if (options.headless || options.quiet) return null;
  if (options.json) return (view) => packetJson(view, interfaceName, clock, recorder);
  return (view) => packetText(view, clock);
}

export function writeSummary(options: Options, summary: Summary): void {
  // A script that runs it headless reads the summary as it reads --json; a person at a terminal reads text.
  if (options.json || (options.headless && !process.stdout.isTTY)) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  } else {
    (options.headless ? process.stdout : process.stderr).write(`${summaryText(summary)}\n`);
  }
}
