// The packets with a short header of a capture file, as quic-top reads them.
import { CaptureFile } from '../../src/core/capture/capture-file.js';
import type { ServerId } from '../../src/core/cid/server-id.js';
import { RecordCursor } from '../../src/core/recorder/record-cursor.js';
import { dcidText } from '../../src/core/text/format.js';
import type { TsharkShort } from './tshark.js';

const NEVER = new AbortController().signal;

export interface Short extends TsharkShort {
  backend: ServerId | null;
  /** What a short header has not. */
  absent: { version: number; scidLength: number; tokenLength: number };
}

/** The DCID is null where nobody knows how long it is. */
export async function shortPackets(path: string, cidLayouts?: Uint8Array): Promise<Short[]> {
  const file = await CaptureFile.open({ path, ports: [4433], bufferBytes: 2 ** 24, cidLayouts }, NEVER);
  if (!file) throw new Error('not opened');
  const cursor = new RecordCursor(file.recorder);
  const found: Short[] = [];
  for (let more = true; more; ) {
    more = file.read();
    for (let view = cursor.next(); view; view = cursor.next()) {
      if (!view.isShort) continue;
      const { frame, packetOffset: offset, packetLength: length, backend, version, scidLength, tokenLength } = view;
      const dcid = view.isDcidUnknown ? null : dcidText(view);
      found.push({ frame, offset, length, dcid, backend, absent: { version, scidLength, tokenLength } });
    }
  }
  file.close();
  return found;
}
