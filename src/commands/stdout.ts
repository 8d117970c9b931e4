// What goes to stdout without a screen: packets as lines, and the summary.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { type Summary, summaryText } from '../core/capture/summary.js';
import type { PacketConnection } from '../core/connections/connection.js';
import { STDOUT } from '../core/export/file-name.js';
import type { LineFormat } from '../core/lines/line-format.js';
import { asciiJson, PacketJson } from '../core/lines/packet-json.js';
import { PacketText } from '../core/lines/packet-text.js';
import type { RecordView } from '../core/recorder/record.js';
import type { Recorder } from '../core/recorder/recorder.js';
import type { Options } from '../options.js';

/** Milliseconds that opening packets may take of each second of a live capture. What is beyond it is counted. */
export const LIVE_BUDGET = 500;

export function wantsScreen(options: Options): boolean {
  return !options.json && !options.headless && !options.connections && options.write !== STDOUT && process.stdout.isTTY;
}

/** Whether packets become lines, where there is no screen. */
export function printsPackets({ headless, quiet, write, read, json, events, connections }: Options): boolean {
  if (headless || quiet || write === STDOUT || connections || !events.includes('packet')) return false;
  // As with tcpdump, packets of a file that go to another are printed only when that is asked for.
  return read === null || write === '' || json;
}

/** Whether what happens to connections becomes lines. */
export const printsChanges = ({ headless, quiet, events }: Options): boolean =>
  !headless && !quiet && events.includes('connection');

/**
 * Null when the packets are not asked for.
 * @param source where they come from: a capture has a name, which may change
 * @param connectionOf which connection a packet is of, when that is known
 */
export function lineFormat(
  options: Options,
  recorder: Recorder,
  source: { readonly name: string } | null,
  connectionOf: (view: RecordView) => PacketConnection | null,
): LineFormat | null {
  if (!printsPackets(options)) return null;
  return options.json ? new PacketJson(source, recorder, connectionOf) : new PacketText(recorder.epoch);
}

export function writeSummary(options: Options, summary: Summary): void {
  // A script that runs it headless reads the summary as it reads --json; a person at a terminal reads text.
  const toStdout = options.headless && options.write !== STDOUT;
  if (options.json || (toStdout && !process.stdout.isTTY)) {
    process.stdout.write(`${asciiJson(summary)}\n`);
  } else {
    (toStdout ? process.stdout : process.stderr).write(`${summaryText(summary)}\n`);
  }
}

/** Writes, and waits for a slow reader unless the run is to end: `stop` has fired, or fires meanwhile. */
export async function writeAll(output: Writable, chunk: string | Uint8Array, stop: AbortSignal): Promise<void> {
  if (chunk.length === 0 || output.write(chunk) || stop.aborted) return;
  await once(output, 'drain', { signal: stop }).catch(() => undefined);
}
