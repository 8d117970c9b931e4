// A worker thread that opens the Initials of a running capture, so that the screen never waits for cryptography.
import { parentPort, workerData } from 'node:worker_threads';
import type { Hellos } from './core/hello-index.js';
import { type Decoded, Decoder } from './core/quic/decoder.js';
import type { RecordView } from './core/record.js';
import { RecordCursor } from './core/record-cursor.js';
import { Recorder } from './core/recorder.js';
import { LIVE_BUDGET } from './output.js';

const POLL_MS = 50;

const recorder = new Recorder(workerData as SharedArrayBuffer);
const cursor = new RecordCursor(recorder);
const decoder = new Decoder({ budget: LIVE_BUDGET });
const readFrame = (view: RecordView) => recorder.lane(view).frameOf(view);

function helloText({ sni, alpn }: Decoded): string {
  return [sni ?? '', ...(alpn ?? [])].join(' ').trim();
}

setInterval(() => {
  const found: Hellos = { lanes: [], sequences: [], texts: [] };
  for (let view = cursor.next(); view; view = cursor.next()) {
    if (!Decoder.opens(view)) continue;
    const text = helloText(decoder.decode(view, readFrame));
    if (text === '') continue;
    found.lanes.push(view.lane);
    found.sequences.push(view.sequence);
    found.texts.push(text);
  }
  if (found.texts.length > 0) parentPort?.postMessage(found);
}, POLL_MS);
