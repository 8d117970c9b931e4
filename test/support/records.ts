// The long header packets of a capture file of the fixtures, as quic-top -r has them.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CaptureFile } from '../../src/core/capture/capture-file.js';
import { PacketJson } from '../../src/core/lines/packet-json.js';
import { NEVER_OPENED } from '../../src/core/quic/decoded.js';
import { RecordView } from '../../src/core/recorder/record.js';
import { RecordCursor } from '../../src/core/recorder/record-cursor.js';
import type { Recorder } from '../../src/core/recorder/recorder.js';
import type { JsonPacket } from './quic-top.js';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));

/** A packet's record with the bytes of its frame. */
export interface Recorded {
  view: RecordView;
  frame: Uint8Array;
}

/** @param name of a fixture, or the path of another file */
export async function captureRecords(name: string, ports: readonly number[] = [443, 4433]): Promise<Recorded[]> {
  const path = resolve(FIXTURES, name);
  const file = await CaptureFile.open({ path, ports, bufferBytes: 4 << 20 }, new AbortController().signal);
  if (!file) throw new Error(`${name} was not opened`);
  const records: Recorded[] = [];
  try {
    const cursor = new RecordCursor(file.recorder);
    for (let more = true; more; ) {
      more = file.read();
      for (let view = cursor.next(); view; view = cursor.next()) {
        const frame = file.recorder.lane(view).frameOf(view);
        if (!frame) throw new Error(`frame ${view.frame} of ${name} was overwritten`);
        const copy = new RecordView();
        copy.words.set(view.words);
        copy.serverIds = view.serverIds;
        records.push({ view: copy, frame });
      }
    }
  } finally {
    file.close();
  }
  return records;
}

/** What `--json` prints of packets of which nothing was opened. */
export function jsonOf(recorder: Recorder, views: readonly RecordView[]): JsonPacket[] {
  const json = new PacketJson(null, recorder, () => null);
  let lines = '';
  const take = () => {
    lines += Buffer.from(json.take(false) ?? []).toString();
  };
  for (const view of views) {
    if (json.full) take();
    json.add(view, NEVER_OPENED.none);
  }
  take();
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
