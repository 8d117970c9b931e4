// What goes to stdout without a screen: packets as lines, and the summary.
import { STDOUT } from './core/export/stream-frames.js';
import { Clock } from './core/format.js';
import { packetJson } from './core/packet-json.js';
import { packetText } from './core/packet-text.js';
import { type Decoded, Decoder } from './core/quic/decoder.js';
import type { RecordView } from './core/record.js';
import type { Recorder } from './core/recorder.js';
import { type Summary, summaryText } from './core/summary.js';
import type { Options } from './options.js';

/** Initials that are opened in a second of a live capture: about a quarter of a core. What is beyond it is counted. */
export const LIVE_BUDGET = 3000;

/** How packets become lines. */
export interface LineFormat {
  decoder: Decoder;
  /** To be called for every packet, also for those that are not printed: connections begin in any of them. */
  decode(view: RecordView): Decoded;
  line(view: RecordView, decoded: Decoded): string;
}

/** Null when the packets are not asked for. `interfaceName` is null for a capture file. */
export function lineFormat(options: Options, recorder: Recorder, interfaceName: string | null): LineFormat | null {
  if (options.headless || options.quiet || options.write === STDOUT) return null;
  const clock = new Clock(recorder.epoch);
  const decoder = new Decoder(interfaceName === null ? {} : { budget: LIVE_BUDGET });
  const readFrame = (view: RecordView) => recorder.lane(view).frameOf(view);
  return {
    decoder,
    decode: (view) => decoder.decode(view, readFrame),
    line: options.json
      ? (view, decoded) => packetJson(view, decoded, interfaceName, clock, recorder)
      : (view, decoded) => packetText(view, decoded, clock),
  };
}

export function writeSummary(options: Options, summary: Summary): void {
  // A script that runs it headless reads the summary as it reads --json; a person at a terminal reads text.
  const toStdout = options.headless && options.write !== STDOUT;
  if (options.json || (toStdout && !process.stdout.isTTY)) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  } else {
    (toStdout ? process.stdout : process.stderr).write(`${summaryText(summary)}\n`);
  }
}
